"""A private Slurm on this machine, set up as AWS ParallelCluster sets up its own.

As a context manager in tests (`running_cluster`), or by hand:

    python tests/support/cluster/slurm_cluster.py start [--nodes 2]   # prints the next line
    python tests/support/cluster/slurm_cluster.py status
    python tests/support/cluster/slurm_cluster.py stop

It starts munged, slurmctld and several `slurmd -N n1`, `-N n2`, ... in one folder of its own, with
its own key, socket and free ports. It needs no root: daemons and jobs run as the calling user.

An installed Slurm is never touched: instead of an /etc/slurm/slurm.conf, the cluster's `bin` folder
holds wrappers of the client programs that set SLURM_CONF, and goes first on PATH. (SLURM_CONF alone
would not do: snakemake-executor-plugin-slurm-jobstep removes it inside jobs, but keeps PATH.)
All processes of the cluster carry `SLURM_CONF=<folder>/slurm.conf` in their environment, or descend
from one that does; by that they are found again and ended, never by name.
"""

import argparse
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# This file also runs as a program of its own.
sys.path.append(str(Path(__file__).resolve().parents[2]))
from support.cluster.accounting_database import (
    answers,
    database_command,
    missing_programs,
    write_slurmdbd_conf,
)

NEEDED = ("munged", "slurmctld", "slurmd", "slurmstepd", "sbatch", "srun")
CLIENTS = (
    "sacct",
    "sacctmgr",
    "salloc",
    "sattach",
    "sbatch",
    "sbcast",
    "scancel",
    "scontrol",
    "sdiag",
    "sinfo",
    "sprio",
    "squeue",
    "srun",
    "sstat",
)
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 20.0
LONGEST_PARENT = 40  # sockets in the cluster's folder may have paths of 107 bytes at most

NO_ACCOUNTING = "AccountingStorageType=accounting_storage/none"
MEMORY_LIMIT = """\
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill"""
TEMPLATE = Path(__file__).with_name("slurm.conf.template")
WRAPPER = """\
#!/bin/sh
SLURM_CONF='{folder}/slurm.conf' exec '{program}' "$@"
"""

# Each node has its own host name: Open MPI's ranks ask PMIx for their node by host name, and the
# third rank on a node fails if that is not the node's name. Each node also has one folder,
# node-local, that is not shared, and its own shared memory.
AS_NODE = (
    "unshare",
    *(() if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")),
    "--uts",
    "--mount",
    "sh",
    "-c",
    'hostname "$0" && mount -t tmpfs none node-local && mount -t tmpfs none /dev/shm && exec "$@"',
)


class ClusterError(RuntimeError):
    """The private cluster did not start or stop."""


def obstacle() -> str | None:
    """Return why no cluster can be started on this machine; None if one can."""
    if missing := [name for name in NEEDED if program(name) is None]:
        return f"not installed: {', '.join(missing)} (Debian: slurm-wlm, munge)"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "node-local").mkdir()
        trial = subprocess.run([*AS_NODE, "n1", "true"], cwd=folder, capture_output=True, text=True)
    if trial.returncode:
        return f"no process may have a host name of its own here: {trial.stderr.strip()}"
    return None


@dataclass(frozen=True)
class ClusterSettings:
    """The simulated machines; the real one may have fewer CPUs."""

    nodes: int = 2
    cpus_per_node: int = 8
    memory_mb: int = 16_000
    partitions: tuple[str, ...] = ("cpu", "spot", "mpi")
    min_job_age_seconds: int = 300
    select: str = "CR_CPU"
    accounting: bool = False  # slurmdbd and MariaDB, as `SlurmSettings: Database` gives them
    # Replaces the cgroups of ParallelCluster: jobs above their memory are killed.
    memory_limit: bool = False

    @property
    def node_names(self) -> list[str]:
        """n1, n2, ..."""
        return [f"n{number}" for number in range(1, self.nodes + 1)]


@dataclass(frozen=True)
class SlurmCluster:
    """The cluster of one folder. Its processes show whether it runs."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """Return the path of the cluster's slurm.conf."""
        return self.folder / "slurm.conf"

    def environment(self) -> dict[str, str]:
        """Return this environment with the cluster's client programs first on PATH."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        foreign = ("SLURM_", "SBATCH_", "SRUN_")
        inherited = {name: v for name, v in os.environ.items() if not name.startswith(foreign)}
        # There are more ranks than cores: a waiting rank should leave its core to the others.
        return inherited | {"PATH": path, "OMPI_MCA_mpi_yield_when_idle": "1"}

    def run(self, *command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as a user of the cluster would; output is captured as text."""
        return subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, timeout=timeout
        )

    def idle_nodes(self) -> int:
        """Return the number of idle nodes; 0 if slurmctld does not answer."""
        answer = self.run("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N")
        return len(set(answer.stdout.split())) if answer.returncode == 0 else 0

    def nodes_of_step(self, job: str, step: str = "0") -> list[str]:
        """Return the nodes whose slurmd has logged that it launched tasks of step ``job.step``."""
        mark = f"launch task StepId={job}.{step} "
        logs = sorted(self.folder.glob("log/slurmd-*.log"))
        return [log.stem.removeprefix("slurmd-") for log in logs if mark in log.read_text()]

    def log_ends(self) -> str:
        """Return the last lines of all daemons' logs, for error messages."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-1000:]}"
            for log in sorted(self.folder.glob("log/*"))
        )

    def processes(self) -> set[int]:
        """Return the ids of the cluster's daemons, clients, steps, jobs and their descendants."""
        mark = f"SLURM_CONF={self.configuration}".encode()
        children: dict[int, list[int]] = {}
        waiting = []
        for entry in Path("/proc").iterdir():
            # It has ended or belongs to another user: it is not one of the cluster's.
            with suppress(OSError, ValueError):
                process = int(entry.name)
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(status[1]), []).append(process)
                if status[0] != "Z" and mark in (entry / "environ").read_bytes().split(b"\0"):
                    waiting.append(process)
        found: set[int] = set()
        while waiting:
            process = waiting.pop()
            if process not in found and process != os.getpid():
                found.add(process)
                waiting.extend(children.get(process, []))
        return found

    def start(self, settings: ClusterSettings) -> None:
        """Start all daemons in the (new) folder and wait until every node is idle.

        Raises:
            ClusterError: there is an obstacle, or nodes do not come up; with the ends of the logs.
        """
        if (reason := obstacle()) is not None:
            raise ClusterError(reason)
        if settings.accounting and (missing := missing_programs()):
            raise ClusterError(f"not installed: {', '.join(missing)}")
        write_configuration(self.folder, settings)
        munge = self.folder / "munge"
        try:
            self._spawn(
                str(program("munged")),
                "--foreground",
                f"--key-file={munge / 'key'}",
                f"--socket={munge / 'socket'}",
                f"--pid-file={munge / 'pid'}",
                f"--seed-file={munge / 'seed'}",
                f"--log-file={munge / 'log'}",
            )
            self._wait_until("munged answers", (munge / "socket").is_socket)
            if settings.accounting:
                self._start_accounting()
            self.start_controller()
            for node in settings.node_names:
                self.start_node(node)
            self._wait_until("all nodes are idle", lambda: self.idle_nodes() == settings.nodes)
        except BaseException:
            self.stop()
            raise

    def start_controller(self, *options: str) -> None:
        """Start slurmctld; it answers soon afterwards."""
        self._spawn(str(program("slurmctld")), "-D", *options)

    def start_node(self, node: str) -> None:
        """Start the slurmd of ``node`` on a host of that name."""
        self._spawn(*AS_NODE, node, str(program("slurmd")), "-D", "-N", node)

    def _start_accounting(self) -> None:
        text = (self.folder / "slurmdbd.conf").read_text()
        settings = dict(line.split("=", 1) for line in text.splitlines())
        port, database_port = int(settings["DbdPort"]), int(settings["StoragePort"])
        self._spawn(*database_command(self.folder, database_port, settings["StoragePass"]))
        self._wait_until("MariaDB answers", lambda: answers(database_port))
        self._spawn(str(program("slurmdbd")), "-D")
        self._wait_until("slurmdbd answers", lambda: answers(port))
        known = self.run("sacctmgr", "--immediate", "add", "cluster", "readkin")
        if known.returncode:
            raise ClusterError(f"sacctmgr: {known.stderr}\n{self.log_ends()}")

    def _spawn(self, *command: str) -> None:
        # --fork: the daemon becomes a child of init, so that this process need not wait for it.
        with (self.folder / "log/daemons.out").open("ab") as out:
            subprocess.run(
                ["setsid", "--fork", *command],
                env=os.environ | {"SLURM_CONF": str(self.configuration)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=True,
            )

    def _wait_until(self, what: str, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while not ready():
            if time.monotonic() > end:
                raise ClusterError(f"not true in time: {what}\n{self.log_ends()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End jobs and daemons and remove the folder with its state.

        Raises:
            ClusterError: a process of the cluster outlives SIGKILL.
        """
        end = time.monotonic() + SECONDS_TO_STOP
        while running := self.processes():
            if time.monotonic() > end:
                raise ClusterError(f"still running: {sorted(running)}")
            for process in running:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def running_cluster(settings: ClusterSettings | None = None) -> Iterator[SlurmCluster]:
    """Run a cluster during the ``with`` block; it also ends when this process is killed."""
    cluster = SlurmCluster(Path(tempfile.mkdtemp(prefix="readkin-slurm-", dir=short_folder())))
    # The guard reads until this process closes the pipe or dies, then stops the cluster.
    guard = subprocess.Popen(
        [sys.executable, __file__, "guard", "--folder", str(cluster.folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        cluster.start(settings or ClusterSettings())
        yield cluster
    finally:
        guard.communicate()
        if guard.returncode:
            raise ClusterError(f"the guard could not stop {cluster.folder}")


def short_folder() -> Path:
    """Return the folder for temporary files, or /tmp if its path is too long for sockets."""
    usual = Path(tempfile.gettempdir())
    return usual if len(str(usual)) <= LONGEST_PARENT else Path("/tmp")


def program(name: str) -> str | None:
    """Return the path of an installed program; daemons are often outside a user's PATH."""
    folders = [os.environ.get("PATH", ""), "/opt/slurm/bin", "/opt/slurm/sbin", "/usr/sbin"]
    return shutil.which(name, path=os.pathsep.join(folders))


def write_configuration(folder: Path, settings: ClusterSettings) -> None:
    """Fill the empty ``folder`` with subfolders, munge key, slurm.conf and client wrappers."""
    per_node = [f"{kind}-{node}" for kind in ("spool", "tmp") for node in settings.node_names]
    for name in ("bin", "log", "munge", "node-local", "state", *per_node):
        (folder / name).mkdir(mode=0o755)
    folder.chmod(0o755)  # munge insists that everybody may reach its socket
    key = folder / "munge/key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(128))
    (folder / "plugstack.conf").touch()
    if settings.accounting:
        write_slurmdbd_conf(folder, *free_ports(2))
    (folder / "slurm.conf").write_text(slurm_conf(folder, settings))
    for name in CLIENTS:
        if (installed := program(name)) is not None:
            wrapper = folder / "bin" / name
            wrapper.write_text(WRAPPER.format(folder=folder, program=installed))
            wrapper.chmod(0o755)


def slurm_conf(folder: Path, settings: ClusterSettings) -> str:
    """Return the text of slurm.conf, with ports that are free now."""
    controller_port, *node_ports = free_ports(1 + settings.nodes)
    host = socket.gethostname().split(".")[0]
    nodes = "\n".join(
        f"NodeName={node} NodeHostname={node} NodeAddr=127.0.0.1 Port={port} "
        f"CPUs={settings.cpus_per_node} RealMemory={settings.memory_mb} State=UNKNOWN"
        for node, port in zip(settings.node_names, node_ports, strict=True)
    )
    partitions = "\n".join(
        f"PartitionName={name} Nodes=ALL MaxTime=INFINITE State=UP"
        + (" Default=YES" if number == 0 else "")
        for number, name in enumerate(settings.partitions)
    )
    return TEMPLATE.read_text().format(
        folder=folder,
        host=host,
        user=pwd.getpwuid(os.geteuid()).pw_name,
        controller_port=controller_port,
        # Ranks of two clusters on this machine would share files named by host and job.
        first_job_id=1000 + secrets.randbelow(1_000_000),
        min_job_age_seconds=settings.min_job_age_seconds,
        select=settings.select,
        accounting=_accounting(folder) if settings.accounting else NO_ACCOUNTING,
        memory_limit=MEMORY_LIMIT if settings.memory_limit else "",
        nodes=nodes,
        partitions=partitions,
    )


def _accounting(folder: Path) -> str:
    port = re.search(r"^DbdPort=(\d+)", (folder / "slurmdbd.conf").read_text(), re.MULTILINE)
    assert port is not None
    return f"""\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port[1]}
AccountingStoragePass={folder}/munge/socket"""


def free_ports(count: int) -> list[int]:
    """Return different TCP ports that are free at the moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Start or stop a private Slurm for tests.")
    parser.add_argument("action", choices=("start", "stop", "status", "guard"))
    parser.add_argument("--nodes", type=int, default=ClusterSettings.nodes)
    parser.add_argument(
        "--folder", type=Path, default=short_folder() / f"readkin-slurm-{os.geteuid()}"
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run one action; return 0 if done, 1 if failed (``status``: not running)."""
    arguments = parse_arguments(argv)
    cluster = SlurmCluster(arguments.folder)
    if arguments.action == "guard":
        sys.stdin.buffer.read()
        cluster.stop()
    elif arguments.action == "stop":
        cluster.stop()
    elif cluster.processes():
        print(cluster.run("sinfo").stdout + cluster.run("squeue").stdout)
        print(f'export PATH="{cluster.folder / "bin"}:$PATH"')
    elif arguments.action == "status":
        print(f"no cluster runs in {cluster.folder}")
        return 1
    else:
        cluster.stop()  # removes what a killed cluster has left
        cluster.folder.mkdir(mode=0o755)
        cluster.start(ClusterSettings(nodes=arguments.nodes))
        return main(["status", "--folder", str(cluster.folder)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
