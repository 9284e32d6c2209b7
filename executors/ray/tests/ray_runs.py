"""Workflows run by Snakemake with Ray, and private Ray clusters on this machine."""

import json
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

from node_names import GROUPS, HEAD_TYPE, node_id

import snakemake_executor_plugin_ray

SOURCE = Path(snakemake_executor_plugin_ray.__file__).parents[1]
SECONDS = 40.0
MEMORY = 4_000_000_000
# Keys that a configuration of the autoscaler must have.
UNUSED_LISTS = (
    "initialization_commands",
    "setup_commands",
    "head_setup_commands",
    "worker_setup_commands",
    "head_start_ray_commands",
    "worker_start_ray_commands",
    "cluster_synced_files",
    "rsync_exclude",
    "rsync_filter",
)
PYTHON = [sys.executable, "-P", "-m"]


def until(condition: Callable[[], object], seconds: float = SECONDS) -> bool:
    """Wait until a condition holds; return whether it does."""
    limit = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < limit:
        time.sleep(0.1)
    return bool(holds)


def is_alive(process: int) -> bool:
    """Return True if a process exists and is no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processes_with(*words: str) -> list[int]:
    """Return the processes whose command line contains all words, zombies excepted."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if all(word in line for word in words):
                found.append(int(file.parent.name))
    return found


class Running(subprocess.Popen):
    """A Snakemake in a session of its own, killed if its test fails."""

    def __exit__(self, error: type | None, *details: object) -> None:
        if error is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        super().__exit__(error, *details)


class Workflow:
    """A folder with a Snakefile, and the Snakemake that runs it."""

    def __init__(self, folder: Path, snakefile: str) -> None:
        self.folder = folder
        (folder / "Snakefile").write_text(snakefile)
        # A folder of its own for temporary files shows what a run leaves there.
        self.temporary = Path(tempfile.mkdtemp(prefix="r", dir="/tmp"))
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
        self.environment |= {"PYTHONPATH": str(SOURCE), "TMPDIR": str(self.temporary)}

    def start(self, *arguments: str, **environment: str) -> Running:
        """Start Snakemake with the executor, in a session of its own."""
        return Running(
            [*PYTHON, "snakemake", "--executor", "ray", "--jobs", "10", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            # Tests in the background of a shell would pass on that SIGINT is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
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
    """A Ray cluster on this machine, whose nodes are process groups.

    Args:
        folder: for its files; the path must be short.
        most_nodes: nodes that the autoscaler adds at most; 0 for no autoscaler.
    """

    def __init__(self, folder: Path, most_nodes: int = 0) -> None:
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
        options = ["--head", f"--port={port}", "--include-dashboard=false"]
        if most_nodes:
            options.append(f"--autoscaling-config={self._autoscaling(most_nodes)}")
        self.add("head", *options, cpus=0)

    def add(self, name: str, *arguments: str, cpus: int = 1) -> None:
        """Start a node and wait until it belongs to the cluster."""
        place = arguments if "--head" in arguments else (*arguments, f"--address={self.address}")
        temporary = self.folder if name == "head" else self.folder / name
        command = [*self._command(cpus), *place, f"--temp-dir={temporary}"]
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

    @staticmethod
    def _command(cpus: int) -> list[str]:
        return [
            *PYTHON,
            "ray.scripts.scripts",
            "start",
            "--block",
            "--node-ip-address=127.0.0.1",
            f"--num-cpus={cpus}",
            f"--memory={MEMORY}",
            "--object-store-memory=100000000",
            "--min-worker-port=0",
            "--max-worker-port=0",
            "--dashboard-agent-listen-port=0",
            "--disable-usage-stats",
            "--include-log-monitor=false",
        ]

    def _autoscaling(self, most_nodes: int) -> Path:
        """Write the configuration of an autoscaler that adds nodes with one CPU."""
        self.environment |= {
            "RAY_OVERRIDE_NODE_ID_FOR_TESTING": node_id(0),
            "AUTOSCALER_UPDATE_INTERVAL_S": "1",
            "PYTHONPATH": str(Path(__file__).parent),
        }
        provider = {
            "type": "external",
            "module": "nodes_here.NodesHere",
            "use_node_id_as_ip": True,
            "disable_node_updaters": True,
            "disable_launch_config_check": True,
            "folder": str(self.folder),
            "command": [*self._command(1), f"--address={self.address}"],
            "environment": {},
        }
        worker = {"resources": {"CPU": 1, "memory": MEMORY}, "node_config": {}}
        head = {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0}
        config = {
            "cluster_name": "here",
            "max_workers": most_nodes,
            "idle_timeout_minutes": 0.2,
            "upscaling_speed": 1.0,
            "provider": provider,
            "head_node_type": HEAD_TYPE,
            "available_node_types": {
                HEAD_TYPE: head,
                "worker": worker | {"min_workers": 0, "max_workers": most_nodes},
            },
            **{name: [] for name in UNUSED_LISTS},
            **{name: {} for name in ("auth", "docker", "file_mounts")},
            "file_mounts_sync_continuously": False,
        }
        path = self.folder / "autoscaling.yaml"
        path.write_text(json.dumps(config))  # JSON is YAML
        return path

    def added_nodes(self) -> list[int]:
        """Return the process groups of all nodes that the autoscaler has added so far."""
        path = self.folder / GROUPS
        return json.loads(path.read_text()) if path.exists() else []

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
def private_cluster(most_nodes: int = 0) -> Iterator[Cluster]:
    """Yield a cluster whose head has no CPUs; ``add`` and ``kill`` change its nodes."""
    folder = Path(tempfile.mkdtemp(prefix="c", dir="/tmp"))
    cluster = Cluster(folder, most_nodes)
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
