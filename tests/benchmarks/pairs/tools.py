"""Workloads, and tools, which find pairs among reads in files."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.launching import Cost
from benchmarks.pairs.reads import ReadSet
from benchmarks.pairs.scoring import PairColumns


class Workload(NamedTuple):
    """A set of reads, and the tools that find pairs in it.

    Attributes:
        name: short and unique.
        title: description for tables.
        reads: the reads and their origins.
        error_rate: error rate of the reads, which readkin gets as expected_error_rate.
        ranks: numbers of MPI ranks on which readkin is run.
        repetitions: number of runs of every tool that is fast enough.
        peers: names of the peers that take part beside readkin.
    """

    name: str
    title: str
    reads: ReadSet
    error_rate: float
    ranks: tuple[int, ...]
    repetitions: int
    peers: tuple[str, ...]


class ReadFiles(NamedTuple):
    """The files with the reads of a workload, and a folder for the tool's own files."""

    fasta: Path
    bam: Path
    array: Path
    folder: Path


class RunResult(NamedTuple):
    """The result of one run of a tool.

    Attributes:
        stages: costs of whole processes by name, with start-up, reading and writing; the last one
            finds pairs.
        pairs: read_index (m,) of the first and (m,) of the second reads; pairs may be repeated.
        join_cpu: processor s of finding the pairs alone, from data in memory to pairs in memory;
            None if not measured.
        original: int64 (n,), see scoring.score.
    """

    stages: dict[str, Cost]
    pairs: PairColumns
    join_cpu: float | None = None
    original: np.ndarray | None = None


class Tool(NamedTuple):
    """A program or library that finds pairs.

    Attributes:
        name: name in tables.
        settings: the arguments that matter.
        version: version of the package or program.
        run: runs the workload once.
        most_reads: size of the largest workload in which it takes part; None: no limit.
    """

    name: str
    settings: str
    version: str
    run: Callable[[Workload, ReadFiles], RunResult]
    most_reads: int | None = None


class UnavailableError(Exception):
    """A peer that cannot take part; the message is what to install."""
