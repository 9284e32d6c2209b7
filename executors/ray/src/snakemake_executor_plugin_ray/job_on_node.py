"""Ray task that runs one job on a node.

The workers receive this module's functions with the task, so that a node needs Ray, not the plugin.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

LAST_LINES = 20
LAST_BYTES = 8192
SECONDS_BETWEEN_CHECKS = 0.05


def run(
    guard: str,
    command: str,
    folder: str | None,
    environment: dict[str, str],
    log: str | None,
    seconds: float | None,
) -> tuple[int, str, str, bool]:
    """Run a job to its end.

    Args:
        guard: program text of guard.py.
        command: for Bash.
        folder: working directory; None: a new one, which is removed at the end.
        environment: all variables of the command.
        log: file that receives the output; None: only its end is returned.
        seconds: time limit, after which the job is ended as if it were cancelled; None: no limit.

    Returns:
        Exit code, host name, the last lines of the output unless there is a log, and whether the
        job was ended at its time limit.
    """
    host = os.uname().nodename
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="snakemake-"))
        output = stack.enter_context(_opened(log))
        output.write(f"Job runs on {host}.\n".encode())
        output.flush()
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", guard, command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        assert child.stdin is not None
        limit = float("inf") if seconds is None else time.monotonic() + seconds
        is_late = False
        try:
            while (code := child.poll()) is None:
                time.sleep(SECONDS_BETWEEN_CHECKS)
                if time.monotonic() > limit and not is_late:
                    is_late = True
                    output.write(f"Job exceeded its time limit of {seconds:.0f} s.\n".encode())
                    output.flush()
                    _cancel(child.stdin)
        except BaseException:  # a cancelled task: KeyboardInterrupt, but not within a system call
            _cancel(child.stdin)
            child.wait()
            raise
        finally:
            child.stdin.close()
        return code, host, "" if log else _last_lines(output), is_late


def _cancel(guard: IO[bytes]) -> None:
    """Ask the guard to end the job: SIGTERM, and SIGKILL after some seconds."""
    with contextlib.suppress(OSError):
        guard.write(b".")
        guard.flush()


def _opened(log: str | None) -> IO[bytes]:
    """Open the log to append to it: a job that runs again keeps the output of its first run."""
    if log is None:
        return tempfile.TemporaryFile()
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    return Path(log).open("ab")


def _last_lines(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LAST_BYTES))
    return "\n".join(file.read().decode(errors="replace").splitlines()[-LAST_LINES:])
