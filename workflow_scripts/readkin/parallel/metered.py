"""Time and memory of a program: metered.py FOLDER COMMAND...

FOLDER/<process>.json contains a list: processor seconds of the command and its children, elapsed
seconds, peak resident bytes of the largest process. The meter is a separate small process, since
Linux counts the memory of the process that starts a program as the program's.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """Time and memory of a finished program.

    Attributes:
        cpu: user and system time of the program and all its children, s.
        wall: elapsed time, s.
        memory: peak resident memory, bytes; for MPI ranks, the sum over the ranks.
    """

    cpu: float
    wall: float
    memory: int


def meter_command(folder: str | Path) -> list[str]:
    """Return the words to put before a command, so that its cost is written to the folder."""
    return [sys.executable, "-I", "-S", __file__, str(folder)]


def costs_in(folder: str | Path) -> list[Cost]:
    """Return all costs that were written to a folder."""
    return [Cost(*json.loads(file.read_text())) for file in Path(folder).iterdir()]


if __name__ == "__main__":
    start = time.perf_counter()
    child = subprocess.Popen(sys.argv[2:])
    _, status, used = os.wait4(child.pid, 0)
    cost = (used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss * 1024)
    Path(sys.argv[1], f"{child.pid}.json").write_text(json.dumps(cost))
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)
