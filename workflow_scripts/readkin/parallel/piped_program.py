"""A program that reads its input from a pipe while it runs."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from readkin.errors import InputError

LAST_LINES = 20
"""Lines of a program's messages in which the cause of a failure is sought."""


class ProgramFailedError(InputError):
    """A program ended with another exit code than 0; a second attempt may succeed."""

    is_retryable = True


class PipedProgram:
    """A running program with a pipe to its standard input.

    ``with PipedProgram(command, folder) as program: program.write(text); ...; program.finish()``.
    Without ``finish``, as after an exception, the program and its child processes are killed.

    Args:
        name: name of the program in messages.
        command: the program and its arguments.
        folder: its working directory, in which this process may write.
        environment: its environment; None for that of this process.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        # A pipe that nobody reads would fill up.
        self._messages = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self._messages,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            process_group=0,
        )
        # If the program is killed, its child processes keep the pipe open, but no longer read it.
        self._watcher = threading.Thread(target=self._kill_children_of_failed_program, daemon=True)
        self._watcher.start()

    def __enter__(self) -> Self:
        return self

    def write(self, text: bytes) -> None:
        """Write to the program's standard input, as soon as it reads.

        Raises:
            ProgramFailedError: if the program has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text)
        except BrokenPipeError:
            self.finish()

    def finish(self) -> None:
        """End the program's standard input and wait until it has ended.

        Raises:
            ProgramFailedError: if its exit code is not 0.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        # Not by join: if an exception interrupts it, Python 3.11 and 3.12 take the thread for
        # ended (bpo-45274), and the program would survive.
        self._process.wait()
        self._watcher.join()
        if code := self._process.returncode:
            end = f"exit code {code}" if code > 0 else f"its end by {signal.Signals(-code).name}"
            found = f"{end}: {self._last_message()}"
            raise ProgramFailedError(self.name, found, "exit code 0", "fix the cause and rerun")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        if self._watcher.is_alive():
            self._kill_group()
            self._watcher.join()
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._messages.close()

    def _kill_children_of_failed_program(self) -> None:
        if self._process.wait():
            self._kill_group()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def last_messages(self, number: int) -> list[str]:
        """Return the last lines that the program has written, at most ``number``."""
        self._messages.seek(0)
        lines = self._messages.read().decode("utf-8", "replace").splitlines()
        return [line.strip() for line in lines if line.strip()][-number:]

    def _last_message(self) -> str:
        """Return the last line about an error; the last one if there is none."""
        lines = self.last_messages(LAST_LINES)
        errors = [line for line in lines if "error" in line.lower()]
        return next(reversed(errors or lines), "no message")
