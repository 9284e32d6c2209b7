"""Janitor of a Ray that Snakemake started for itself: ends what is left of it, removes its folder.

    python -I -S janitor.py FOLDER SECONDS

Standard input is a pipe that only Snakemake holds open. A byte means that Ray has started. If there
is none within SECONDS, Ray hangs (ray.init can wait forever, without any signal handler running),
and its processes are killed, so that ray.init fails. The end of input is the end of Snakemake,
whatever its cause. Standard library only.
"""

import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

SECONDS_TO_END = 5.0


def main(argv: list[str]) -> int:
    """Wait for the end of standard input, then clean up."""
    folder, seconds = argv
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal
    if select.select([0], [], [], float(seconds))[0]:
        while os.read(0, 1):
            pass
        limit = time.monotonic() + SECONDS_TO_END
        while processes_of(folder) and time.monotonic() < limit:
            time.sleep(0.1)
    kill_processes_of(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def kill_processes_of(folder: str) -> None:
    """Kill all processes that name the folder on their command lines, until there are none."""
    while remaining := processes_of(folder):
        for process in remaining:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.1)


def processes_of(folder: str) -> list[int]:
    """Return the processes that name the folder on their command lines, except this one."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            process = int(file.parent.name)
            if process != os.getpid() and folder.encode() in file.read_bytes():
                found.append(process)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
