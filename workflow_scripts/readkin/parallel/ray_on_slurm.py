"""One Ray over the nodes of a Slurm job.

The process that calls ``ray_over_nodes`` is Ray's head. For each other node of its job it starts
``ray_node.py`` with ``srun``: a helper, which reads the head's address and token from the
rendezvous file. Each job has its own rendezvous file, which only its user may read.

- Jobs that share a node do not interfere: all ports are free ones, each Ray has its own token and
  folder, and ``ray stop``, which would end every Ray of the host, is never called.
- A lost node ends only its own helper (the job needs ``sbatch --no-kill``, or Slurm would end all
  of it); Ray gives that node's work to the others.
- At the end, or if the head dies, the standard input of the helpers ends. Each then kills its own
  process group and removes its folder.
"""

import logging
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
from readkin.parallel.ray_start import ray_session, set_environment
from readkin.parallel.slurm import Job, this_job

RENDEZVOUS = "rendezvous.json"
SECONDS_TO_JOIN = 300.0
SECONDS_TO_END = 20.0
SECONDS_BETWEEN_CHECKS = 0.5

log = logging.getLogger("readkin")


class Helper(NamedTuple):
    """Ray's processes on another node.

    Attributes:
        node: name of the node.
        step: the ``srun`` process that started them.
        log: file with their output.
        peak: file with their peak memory, MiB.
    """

    node: str
    step: "subprocess.Popen[bytes]"
    log: Path
    peak: Path


class RayNodes:
    """The nodes of a Ray.

    Args:
        helpers: those on all nodes but this one.
    """

    def __init__(self, helpers: Sequence[Helper] = ()) -> None:
        self._helpers = helpers
        self._memory = PeakMemory()

    def peaks_mb(self) -> list[float]:
        """Return the peak memory of each node's processes so far, MiB; this node is the first."""
        files = [helper.peak for helper in self._helpers]
        others = [float(file.read_text()) for file in files if file.exists()]
        return [self._memory.peak_mb(), *others]

    @property
    def memory(self) -> PeakMemory:
        """Monitor of this node's memory."""
        return self._memory


@contextmanager
def ray_over_nodes(nodes: int, cpus_per_node: int, shared: Path) -> Iterator[RayNodes]:
    """Connect this process to a Ray of its own over all nodes of its Slurm job.

    With one node nothing is started: ``ordered_map`` then starts Ray on this node alone.

    Args:
        nodes: number of nodes of the Slurm job; 1 needs no Slurm.
        cpus_per_node: Ray workers on each node; Ray itself would count CPUs of other jobs.
        shared: folder that all nodes see, created if necessary; it contains small files while Ray
            runs.

    Raises:
        WrongNodesError: if this is no Slurm job, or one with another number of nodes.
        SlurmAnswerError: if Slurm does not answer.
        RayStartError: if Ray does not start.
    """
    if nodes == 1:
        alone = RayNodes()
        with alone.memory:
            yield alone
        return
    job = this_job(nodes)
    set_environment()
    with ExitStack() as stack:
        folder = stack.enter_context(folder_of_job(job, shared))
        helpers = [start_helper(job, node, cpus_per_node, folder) for node in job.others]
        stack.callback(end, helpers)
        all_nodes = RayNodes(helpers)
        stack.enter_context(all_nodes.memory)
        ray = stack.enter_context(ray_session(cpus_per_node))
        ray_node.publish(folder / RENDEZVOUS, ray.get_runtime_context().gcs_address)
        wait_for_nodes(ray, nodes, helpers)
        stack.enter_context(losses_logged(helpers))
        yield all_nodes


@contextmanager
def folder_of_job(job: Job, shared: Path) -> Iterator[Path]:
    """Yield a new folder that only this user may read, removed at the end.

    A requeued job must not find the files of its earlier attempt, which could not remove them.
    """
    shared.mkdir(parents=True, exist_ok=True)
    for leftover in shared.glob(f"ray-{job.id}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"ray-{job.id}-", dir=shared))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    """Wait until all nodes have joined; log how many did within SECONDS_TO_JOIN."""
    end = time.monotonic() + SECONDS_TO_JOIN
    while time.monotonic() < end:
        joined = sum(node["Alive"] for node in ray.nodes())  # type: ignore[attr-defined]
        if joined + sum(helper.step.poll() is not None for helper in helpers) >= nodes:
            break
        time.sleep(SECONDS_BETWEEN_CHECKS)
    log.info("Ray runs on %d of %d nodes", joined, nodes)


@contextmanager
def losses_logged(helpers: Sequence[Helper]) -> Iterator[None]:
    """Log each node whose helper ends before the ``with`` block does."""
    ending = threading.Event()
    watcher = threading.Thread(target=log_losses, args=(helpers, ending), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        watcher.join()


def log_losses(helpers: Sequence[Helper], ending: threading.Event) -> None:
    """Log each helper that ends before ``ending`` is set."""
    running = list(helpers)
    while running and not ending.wait(SECONDS_BETWEEN_CHECKS):
        for helper in running:
            if helper.step.poll() is not None:
                last = helper.log.read_text(errors="replace").strip().splitlines()[-1:]
                why = f" ({last[0]})" if last else ""
                log.warning("Ray lost node %s%s; the others do its work", helper.node, why)
        running = [helper for helper in running if helper.step.returncode is None]


def end(helpers: Sequence[Helper]) -> None:
    """End the helpers on the other nodes."""
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
