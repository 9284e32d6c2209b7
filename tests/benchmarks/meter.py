"""Run a command and write what it cost: meter.py FOLDER COMMAND...

FOLDER/<process>.json gets a list: processor seconds of it and its children, seconds on the clock,
peak resident bytes. A process of its own, since Linux counts the memory of the process that starts
a program as the program's: it has to be small.
"""

import json
import os
import subprocess
import sys
import time

if __name__ == "__main__":
    start = time.perf_counter()
    child = subprocess.Popen(sys.argv[2:])
    _, status, used = os.wait4(child.pid, 0)
    cost = (used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss * 1024)
    with open(f"{sys.argv[1]}/{child.pid}.json", "w") as file:  # noqa: PTH123
        json.dump(cost, file)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)
