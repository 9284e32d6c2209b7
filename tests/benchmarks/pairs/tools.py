"""What a tool is to the benchmark: it gets reads as files and finds pairs."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.launching import Cost
from benchmarks.pairs.reads import ReadSet
from benchmarks.pairs.scoring import PairColumns


class Work(NamedTuple):
    """Reads to find the pairs of.

    Attributes:
        name: short, unique; title: for people.
        reads: to be scored against.
        error_rate: of the reads; readkin is told, as a user would.
        ranks: MPI ranks of readkin; each must be there.
        repetitions: of every tool that is fast enough.
        peers: names of the peers that take part, beside readkin.
    """

    name: str
    title: str
    reads: ReadSet
    error_rate: float
    ranks: tuple[int, ...]
    repetitions: int
    peers: tuple[str, ...]


class Files(NamedTuple):
    """The reads of a work set on disk, and a folder for the tool's own files."""

    fasta: Path
    bam: Path
    array: Path
    folder: Path


class Finding(NamedTuple):
    """What one run gave.

    Attributes:
        stages: by name the costs of whole processes, start-up, reading and writing included; the
            last is the one that finds pairs.
        pairs: (m,) and (m,) read_index; a pair may stand in it several times.
        join_cpu: processor s of finding the pairs alone, from what the stages before it make, in
            memory, to pairs in memory; None if not measured.
        original: int64 (n,), see scoring.score.
    """

    stages: dict[str, Cost]
    pairs: PairColumns
    join_cpu: float | None = None
    original: np.ndarray | None = None


class Tool(NamedTuple):
    """A way to find pairs.

    Attributes:
        name: for tables; settings: the arguments that matter.
        version: of the package or program.
        run: does the work once.
        most_reads: it takes no part in larger sets; None: any.
    """

    name: str
    settings: str
    version: str
    run: Callable[[Work, Files], Finding]
    most_reads: int | None = None


class NotThereError(Exception):
    """A peer cannot take part; says why and what to install."""
