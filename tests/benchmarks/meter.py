"""Run a command and write its cost: meter.py FOLDER COMMAND...

FOLDER/<process>.json contains a list: processor seconds of the command and its children, elapsed
seconds, peak resident bytes. It is a separate small process, since Linux counts the memory of the
process that starts a program as the program's.
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
