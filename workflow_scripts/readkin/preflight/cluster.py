"""Checks of the Slurm cluster that a profile submits to."""

import hashlib
import re
import secrets
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from readkin.parallel.launch import Answer, program_environment
from readkin.parallel.slurm import ask_slurm
from readkin.preflight.findings import Finding, ok, problem, skipped
from readkin.preflight.installation import COUNT_RANKS, LEAST_FREE_GB, ranks_found
from readkin.preflight.queue_limits import ResourceRequest, check_queue_limits

# Prints the node, its folder for temporary files with the free space (MiB; none: not writable),
# each file's path and checksum as the node sees it, and whether Python starts.
READ_TOKENS = """\
echo "$SLURMD_NODENAME"
scratch=${TMPDIR:-/tmp}
if own=$(mktemp "$scratch/readkin-check.XXXXXX" 2>/dev/null); then
    rm -f "$own"
    free=$(df -Pm "$scratch" | awk 'NR == 2 {print $4}')
fi
printf '%s\\t%s\\n' "$scratch" "$free"
for file in "$@"; do
    sum=$({ sha256sum < "$file"; } 2>/dev/null)
    printf '%s\\t%s\\n' "$file" "${sum%% *}"
done
"$0" -c 'print("this Python runs")' || echo 'this Python does not run'
"""


class ClusterUse(NamedTuple):
    """Use of the cluster by the profile.

    Attributes:
        partitions: all partitions to which stages are submitted.
        single_node_partition: partition of the stages without MPI, "a,b" for either; "" for the
            cluster's default.
        launcher: command that starts the ranks of MPI stages, as ``srun --mpi=pmix``; "" for none.
        status_command: ``squeue`` or ``sacct``, with which the run checks its jobs.
        first_poll_seconds: time between a submission and the first check.
        minutes_to_wait: time limit of the tiny jobs; a cloud node needs some minutes to start.
        requests: the largest job of each rule.
    """

    partitions: Sequence[str]
    single_node_partition: str
    launcher: str
    status_command: str
    first_poll_seconds: int
    minutes_to_wait: int
    requests: Sequence[ResourceRequest] = ()


def check_cluster(use: ClusterUse, folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield the results of all checks of the cluster, the cheap ones first.

    Args:
        use: use of the cluster by the profile.
        folders: names and paths of the folders that each node must see.
    """
    answer = ask_slurm("scontrol", "show", "config")
    if not answer.is_success:
        yield problem("Slurm", answer.text, "start it on the head node; `sinfo` must work there")
        return
    config = dict(re.findall(r"^(\w+)\s*= (.*)$", answer.text, re.MULTILINE))
    yield ok("Slurm", f"{config['SLURM_VERSION']}, cluster {config['ClusterName']}")
    partitions = check_partitions(use.partitions)
    yield partitions
    yield from check_queue_limits(use.requests, not is_off(config))
    yield check_accounting(config, use)
    yield check_memory_of_jobs(config, use)
    if use.launcher:
        yield check_mpi_type(use.launcher)
    if partitions.fix:
        yield skipped("compute node", "no job is submitted while a partition is missing")
        return
    shared = list(check_shared_folders(use, folders))
    yield from shared
    if use.launcher and not shared[-1].fix:
        yield check_ranks_on_node(use)


def check_partitions(requested: Sequence[str]) -> Finding:
    """Check that all partitions of the profile exist."""
    available = set(ask_slurm("sinfo", "--noheader", "--format=%R").text.split())
    if missing := [name for name in requested if name not in available]:
        found = f"no {', '.join(missing)}; the cluster has {', '.join(sorted(available))}"
        fix = "change the names at the top of the profile"
        return problem("partitions", found, fix)
    return ok("partitions", ", ".join(requested) or "the cluster's default")


def is_off(config: Mapping[str, str]) -> bool:
    """Return whether the cluster has no accounting database."""
    return config["AccountingStorageType"].endswith("/none")


def check_accounting(config: Mapping[str, str], use: ClusterUse) -> Finding:
    """Check that the command with which the run checks its jobs gets an answer.

    This must work with and without accounting: the Snakefile puts its own ``sacct`` first on PATH.
    """
    found = f"{'off' if is_off(config) else 'on'}, jobs are checked with {use.status_command}"
    answer = ask_slurm(use.status_command, "--name=readkin_check", "--noheader")
    if not answer.is_success:
        fix = "start it as `snakemake --profile parallelcluster check`; the run would never end"
        return problem("accounting", f"{found}, which fails: {answer.text}", fix)
    return ok("accounting", found)


def check_memory_of_jobs(config: Mapping[str, str], use: ClusterUse) -> Finding:
    """Check that Slurm remembers a finished job until the run has checked it."""
    age = int(config["MinJobAge"].split()[0])
    found = f"finished jobs are known for {age} s, first check after {use.first_poll_seconds} s"
    least = 3 * use.first_poll_seconds  # below, the executor plugin changes to sacct
    if use.status_command == "squeue" and age < least:
        fix = f"set MinJobAge to {least} or more, or lower slurm-init-seconds-before-status-checks"
        return problem("MinJobAge", found, fix)
    return ok("MinJobAge", found)


def check_mpi_type(launcher: str) -> Finding:
    """Check that Slurm has the MPI plugin that the launcher requests."""
    requested = re.search(r"--mpi=(\w+)", launcher)
    if requested is None:
        return ok("Slurm's MPI", f"the default, with {launcher}")
    answer = ask_slurm("srun", "--mpi=list")
    if re.search(rf"\b{requested[1]}\b", answer.text):
        return ok("Slurm's MPI", f"{requested[1]} is available")
    fix = f"choose one of them in the profile, or ask for a Slurm built with {requested[1]}"
    return problem("Slurm's MPI", f"no {requested[1]}: {' '.join(answer.text.split())}", fix)


def check_shared_folders(use: ClusterUse, folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Check that a compute node sees the same files as this one: a tiny job reads new tokens."""
    with files_to_see(folders) as tokens:
        files = [str(file) for file in tokens]
        answer = submit(use, ["--mpi=none"], ["sh", "-c", READ_TOKENS, sys.executable, *files])
        if "\t" not in answer.text:
            partition = use.single_node_partition or "the default partition"
            yield problem("compute node", answer.text, f"make `srun -p {partition} hostname` work")
            return
        yield from shared_folder_findings(answer.text, folders, tokens)


def shared_folder_findings(
    text: str, folders: Mapping[str, Path], tokens: Mapping[Path, str]
) -> Iterator[Finding]:
    """Yield what a node sees of this machine's files.

    Args:
        text: output of READ_TOKENS on the node.
        folders: names and paths of the folders that it must see.
        tokens: a file of each folder and its SHA-256.
    """
    node, scratch, *lines = [*text.splitlines(), "", ""]
    seen = dict(line.split("\t", 1) for line in lines if "\t" in line)
    for (name, folder), (file, token) in zip(folders.items(), tokens.items(), strict=True):
        if seen.get(str(file)) == token:
            yield ok(name, f"{folder}: node {node} sees it")
        else:
            fix = "move it to a file system that all nodes share, such as /fsx, /home or EFS"
            yield problem(name, f"{folder}: node {node} does not see this node's files", fix)
    yield check_scratch(node, *scratch.split("\t"))
    if "this Python runs" in lines:
        yield ok("compute node", f"{node} runs {sys.executable}")
    else:
        fix = "put .venv and the Python it was made from on a shared file system"
        yield problem("compute node", f"{node} cannot run {sys.executable}", fix)


def check_scratch(node: str, folder: str, free_mb: str) -> Finding:
    """Check that a node has space for temporary files, which Ray and sorting write."""
    if not free_mb.isdigit():
        fix = "before you start snakemake, set TMPDIR to a folder in which jobs may write"
        return problem("scratch", f"{folder} on {node}: not writable", fix)
    found, free_gb = f"{folder} on {node}: ", int(free_mb) * 2**20 / 1e9
    if free_gb < LEAST_FREE_GB:
        fix = "give the nodes larger disks, or set TMPDIR to a larger folder"
        return problem("scratch", f"{found}only {free_gb:.1f} GB free", fix)
    return ok("scratch", f"{found}writable, {free_gb:.0f} GB free")


@contextmanager
def files_to_see(folders: Mapping[str, Path]) -> Iterator[dict[Path, str]]:
    """Yield one file in each folder and its SHA-256.

    It is a new one with random content, removed at the end; in a folder that this user may only
    read, as an installation for all users, an existing one.
    """
    tokens, own = {}, []
    try:
        for folder in folders.values():
            file, content = folder / f".readkin-check-{secrets.token_hex(8)}", secrets.token_bytes()
            try:
                file.write_bytes(content)
                own.append(file)
            except OSError:
                file = next(filter(Path.is_file, sorted(folder.glob("*"))), file)
                content = file.read_bytes() if file.is_file() else content
            tokens[file] = hashlib.sha256(content).hexdigest()
        yield tokens
    finally:
        for file in own:
            with suppress(OSError):
                file.unlink(missing_ok=True)


def check_ranks_on_node(use: ClusterUse) -> Finding:
    """Check that MPI connects two ranks that Slurm starts on a compute node.

    ``srun --mpi=list`` lists plugins even if the library that they need is missing.
    """
    options = [*shlex.split(use.launcher)[1:], "--ntasks=2"]
    answer = submit(use, options, [sys.executable, "-P", "-c", COUNT_RANKS])
    if answer.is_success and answer.text.split() == ["2", "2"]:
        return ok("MPI on a node", f"two ranks with {use.launcher}")
    fix = "ranks must see each other: install PMIx where Slurm looks for it (`srun --mpi=list`)"
    return problem("MPI on a node", ranks_found(answer), fix)


def submit(use: ClusterUse, options: Sequence[str], command: Sequence[str]) -> Answer:
    """Run ``command`` on one compute node and return its answer."""
    where = [f"--partition={use.single_node_partition}"] if use.single_node_partition else []
    limits = ["--nodes=1", "--time=5", "--mem=500", "--job-name=readkin_check", "--chdir=/"]
    return ask_slurm(
        "srun",
        *["--quiet", *where, *limits, *options, *command],
        seconds=60.0 * use.minutes_to_wait,
        environment=program_environment(),
    )
