"""What a tool is to the benchmark."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks.align.works import Work

# Does the first so many units of the work and returns the scores: int, flat, of all their pairs.
Run = Callable[[int], np.ndarray]


class Tool(NamedTuple):
    """A way to align.

    Attributes:
        name: for people.
        version: of the package or program.
        ways: the ways it has to do this work, by name; the fastest takes part. Empty if it cannot.
        target_step: of sets of all against all it does only every so manieth target.
        in_child: it is a program of its own: its processor time is that of a child process.
        known_fault: why its scores may differ, where that is known; else they must not.
    """

    name: str
    version: str
    ways: Callable[[Work], dict[str, Run]]
    target_step: int = 1
    in_child: bool = False
    known_fault: str = ""


class NotThereError(Exception):
    """A peer cannot take part; says why."""
