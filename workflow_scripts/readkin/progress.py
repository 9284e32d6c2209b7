"""Progress of a long stage: an updating line on a terminal, log lines elsewhere."""

import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

SECONDS_BETWEEN_LINES = 10.0

log = logging.getLogger("readkin")


@contextmanager
def silenced() -> Iterator[None]:
    """Log only warnings and errors: for a very small run that compiles the kernels."""
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)


class Progress:
    """Progress display: one updating line on a terminal, a log line every 10 s elsewhere.

    ``with Progress("trim", total, "reads") as progress: progress.advance(n)``.

    Args:
        label: first word of the line.
        total: number of units; None if it is unknown beforehand.
        unit: name of the units, in the plural.
        shown: False on MPI ranks other than the root.
        rate: unit of the rate; by default units per second.
    """

    def __init__(
        self, label: str, total: int | None, unit: str, shown: bool = True, rate: str = ""
    ) -> None:
        self.label, self.total, self.unit = label, total, unit
        self.rate_unit = rate or f"{unit}/s"
        self.shown = shown
        self.done = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        self.started = self._last_line = time.monotonic()
        if self.shown and sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task(self.label, total=self.total, state="")
        return self

    def advance(self, amount: int) -> None:
        """Count ``amount`` more units as done."""
        self.advance_to(self.done + amount)

    def advance_to(self, done: int) -> None:
        """Set the number of units done."""
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
            rate = re.sub(r"([GMTk]) (?=[A-Z])", r"\1", rate)  # as in GCUPS
        return f"{with_prefix(self.done)}{total} {self.unit}, {rate}"

    def _time_left(self) -> str:
        if self.total is None or not self.done:
            return ""
        return f", {(self.total - self.done) / self._rate():.0f} s left"


def _bar() -> Any:
    """Return rich's display; without a terminal its import would take longer than a small unit."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[state]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def with_prefix(number: float) -> str:
    """Return a number with three digits and a metric prefix: 1234567 as ``1.23 M``."""
    for size, prefix in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(number) >= size:
            return f"{number / size:.3g}{prefix}"
    return f"{number:.3g}"
