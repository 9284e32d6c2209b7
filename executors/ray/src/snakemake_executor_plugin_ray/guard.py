"""Guard of a job: runs its command, and ends every process of it when the Ray worker ends.

    python -I -S -c "<text of this file>" COMMAND

When Ray ends a worker, it reaches the worker's direct children at most; when worker and node
manager are killed together, it reaches nothing. The program is therefore three processes. The first
one, the child of the worker, waits for the second one and returns its exit code. The second one,
the guard, reads standard input, a pipe that only the worker holds open, and starts the third one,
the command. The guard is a "child subreaper" (prctl): processes of the command that lose their
parent become its children, even those with sessions of their own, so that it finds all of them.

Standard input decides: one byte means that the job is cancelled, so that its processes get SIGTERM
and some seconds; an end of input means that the worker is dead, and they are killed at once,
because the job may already be starting again elsewhere. Standard library only.
"""

import ctypes
import os
import select
import signal
import sys
import time
from pathlib import Path

SET_CHILD_SUBREAPER = 36  # of prctl
SECONDS_TO_END = 10.0
SECONDS_BETWEEN_CHECKS = 0.05


def main(command: str) -> int:
    """Run the command in Bash under a guard; return its exit code, 128 + n after signal n."""
    guard = os.fork()
    if guard:
        os.close(0)
        return exit_code(os.waitpid(guard, 0)[1])
    os.setsid()
    ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvp("bash", ["bash", "-c", command])
    return watch(child)


def watch(child: int) -> int:
    """Wait for the end of the command or of the worker; return the exit code."""
    read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    code = None
    while code is None:
        ended = reap()
        if child in ended:
            code = exit_code(ended[child])
            break
        readable = select.select([0, read], [], [])[0]
        if read in readable:
            os.read(read, 1024)
        if 0 in readable:
            if os.read(0, 1):
                end_all(signal.SIGTERM, SECONDS_TO_END)
            code = 128 + signal.SIGTERM
    end_all(signal.SIGKILL, None)
    return code


def end_all(number: int, seconds: float | None) -> None:
    """Send a signal to all descendants until none is left, or ``seconds`` have passed."""
    limit = time.monotonic() + seconds if seconds is not None else float("inf")
    sent: set[int] = set()
    while (remaining := descendants(os.getpid())) and time.monotonic() < limit:
        for process in remaining:
            if process not in sent:
                try:
                    os.kill(process, number)
                except ProcessLookupError:
                    continue
                if number != signal.SIGKILL:
                    sent.add(process)
        reap()
        if seconds is not None and select.select([0], [], [], 0)[0] and not os.read(0, 1):
            return  # the worker died meanwhile
        time.sleep(SECONDS_BETWEEN_CHECKS)


def descendants(ancestor: int) -> list[int]:
    """Return the processes below another one, zombies excepted."""
    children: dict[int, list[tuple[int, bool]]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = file.read_bytes().rpartition(b")")[2].split()[:2]
        except OSError:
            continue
        entry = (int(file.parent.name), state == b"Z")
        children.setdefault(int(parent), []).append(entry)
    found: list[int] = []
    below = [ancestor]
    while below:
        for process, is_zombie in children.get(below.pop(), []):
            below.append(process)
            if not is_zombie:
                found.append(process)
    return found


def reap() -> dict[int, int]:
    """Return the wait statuses of all children that have ended."""
    ended: dict[int, int] = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if process == 0:
            return ended
        ended[process] = status


def exit_code(status: int) -> int:
    """Return the exit code of a wait status as a shell shows it."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
