"""Watchdog of a Ray that starts: ends its processes if the start takes too long.

    python -I -S ray_watchdog.py FOLDER SECONDS MESSAGE

``ray.init`` may wait forever in C++ while it holds Python's lock, so that no thread and no signal
handler of its process can run. This program watches it from outside. It ends quietly when its
standard input ends, which is the end of the start or of the process. After SECONDS it writes
MESSAGE to standard error and kills the processes that have FOLDER on their command line; Ray's
client in the parent process then exits with code 1. Standard library only.
"""

import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

SECONDS_TO_END = 10.0


def kill_processes_of(folder: str) -> None:
    """Kill all processes with Ray's ``folder`` on their command line, except this one."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            process = int(file.parent.name)
            if process != os.getpid() and folder.encode() in file.read_bytes():
                os.kill(process, signal.SIGKILL)


def main(argv: list[str]) -> int:
    """Wait for the end of standard input; after the time limit report and kill."""
    folder, seconds, message = argv
    parent = os.getppid()
    if select.select([sys.stdin], [], [], float(seconds))[0]:
        return 0
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
    kill_processes_of(folder)
    end = time.monotonic() + SECONDS_TO_END
    while os.getppid() == parent and time.monotonic() < end:
        time.sleep(0.1)
    if os.getppid() == parent:
        os.kill(parent, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
