"""Helper: Ray's processes on one more node of a Slurm job; started by ``ray_on_slurm.py``.

    python ray_node.py --rendezvous FILE --peak FILE

It joins the Ray whose address is in the rendezvous file. It ends when its standard input ends:
srun closes it when the head closes it or dies.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from readkin.parallel.peak_memory import PeakMemory
from readkin.parallel.ray_start import set_environment, short_folder

SECONDS_BETWEEN_CHECKS = 0.5


class InputEndedError(RuntimeError):
    """The head ended before it wrote the rendezvous file."""


def publish(rendezvous: Path, address: str) -> None:
    """Write the rendezvous file atomically, readable by this user only."""
    content = {"address": address, "token": os.environ["RAY_AUTH_TOKEN"]}
    temporary = rendezvous.with_suffix(".tmp")
    with open(temporary, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump(content, file)
    temporary.rename(rendezvous)


def join(rendezvous: Path, peak: Path) -> int:
    """Run Ray on this node until standard input or Ray ends; return the exit code of Ray."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())  # sent by Slurm if the head is lost
    threading.Thread(target=wait_for_end_of_input, args=(ended,), daemon=True).start()
    folder = tempfile.mkdtemp(prefix="readkin-ray-", dir=short_folder())
    try:
        head = read(rendezvous, ended)
        os.environ["RAY_AUTH_TOKEN"] = head["token"]
        set_environment()
        ray = subprocess.Popen(command_of_ray(head["address"], folder), start_new_session=True)
        try:
            with PeakMemory() as memory:
                while ray.poll() is None and not ended.wait(SECONDS_BETWEEN_CHECKS):
                    write_peak(peak, memory.peak_mb())
        finally:
            # Ray's own processes have asked the kernel to end with the one that started them.
            kill_group(ray.pid)
        return ray.wait()
    except InputEndedError:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_end_of_input(ended: threading.Event) -> None:
    """Set ``ended`` when standard input ends: the head no longer needs this node."""
    sys.stdin.buffer.read()
    ended.set()


def command_of_ray(address: str, folder: str) -> list[str]:
    """Return the command that starts Ray on this node, with Slurm's CPUs and free ports."""
    cpus = os.environ.get("SLURM_CPUS_PER_TASK", "1")
    return [
        sys.executable,
        "-P",
        "-m",
        "ray.scripts.scripts",
        "start",
        "--block",
        f"--address={address}",
        f"--num-cpus={cpus}",
        f"--temp-dir={folder}",
        "--min-worker-port=0",
        "--max-worker-port=0",
        "--dashboard-agent-listen-port=0",
        "--include-log-monitor=false",
        "--disable-usage-stats",
    ]


def read(rendezvous: Path, ended: threading.Event) -> dict[str, str]:
    """Wait for the rendezvous file and read it.

    Raises:
        InputEndedError: if the head ends before it writes the file.
    """
    while not ended.wait(SECONDS_BETWEEN_CHECKS):
        with suppress(FileNotFoundError):
            list(rendezvous.parent.iterdir())  # makes network file systems refresh the listing
            head: dict[str, str] = json.loads(rendezvous.read_text())
            return head
    raise InputEndedError(f"the head ended before it wrote {rendezvous}")


def write_peak(path: Path, peak_mb: float) -> None:
    """Write the peak memory so far, if it has grown by 1 %."""
    if not path.exists() or peak_mb > 1.01 * float(path.read_text()):
        temporary = path.with_suffix(".tmp")
        temporary.write_text(f"{peak_mb:.1f}\n")
        temporary.rename(path)


def kill_group(leader: int) -> None:
    """Kill all processes of a process group."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Run Ray on one more node of a Slurm job")
    parser.add_argument("--rendezvous", type=Path, required=True, help="file written by the head")
    parser.add_argument("--peak", type=Path, required=True, help="file for the peak memory, MiB")
    arguments = parser.parse_args(argv)
    return join(arguments.rendezvous, arguments.peak)


if __name__ == "__main__":
    sys.exit(main())
