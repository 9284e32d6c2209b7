"""Workflows run by Snakemake with Ray, and private Ray clusters on this machine."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import snakemake_executor_plugin_ray

SOURCE = Path(snakemake_executor_plugin_ray.__file__).parents[1]
SECONDS = 40.0
PYTHON = [sys.executable, "-P", "-m"]


def until(condition: Callable[[], object], seconds: float = SECONDS) -> bool:
    """Wait until a condition holds; return whether it does."""
    limit = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < limit:
        time.sleep(0.1)
    return bool(holds)


def processes_with(*words: str) -> list[int]:
    """Return the processes whose command line contains all words, zombies excepted."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if all(word in line for word in words):
                found.append(int(file.parent.name))
    return found


class Workflow:
    """A folder with a Snakefile, and the Snakemake that runs it."""

    def __init__(self, folder: Path, snakefile: str) -> None:
        self.folder = folder
        (folder / "Snakefile").write_text(snakefile)
        # A folder of its own for temporary files shows what a run leaves there.
        self.temporary = Path(tempfile.mkdtemp(prefix="r", dir="/tmp"))
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
        self.environment |= {"PYTHONPATH": str(SOURCE), "TMPDIR": str(self.temporary)}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        """Start Snakemake with the executor, in a session of its own."""
        return subprocess.Popen(
            [*PYTHON, "snakemake", "--executor", "ray", "--jobs", "10", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run Snakemake to its end; return what it prints."""
        with self.start(*arguments, **environment) as running:
            try:
                printed, _ = running.communicate(timeout=SECONDS)
            finally:
                running.kill()
        assert running.returncode == code, printed
        return printed

    def has(self, name: str) -> bool:
        """Return True if a file exists that is not empty."""
        path = self.folder / name
        return path.is_file() and path.stat().st_size > 0

    def lines(self, name: str) -> list[str]:
        """Return the lines of a file."""
        return (self.folder / name).read_text().splitlines()

    def left(self) -> list[object]:
        """Return the processes and folders of Ray that still exist."""
        names = [path.name for path in self.temporary.glob("*ray*")]
        return [*processes_with(str(self.folder)), *processes_with(str(self.temporary)), *names]


class Cluster:
    """A Ray cluster on this machine, whose nodes are process groups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.environment = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(16),
            "RAY_health_check_failure_threshold": "2",
            "RAY_health_check_period_ms": "500",
        }
        self.nodes: dict[str, subprocess.Popen] = {}
        self.add("head", "--head", f"--port={port}", "--include-dashboard=false", cpus=0)

    def add(self, name: str, *arguments: str, cpus: int = 1) -> None:
        """Start a node and wait until it belongs to the cluster."""
        place = arguments if "--head" in arguments else (*arguments, f"--address={self.address}")
        temporary = self.folder if name == "head" else self.folder / name
        command = [
            *PYTHON,
            "ray.scripts.scripts",
            "start",
            "--block",
            *place,
            "--node-ip-address=127.0.0.1",
            f"--num-cpus={cpus}",
            "--memory=4000000000",
            "--object-store-memory=100000000",
            f"--temp-dir={temporary}",
            "--min-worker-port=0",
            "--max-worker-port=0",
            "--dashboard-agent-listen-port=0",
            "--disable-usage-stats",
            "--include-log-monitor=false",
        ]
        with (self.folder / f"{name}.out").open("wb") as output:
            self.nodes[name] = subprocess.Popen(
                command,
                env=os.environ | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if name != "head":
            printed = self.folder / f"{name}.out"
            assert until(lambda: "Ray runtime started" in printed.read_text()), printed.read_text()

    def kill(self, name: str) -> None:
        """Kill a node as a power cut does: everything in it at once, except jobs."""
        with suppress(ProcessLookupError):
            os.killpg(self.nodes[name].pid, signal.SIGKILL)
        self.nodes[name].wait()

    def wait_for_head(self) -> None:
        """Wait until the head accepts connections."""
        host, port = self.address.split(":")

        def answers() -> bool:
            with suppress(OSError), socket.create_connection((host, int(port)), 1):
                return True
            return False

        assert until(answers), (self.folder / "head.out").read_text()


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """Yield a cluster whose head has no CPUs; ``add`` and ``kill`` change its nodes."""
    folder = Path(tempfile.mkdtemp(prefix="c", dir="/tmp"))
    cluster = Cluster(folder)
    try:
        cluster.wait_for_head()
        yield cluster
    finally:
        for name in cluster.nodes:
            cluster.kill(name)
        for process in processes_with(str(folder)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
