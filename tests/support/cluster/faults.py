"""Faults of a private cluster: loss of nodes as in clouds, and restarts of slurmctld."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.waiting import wait_until

SECONDS_TO_SETTLE = 1.0  # without a new process, until a job counts as frozen


def command_of(process: int) -> str:
    """Return the command line of a process; "" if it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return ""


def resident_mb(process: int) -> float:
    """Return the memory of a process, MB; 0 if it has ended."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def processes_of_node(cluster: SlurmCluster, node: str) -> set[int]:
    """Return slurmd of ``node`` and all its processes: the node has its own host name space."""
    processes = cluster.processes()
    (slurmd,) = [one for one in processes if command_of(one).endswith(f"slurmd -D -N {node}")]
    names = _host_names_of(slurmd)
    return {one for one in processes if _host_names_of(one) == names}


def _host_names_of(process: int) -> str | None:
    with suppress(OSError):
        return str(Path(f"/proc/{process}/ns/uts").readlink())
    return None


def send(processes: set[int], number: signal.Signals) -> None:
    """Send a signal to those processes that still exist."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def is_gone(process: int) -> bool:
    """Return whether a process has ended."""
    try:
        return "State:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True


def set_down(cluster: SlurmCluster, node: str) -> None:
    """Set ``node`` down, as ParallelCluster's clustermgtd does when the instance has vanished."""
    done = cluster.run("scontrol", "update", f"nodename={node}", "state=down", "reason=drill")
    assert done.returncode == 0, done.stderr


def lose_node(cluster: SlurmCluster, node: str) -> None:
    """Let an instance vanish: its processes are killed, and the node is set down."""
    send(processes_of_node(cluster, node), signal.SIGKILL)
    set_down(cluster, node)


def bring_back(cluster: SlurmCluster, node: str) -> None:
    """Start a new instance with the node's name."""
    for old in [one for one in cluster.processes() if command_of(one).endswith(f"-D -N {node}")]:
        send({old}, signal.SIGKILL)
        wait_until(lambda old=old: is_gone(old))
    cluster.start_node(node)
    cluster.run("scontrol", "update", f"nodename={node}", "state=resume")
    state = ("sinfo", "--noheader", f"--nodes={node}", "--format=%T")
    wait_until(lambda: "idle" in cluster.run(*state).stdout, seconds=30)


def start_at_once(cluster: SlurmCluster, job: str) -> None:
    """Release a requeued job at once, which Slurm would delay by two minutes."""
    state = ("squeue", "--noheader", f"--jobs={job}", "--format=%T")
    wait_until(lambda: cluster.run(*state).stdout.strip() == "PENDING", 60)
    cluster.run("scontrol", "update", f"jobid={job}", "starttime=now")


def stop_controller(cluster: SlurmCluster) -> None:
    """Stop slurmctld, as `systemctl stop` and `pcluster update-cluster` do."""
    controllers = {one for one in cluster.processes() if "/slurmctld -D" in command_of(one)}
    assert controllers
    send(controllers, signal.SIGTERM)
    wait_until(lambda: all(map(is_gone, controllers)))


def controller_answers(cluster: SlurmCluster) -> bool:
    """Return whether slurmctld runs."""
    return "is UP" in cluster.run("scontrol", "ping").stdout


def restart_controller(cluster: SlurmCluster, *options: str) -> None:
    """Start slurmctld again; with ``-c`` it has forgotten all jobs."""
    cluster.start_controller(*options)
    wait_until(lambda: controller_answers(cluster), seconds=30)


def processes_of_job(cluster: SlurmCluster, job: str) -> set[int]:
    """Return all processes of a job on any node: its steps and their descendants."""
    mark = f"SLURM_JOB_ID={job}".encode()
    return {one for one in cluster.processes() if mark in environment_of(one)}


def environment_of(process: int) -> list[bytes]:
    """Return ``NAME=value`` of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def freeze_job(cluster: SlurmCluster, job: str) -> set[int]:
    """Stop the processes of a job in the middle of its work; return them.

    A job that Slurm reports as running may have no process yet, and its steps start later.
    """
    wait_until(lambda: processes_of_job(cluster, job))
    frozen: set[int] = set()
    settled = time.monotonic() + SECONDS_TO_SETTLE
    while time.monotonic() < settled:
        if new := processes_of_job(cluster, job) - frozen:
            send(new, signal.SIGSTOP)
            frozen |= new
            settled = time.monotonic() + SECONDS_TO_SETTLE
    return frozen


def slurm_daemons_of(cluster: SlurmCluster, node: str) -> set[int]:
    """Return slurmd of a node and the daemons of its job steps, through which Slurm sees it."""
    of_node = processes_of_node(cluster, node)
    names = {one: command_of(one).split(" ")[0] for one in of_node}
    return {one for one, name in names.items() if "slurmd" in name or "slurmstepd" in name}
