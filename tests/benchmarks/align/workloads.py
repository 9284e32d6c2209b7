"""Workloads of the benchmark, and the tools that run them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import parasail

AMINO_ACIDS = "ARNDCQEGHILKMFPSTWYV"


class Costs(NamedTuple):
    """A scoring; a gap of n residues costs gap_open + (n - 1) * gap_extend.

    Attributes:
        alphabet: characters of the residue codes 0, 1, 2 ...
        matrix: int8 (codes, codes), substitution scores.
        gap_open: cost of the first residue of a gap.
        gap_extend: cost of each further one.
    """

    alphabet: str
    matrix: np.ndarray
    gap_open: int
    gap_extend: int


DNA_MATCH, DNA_MISMATCH = 2, -3
DNA = Costs(
    "ACGTN",
    np.where(np.eye(5) * [1, 1, 1, 1, 0], DNA_MATCH, DNA_MISMATCH).astype(np.int8),
    gap_open=5,
    gap_extend=2,
)
PROTEIN = Costs(AMINO_ACIDS, parasail.blosum62.matrix[:20, :20].astype(np.int8), 12, 1)


@dataclass(frozen=True)
class SequenceSet:
    """Concatenated sequences.

    Attributes:
        codes: uint8 (residues,), residue codes.
        offsets: int64 (n + 1,), sequence i is codes[offsets[i]:offsets[i + 1]].
        alphabet: characters of the codes.
    """

    codes: np.ndarray
    offsets: np.ndarray
    alphabet: str

    def __len__(self) -> int:
        return self.offsets.size - 1

    @property
    def lengths(self) -> np.ndarray:
        """Lengths of the sequences, int64 (n,)."""
        return np.diff(self.offsets)

    @cached_property
    def text(self) -> bytes:
        """All sequences as text, concatenated."""
        return np.frombuffer(self.alphabet.encode(), np.uint8)[self.codes].tobytes()

    @cached_property
    def texts(self) -> list[str]:
        """Each sequence as text."""
        text, ends = self.text.decode(), self.offsets.tolist()
        return [text[start:end] for start, end in pairwise(ends)]

    def every(self, step: int) -> "SequenceSet":
        """Return every step-th sequence."""
        return concatenated(np.split(self.codes, self.offsets[1:-1])[::step], self.alphabet)

    def part(self, start: int, end: int) -> "SequenceSet":
        """Return sequences start to end - 1."""
        offsets = self.offsets[start : end + 1]
        codes = self.codes[offsets[0] : offsets[-1]]
        return SequenceSet(codes, offsets - offsets[0], self.alphabet)


def concatenated(sequences: list[np.ndarray], alphabet: str) -> SequenceSet:
    """Return a set of sequences from the residue codes of each."""
    offsets = np.concatenate([[0], np.cumsum([len(sequence) for sequence in sequences])])
    return SequenceSet(np.concatenate(sequences).astype(np.uint8), offsets, alphabet)


@dataclass(frozen=True)
class AllAgainstAll:
    """Workload that scores every query with every target. A unit of work is one query."""

    name: str
    title: str
    queries: SequenceSet
    targets: SequenceSet
    costs: Costs

    @property
    def units(self) -> int:
        """Number of units of work."""
        return len(self.queries)

    def pairs(self, units: int) -> int:
        """Return the number of sequence pairs in the first units."""
        return units * len(self.targets)

    def cells(self, units: int) -> int:
        """Return the number of DP cells in the first units."""
        return int(self.queries.offsets[units]) * self.targets.codes.size

    def with_fewer_targets(self, step: int) -> "AllAgainstAll":
        """Return the same workload with every step-th target, for slow tools."""
        targets = self.targets.every(step)
        return AllAgainstAll(
            name=self.name,
            title=self.title,
            queries=self.queries,
            targets=targets,
            costs=self.costs,
        )


@dataclass(frozen=True)
class CandidatePairs:
    """Workload that aligns read index_a[i] of `a` with read i of `b`. A unit of work is one pair.

    Attributes:
        name: short and unique.
        title: description for tables.
        a: first reads.
        b: second reads, as sequenced.
        b_as_aligned: second reads, on the strand of the first read.
        index_a: int64 (pairs,), ascending.
        is_reverse: uint8 (pairs,), 1 if read b is from the other strand.
        diagonal: int32 (pairs,), position in a minus position in b as aligned.
        min_score: pairs that reach it need end points and CIGAR; None: scores only.
        costs: the scoring.
    """

    name: str
    title: str
    a: SequenceSet
    b: SequenceSet
    b_as_aligned: SequenceSet
    index_a: np.ndarray
    is_reverse: np.ndarray
    diagonal: np.ndarray
    min_score: int | None
    costs: Costs = DNA

    @property
    def units(self) -> int:
        """Number of units of work."""
        return len(self.index_a)

    def pairs(self, units: int) -> int:
        """Return the number of sequence pairs in the first units."""
        return units

    def cells(self, units: int) -> int:
        """Return the number of DP cells in the first units."""
        return int((self.a.lengths[self.index_a[:units]] * self.b.lengths[:units]).sum())

    @cached_property
    def groups(self) -> list[tuple[int, int, int]]:
        """(first read, start, end) of each run of pairs with the same first read."""
        starts = np.flatnonzero(np.diff(self.index_a, prepend=-1))
        ends = np.append(starts[1:], self.units)
        return list(zip(self.index_a[starts].tolist(), starts.tolist(), ends.tolist(), strict=True))


Workload = AllAgainstAll | CandidatePairs

# Runs the first n units of a workload and returns the scores of all their pairs: int, flat.
Run = Callable[[int], np.ndarray]


class Tool(NamedTuple):
    """A program or library that aligns.

    Attributes:
        name: name in tables.
        version: version of the package or program.
        variants: returns the tool's methods for a workload, by name; the fastest one takes part.
            Empty if the tool cannot run the workload.
        target_step: of all-against-all workloads the tool runs only every target_step-th target.
        in_child: True if the tool runs as a child process, whose processor time is measured.
        known_fault: why its scores may differ; if empty, a difference is an error.
    """

    name: str
    version: str
    variants: Callable[[Workload], dict[str, Run]]
    target_step: int = 1
    in_child: bool = False
    known_fault: str = ""


class UnavailableError(Exception):
    """A peer that cannot take part; the message is the reason."""
