"""What a piece of work is to the benchmark: sequences, costs, and which to align with which."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import parasail

AMINO_ACIDS = "ARNDCQEGHILKMFPSTWYV"


class Costs(NamedTuple):
    """How alignments are scored; a gap of n letters costs gap_open + (n - 1) * gap_extend.

    Attributes:
        letters: text of the letter codes 0, 1, 2 ...
        matrix: int8 (letters, letters), score of one letter over another.
    """

    letters: str
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
    """Sequences one after the other.

    Attributes:
        codes: uint8 (all letters,), letter codes.
        offsets: int64 (n + 1,), sequence i is codes[offsets[i]:offsets[i + 1]].
        letters: text of the codes.
    """

    codes: np.ndarray
    offsets: np.ndarray
    letters: str

    def __len__(self) -> int:
        return self.offsets.size - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.offsets)

    @cached_property
    def text(self) -> bytes:
        """All letters, one sequence after the other."""
        return np.frombuffer(self.letters.encode(), np.uint8)[self.codes].tobytes()

    @cached_property
    def texts(self) -> list[str]:
        """The sequences as letters."""
        text, ends = self.text.decode(), self.offsets.tolist()
        return [text[start:end] for start, end in pairwise(ends)]

    def taken(self, step: int) -> "SequenceSet":
        """Every step-th sequence."""
        return joined(np.split(self.codes, self.offsets[1:-1])[::step], self.letters)

    def part(self, start: int, end: int) -> "SequenceSet":
        """Sequences start up to end."""
        offsets = self.offsets[start : end + 1]
        codes = self.codes[offsets[0] : offsets[-1]]
        return SequenceSet(codes, offsets - offsets[0], self.letters)


def joined(sequences: list[np.ndarray], letters: str) -> SequenceSet:
    """Letter codes of single sequences as a set."""
    offsets = np.concatenate([[0], np.cumsum([len(sequence) for sequence in sequences])])
    return SequenceSet(np.concatenate(sequences).astype(np.uint8), offsets, letters)


@dataclass(frozen=True)
class AllAgainstAll:
    """Every query with every target, scores only. A unit of work is a query."""

    name: str
    title: str
    queries: SequenceSet
    targets: SequenceSet
    costs: Costs

    @property
    def units(self) -> int:
        return len(self.queries)

    def pairs(self, units: int) -> int:
        return units * len(self.targets)

    def cells(self, units: int) -> int:
        return int(self.queries.offsets[units]) * self.targets.codes.size

    def thinned(self, step: int) -> "AllAgainstAll":
        """The same with every step-th target, for tools that are slow."""
        targets = self.targets.taken(step)
        return AllAgainstAll(self.name, self.title, self.queries, targets, self.costs)


@dataclass(frozen=True)
class CandidatePairs:
    """Pair i is read index_a[i] of `a` with read i of `b`. A unit of work is a pair.

    Attributes:
        b: second reads as they were sequenced; b_as_aligned: on the strand of the first read.
        index_a: int64 (pairs,); rising.
        is_reverse: uint8 (pairs,), 1: read b shows the other strand.
        diagonal: int32 (pairs,), position in a minus position in b as aligned.
        min_score: pairs that reach it are wanted with ends and CIGAR; None: scores only.
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
        return len(self.index_a)

    def pairs(self, units: int) -> int:
        return units

    def cells(self, units: int) -> int:
        return int((self.a.lengths[self.index_a[:units]] * self.b.lengths[:units]).sum())

    @cached_property
    def groups(self) -> list[tuple[int, int, int]]:
        """(first read, from, to): the stretches of pairs with one first read."""
        starts = np.flatnonzero(np.diff(self.index_a, prepend=-1))
        ends = np.append(starts[1:], self.units)
        return list(zip(self.index_a[starts].tolist(), starts.tolist(), ends.tolist(), strict=True))


Work = AllAgainstAll | CandidatePairs
