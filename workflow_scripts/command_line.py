"""What all commands share: argument types, logging, progress, exception -> one line + exit code."""

import argparse
import logging
import math
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from formats.errors import InputError
from formats.whole_files import written_whole

INTERRUPTED = 130
TERMINATED = 143
SECONDS_BETWEEN_LINES = 10.0

log = logging.getLogger("readkin")


class TerminatedError(BaseException):
    """SIGTERM came: not to be caught on the way, so that temporary files go and all ends."""


def _raise_terminated(number: int, frame: object) -> NoReturn:
    raise TerminatedError


def run_command(
    stage: Callable[[argparse.Namespace], object],
    parse_arguments: Callable[[list[str] | None], argparse.Namespace],
    argv: list[str] | None = None,
) -> int:
    """Parse ``argv``, run ``stage`` and return the exit code.

    0 done; 1 bad data or failed work; 2 wrong arguments (argparse exits by itself) or
    configuration; 130 interrupted (Ctrl-C); 143 terminated (scancel; a launcher whose other rank
    failed, which has said why). Errors meant for the user become one line on stderr, other
    exceptions keep their traceback, ``--debug`` keeps it for all.
    """
    arguments = parse_arguments(argv)
    logging.basicConfig(
        level=logging.DEBUG if arguments.debug else logging.INFO,
        format=f"{arguments.command}: %(message)s",
        force=True,
    )
    handler_before = signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        stage(arguments)
    except InputError as error:
        if arguments.debug:
            raise
        if error.is_settled:
            _settle(f"{error.exit_code}\n{arguments.command}: {error}\n")
        return _say(arguments.command, str(error), error.exit_code)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        if arguments.debug:
            raise
        reason = f"{error.filename}: {error.strerror}; check the path and its permissions"
        return _say(arguments.command, reason, 1)
    except TerminatedError:
        return TERMINATED
    except KeyboardInterrupt:
        return _say(arguments.command, "interrupted", INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, handler_before)
    return 0


def _settle(failure: str) -> None:
    """Leave a marker for the next attempt of a Slurm job (rules/settled_failures.py)."""
    if marker := os.environ.get("READKIN_FAILURE"):
        with written_whole(Path(marker)) as temporary:
            temporary.write_text(failure)


def _say(command: str, message: str, exit_code: int) -> int:
    sys.stderr.write(f"{command}: {message}\n")
    sys.stderr.flush()
    return exit_code


def argument_parser(command: str, docstring: str | None) -> argparse.ArgumentParser:
    """A parser that shows the command file's docstring and knows ``--debug``."""
    parser = argparse.ArgumentParser(
        prog=command,
        description=docstring,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=command)
    parser.add_argument("--debug", action="store_true", help="show tracebacks and debug messages")
    return parser


def positive_int(text: str) -> int:
    """Argument type: an integer of at least 1."""
    return _checked_int(text, 1)


def non_negative_int(text: str) -> int:
    """Argument type: an integer of at least 0."""
    return _checked_int(text, 0)


def _checked_int(text: str, least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from None
    if value < least:
        raise argparse.ArgumentTypeError(f"found {value}, expected at least {least}")
    return value


def fraction(text: str) -> float:
    """Argument type: a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from 0 to 1")
    return value


def existing_file(text: str) -> Path:
    """Argument type: a file that is there; s3:// paths are refused."""
    if text.startswith("s3://"):
        raise argparse.ArgumentTypeError(
            f"{text}: s3:// paths are not supported yet; copy the file to a local or shared path"
        )
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file; check the path")
    return path


class Progress:
    """How far a long stage is: one updating line on a terminal, a log line every 10 s elsewhere.

    ``with Progress("trim", total, "reads") as progress: progress.advance(n)``. ``total`` may be
    None where it is not known beforehand; ``shown=False`` is for ranks other than the root;
    ``rate`` is the unit of the rate if it has a name of its own.
    """

    def __init__(
        self, label: str, total: int | None, unit: str, shown: bool = True, rate: str = ""
    ) -> None:
        self.label, self.total, self.unit = label, total, unit
        self.rate_unit = rate or f"{unit}/s"
        self.shown = shown
        self.done = 0
        self._bar: RichProgress | None = None

    def __enter__(self) -> Self:
        self.started = self._last_line = time.monotonic()
        if self.shown and sys.stderr.isatty():
            self._bar = RichProgress(
                TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"),
                TimeRemainingColumn(), console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task(self.label, total=self.total, state="")
        return self

    def advance(self, amount: int) -> None:
        """Count ``amount`` more units as done."""
        self.advance_to(self.done + amount)

    def advance_to(self, done: int) -> None:
        """Count so many units in all as done."""
        self.done = done
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, state=self._state())
        elif self.shown and time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            log.info("%s: %s%s", self.label, self._state(), self._time_left())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self.shown and kind is None:
            seconds = time.monotonic() - self.started
            log.info("%s: %s in %.1f s", self.label, self._state(), seconds)

    def _rate(self) -> float:
        return self.done / max(time.monotonic() - self.started, 1e-9)

    def _state(self) -> str:
        total = f"/{with_prefix(self.total)}" if self.total is not None else ""
        rate = f"{with_prefix(self._rate())} {self.rate_unit}"
        if self.rate_unit.isupper():
            rate = re.sub(r"([GMTk]) (?=[A-Z])", r"\1", rate)  # GCUPS is one word
        return f"{with_prefix(self.done)}{total} {self.unit}, {rate}"

    def _time_left(self) -> str:
        if self.total is None or not self.done:
            return ""
        return f", {(self.total - self.done) / self._rate():.0f} s left"


def with_prefix(number: float) -> str:
    """1234567 -> "1.23 M": three digits and a metric prefix."""
    for size, prefix in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(number) >= size:
            return f"{number / size:.3g}{prefix}"
    return f"{number:.3g}"
