"""One Ray over the nodes of a Slurm job.

The process that calls ``ray_over_nodes`` is Ray's head. For each other node of its job it starts
``ray_node.py`` with ``srun``, which reads the head's address and token from the rendezvous file, a
file of the job's own that only its user may read. Then:

- Jobs that share a node do not meet: all ports are free ones, each Ray has its own token and
  folder, and nobody calls ``ray stop``, which would end every Ray of the host.
- A node that is lost takes only its own step along (the job needs ``sbatch --no-kill``, or Slurm
  would end all of it); Ray gives that node's work to the others.
- At the end, or when the head dies, the input of the steps ends, upon which each kills its own
  process group and removes its folder.
"""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from readkin.parallel import ray_node
from readkin.parallel.peak_memory import PeakMemory
from readkin.parallel.ray_map import ray_session, set_environment

RENDEZVOUS = "rendezvous.json"
SECONDS_TO_JOIN = 300.0
SECONDS_TO_END = 20.0
TRIES_TO_ASK_SLURM, SECONDS_BETWEEN_TRIES = 30, 10.0
SECONDS_BETWEEN_LOOKS = 0.5

log = logging.getLogger("readkin")


class WrongNodesError(RuntimeError):
    """The Slurm job has other nodes than were asked for."""


class Job(NamedTuple):
    """This Slurm job.

    Attributes:
        id: as squeue shows it.
        others: names of all nodes but this one.
    """

    id: str
    others: Sequence[str]


class Helper(NamedTuple):
    """The part of Ray on another node.

    Attributes:
        node: its name.
        step: the srun that started it.
        log: file with what it says.
        peak: file with the largest memory it took, MiB.
    """

    node: str
    step: "subprocess.Popen[bytes]"
    log: Path
    peak: Path


class NodesOfRay:
    """The nodes at work.

    Args:
        helpers: all nodes but this one.
    """

    def __init__(self, helpers: Sequence[Helper] = ()) -> None:
        self._helpers = helpers
        self._memory = PeakMemory()

    def peaks_mb(self) -> list[float]:
        """Largest memory of the processes of each node so far, MiB; this node is the first."""
        files = [helper.peak for helper in self._helpers]
        others = [float(file.read_text()) for file in files if file.exists()]
        return [self._memory.peak_mb(), *others]

    @property
    def memory(self) -> PeakMemory:
        """Watches this node."""
        return self._memory


@contextmanager
def ray_over_nodes(nodes: int, cpus_per_node: int, shared: Path) -> Iterator[NodesOfRay]:
    """Connect this process to a Ray of its own over all nodes of its Slurm job.

    With one node nothing is started: ``ordered_map`` then has a Ray on this node alone.

    Args:
        nodes: of the Slurm job; 1 needs no Slurm.
        cpus_per_node: Ray workers on each; Ray itself would count CPUs of other jobs.
        shared: folder that all nodes see, made if need be; small files lie in it meanwhile.

    Raises:
        WrongNodesError: if this is no Slurm job, or not of so many nodes.
    """
    if nodes == 1:
        alone = NodesOfRay()
        with alone.memory:
            yield alone
        return
    job = this_job(nodes)
    set_environment()
    with ExitStack() as stack:
        folder = stack.enter_context(folder_of_job(job, shared))
        helpers = [start_helper(job, node, cpus_per_node, folder) for node in job.others]
        stack.callback(end, helpers)
        at_work = NodesOfRay(helpers)
        stack.enter_context(at_work.memory)
        ray = stack.enter_context(ray_session(cpus_per_node))
        ray_node.publish(folder / RENDEZVOUS, ray.get_runtime_context().gcs_address)
        wait_for_nodes(ray, nodes, helpers)
        stack.enter_context(losses_told(helpers))
        yield at_work


@contextmanager
def folder_of_job(job: Job, shared: Path) -> Iterator[Path]:
    """A new folder for this user alone, removed at the end.

    A job that was queued again must not find the files of its first try, which could not clean up.
    """
    shared.mkdir(parents=True, exist_ok=True)
    for leftover in shared.glob(f"ray-{job.id}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"ray-{job.id}-", dir=shared))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def this_job(nodes: int) -> Job:
    """The Slurm job that this process runs in.

    The variables of Slurm would tell, but Snakemake's plugin removes most of them.

    Raises:
        WrongNodesError: if there is none, or Slurm says that it has not ``nodes`` nodes.
    """
    job, here = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURMD_NODENAME")
    if job is None or here is None:
        raise WrongNodesError(f"found no Slurm job, expected one of {nodes} nodes; use --nodes 1")
    listed = ask_slurm("squeue", "--noheader", f"--jobs={job}", "--format=%N")
    names = ask_slurm("scontrol", "show", "hostnames", listed).split()
    if len(names) != nodes or here not in names:
        raise WrongNodesError(
            f"found job {job} on {len(names)} nodes ({listed}), expected {nodes}; `nodes` and"
            " `tasks` of embed_reads in the profile must be the same number"
        )
    return Job(job, [name for name in names if name != here])


def ask_slurm(*command: str) -> str:
    """What a program of Slurm answers; slurmctld may be away for a while.

    Raises:
        WrongNodesError: if it never answers.
    """
    for _ in range(TRIES_TO_ASK_SLURM):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
        time.sleep(SECONDS_BETWEEN_TRIES)
    raise WrongNodesError(f"found no answer of {command[0]}: {done.stderr.strip()}")


def start_helper(job: Job, node: str, cpus: int, folder: Path) -> Helper:
    """Start ``ray_node.py`` on ``node``, as a step of its own."""
    log_file, peak = folder / f"{node}.log", folder / f"{node}.peak"
    command = [
        "srun",
        f"--jobid={job.id}",
        f"--nodelist={node}",
        "--nodes=1",
        "--ntasks=1",
        f"--cpus-per-task={cpus}",
        "--mem=0",
        "--mpi=none",
        "--overlap",
        "--quiet",
        sys.executable,
        ray_node.__file__,
        "--rendezvous",
        str(folder / RENDEZVOUS),
        "--peak",
        str(peak),
    ]
    with log_file.open("wb") as output:
        step = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
        )
    return Helper(node, step, log_file, peak)


def wait_for_nodes(ray: object, nodes: int, helpers: Sequence[Helper]) -> None:
    """Wait until all nodes are there; a node that does not come is told, and not waited for."""
    end = time.monotonic() + SECONDS_TO_JOIN
    while time.monotonic() < end:
        there = sum(node["Alive"] for node in ray.nodes())  # type: ignore[attr-defined]
        if there + sum(helper.step.poll() is not None for helper in helpers) >= nodes:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    log.info("Ray runs on %d of %d nodes", there, nodes)


@contextmanager
def losses_told(helpers: Sequence[Helper]) -> Iterator[None]:
    """Say so when a node's step ends before the ``with`` block does."""
    ending = threading.Event()
    watcher = threading.Thread(target=tell_losses, args=(helpers, ending), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        watcher.join()


def tell_losses(helpers: Sequence[Helper], ending: threading.Event) -> None:
    """Log each step that ends before ``ending`` is set."""
    waiting = list(helpers)
    while waiting and not ending.wait(SECONDS_BETWEEN_LOOKS):
        for helper in waiting:
            if helper.step.poll() is not None:
                last = helper.log.read_text(errors="replace").strip().splitlines()[-1:]
                why = f" ({last[0]})" if last else ""
                log.warning("Ray lost node %s%s; the others do its work", helper.node, why)
        waiting = [helper for helper in waiting if helper.step.returncode is None]


def end(helpers: Sequence[Helper]) -> None:
    """End the steps on the other nodes."""
    for helper in helpers:
        if helper.step.stdin is not None:
            helper.step.stdin.close()
    limit = time.monotonic() + SECONDS_TO_END
    for helper in helpers:
        try:
            helper.step.wait(max(0.0, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            helper.step.kill()
            helper.step.wait()
