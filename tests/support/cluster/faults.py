"""Faults of a private cluster: what clouds do to nodes, and admins to slurmctld."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.waiting import wait_until


def command_of(process: int) -> str:
    """Command line of a process; "" if it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return ""


def resident_mb(process: int) -> float:
    """Memory of a process, in millions of bytes; 0 if it is gone."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def processes_of_node(cluster: SlurmCluster, node: str) -> set[int]:
    """slurmd of ``node`` and all that runs there: the node has a host name space of its own."""
    processes = cluster.processes()
    (slurmd,) = [one for one in processes if command_of(one).endswith(f"slurmd -D -N {node}")]
    names = _host_names_of(slurmd)
    return {one for one in processes if _host_names_of(one) == names}


def _host_names_of(process: int) -> str | None:
    with suppress(OSError):
        return str(Path(f"/proc/{process}/ns/uts").readlink())
    return None


def send(processes: set[int], number: signal.Signals) -> None:
    """Send a signal to processes, as far as they still exist."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def is_gone(process: int) -> bool:
    """Whether a process has ended."""
    try:
        return "State:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True


def set_down(cluster: SlurmCluster, node: str) -> None:
    """What ParallelCluster's clustermgtd does when the instance of ``node`` has vanished."""
    done = cluster.run("scontrol", "update", f"nodename={node}", "state=down", "reason=drill")
    assert done.returncode == 0, done.stderr


def lose_node(cluster: SlurmCluster, node: str) -> None:
    """An instance vanishes: nothing on it says goodbye, and the node is set down."""
    send(processes_of_node(cluster, node), signal.SIGKILL)
    set_down(cluster, node)


def bring_back(cluster: SlurmCluster, node: str) -> None:
    """A new instance takes the node's name."""
    for old in [one for one in cluster.processes() if command_of(one).endswith(f"-D -N {node}")]:
        send({old}, signal.SIGKILL)
        wait_until(lambda old=old: is_gone(old))
    cluster.start_node(node)
    cluster.run("scontrol", "update", f"nodename={node}", "state=resume")
    state = ("sinfo", "--noheader", f"--nodes={node}", "--format=%T")
    wait_until(lambda: "idle" in cluster.run(*state).stdout, seconds=30)


def start_at_once(cluster: SlurmCluster, job: str) -> None:
    """Slurm holds a requeued job back for two minutes; do not."""
    state = ("squeue", "--noheader", f"--jobs={job}", "--format=%T")
    wait_until(lambda: cluster.run(*state).stdout.strip() == "PENDING", 60)
    cluster.run("scontrol", "update", f"jobid={job}", "starttime=now")


def stop_controller(cluster: SlurmCluster) -> None:
    """slurmctld is stopped, as `systemctl stop` and `pcluster update-cluster` do it."""
    controllers = {one for one in cluster.processes() if "/slurmctld -D" in command_of(one)}
    assert controllers
    send(controllers, signal.SIGTERM)
    wait_until(lambda: all(map(is_gone, controllers)))


def controller_answers(cluster: SlurmCluster) -> bool:
    """Whether slurmctld is there."""
    return "is UP" in cluster.run("scontrol", "ping").stdout


def restart_controller(cluster: SlurmCluster, *options: str) -> None:
    """Start slurmctld again; with ``-c`` it has forgotten all jobs."""
    cluster.start_controller(*options)
    wait_until(lambda: controller_answers(cluster), seconds=30)


def processes_of_job(cluster: SlurmCluster, job: str) -> set[int]:
    """All that a job runs on any node: its steps and what they started."""
    mark = f"SLURM_JOB_ID={job}".encode()
    return {one for one in cluster.processes() if mark in environment_of(one)}


def environment_of(process: int) -> list[bytes]:
    """``NAME=value`` of a process; empty if it is gone."""
    try:
        return Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def freeze_job(cluster: SlurmCluster, job: str) -> set[int]:
    """Stop the processes of a job, so that it is caught in the middle; returns them."""
    frozen: set[int] = set()
    while new := processes_of_job(cluster, job) - frozen:
        send(new, signal.SIGSTOP)
        frozen |= new
    return frozen


def slurm_daemons_of(cluster: SlurmCluster, node: str) -> set[int]:
    """slurmd of a node and the daemons of its job steps: what Slurm knows the node by."""
    of_node = processes_of_node(cluster, node)
    names = {one: command_of(one).split(" ")[0] for one in of_node}
    return {one for one, name in names.items() if "slurmd" in name or "slurmstepd" in name}
