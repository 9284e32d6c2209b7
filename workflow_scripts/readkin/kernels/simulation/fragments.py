"""Fragments of genomes, drawn at random: places, chimeras and PCR duplicates.

A genome is one or several sequences: chromosomes, plasmids, contigs. All random numbers come from
one seeded generator, in a fixed order.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from readkin.kernels.sequences.sequences import UNKNOWN_BASE

COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN_BASE], np.uint8)


class SequencePool(NamedTuple):
    """Concatenated sequences of all genomes.

    Attributes:
        bases: uint8 (total length,), base codes: A 0, C 1, G 2, T 3, others 4.
        start: int64 (sequences,), index of the first base of each sequence.
        length: int64 (sequences,), bp.
        is_circular: bool (sequences,).
    """

    bases: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_circular: np.ndarray


@dataclass(frozen=True)
class Artefacts:
    """Artefacts of the preparation of the fragments.

    Attributes:
        chimera_fraction: fraction of the fragments that are joined from two places.
        duplicate_fraction: fraction of the fragments that are PCR copies of another one.
    """

    chimera_fraction: float = 0.0
    duplicate_fraction: float = 0.0


class Parts(NamedTuple):
    """Parts of sequences, one for each of n fragments, as they are sequenced.

    Attributes:
        sequence: int64 (n,), index of the sequence in the pool.
        start: int64 (n,), position on its forward strand, 0-based.
        length: int64 (n,), bp; 0 for no part.
        is_reverse: bool (n,), whether the part is from the reverse strand.
    """

    sequence: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_reverse: np.ndarray


class Fragments(NamedTuple):
    """n fragments: ``first``, followed in a chimera by ``second``.

    Attributes:
        first, second: parts of the fragments; ``second`` is empty in all but chimeras.
        original: int64 (n,), index of the fragment that each is a copy of, else its own.
    """

    first: Parts
    second: Parts
    original: np.ndarray

    @property
    def length(self) -> np.ndarray:
        """Lengths of the whole fragments, int64 (n,), bp."""
        return self.first.length + self.second.length


class SimulatedReads(NamedTuple):
    """One read of each of n fragments.

    The origin of a chimeric read is that of its longer part (of equal ones, the one read first).

    Attributes:
        bases: uint8 (n, read_length), base codes; of a platform whose reads differ in length,
            all reads one after the other, (sum of lengths,).
        qualities: uint8, in the shape of ``bases``, Phred.
        length: int64 (n,), bases of each read.
        origin: parts of the sequences that were read, without the adapter. On a circular sequence,
            start is below its length, and start + length may exceed it.
        offset: int64 (n,), bases of the read before the origin; above 0 only in chimeric reads.
        other: shorter parts of chimeric reads; in other reads of length 0.
    """

    bases: np.ndarray
    qualities: np.ndarray
    length: np.ndarray
    origin: Parts
    offset: np.ndarray
    other: Parts


class PlatformModel(Protocol):
    """How a platform reads fragments."""

    @property
    def is_paired(self) -> bool:
        """Whether fragments are read from both ends."""

    @property
    def fragments_per_block(self) -> int:
        """Fragments from one random generator; determines the content, as the seed does."""

    def draw_lengths(self, n: int, random: np.random.Generator) -> np.ndarray:
        """Draw the lengths of n fragments, int64 (n,), bp."""

    def expected_bases(self, length: np.ndarray) -> np.ndarray:
        """Return the mean number of bases read per fragment of sequences, float64 (sequences,).

        Args:
            length: int64 (sequences,), bp, lengths of the sequences.
        """

    def read(
        self, pool: SequencePool, fragments: Fragments, random: np.random.Generator
    ) -> list[SimulatedReads]:
        """Read fragments: one item of single reads, or two of mates."""


def pool_sequences(sequences: list[np.ndarray], is_circular: np.ndarray) -> SequencePool:
    """Concatenate sequences.

    Args:
        sequences: uint8 (bases,) each, base codes.
        is_circular: bool (sequences,).
    """
    length = np.array([len(sequence) for sequence in sequences], np.int64)
    return SequencePool(np.concatenate(sequences), np.cumsum(length) - length, length, is_circular)


def fragment_shares(
    length: np.ndarray, copies: np.ndarray, expected_bases: np.ndarray
) -> np.ndarray:
    """Return the fraction of the fragments that come from each sequence, float64 (sequences,).

    The depth is proportional to the copies: a sequence too short for whole reads gets more of them.

    Args:
        length: int64 (sequences,), bp.
        copies: float64 (sequences,), relative number of copies of each sequence.
        expected_bases: float64 (sequences,), mean number of bases read per fragment.
    """
    weight = length * copies * (expected_bases.max() / expected_bases)
    return weight / weight.sum()


def simulate_block(
    pool: SequencePool,
    shares: np.ndarray,
    model: PlatformModel,
    n: int,
    random: np.random.Generator,
    artefacts: Artefacts | None = None,
) -> tuple[Fragments, list[SimulatedReads]]:
    """Simulate n fragments and their reads.

    Args:
        pool: sequences.
        shares: float64 (sequences,), fraction of the fragments that come from each sequence.
        model: lengths of fragments and errors of reads.
        n: number of fragments.
        random: source of random numbers.
        artefacts: chimeras and duplicates; by default none.

    Returns:
        The fragments; and read 1 of all fragments, followed by read 2 of the same fragments if the
        model is paired.
    """
    fragments = draw_fragments(pool, shares, model, n, random, artefacts or Artefacts())
    return fragments, model.read(pool, fragments, random)


def draw_fragments(
    pool: SequencePool,
    shares: np.ndarray,
    model: PlatformModel,
    n: int,
    random: np.random.Generator,
    artefacts: Artefacts,
) -> Fragments:
    """Draw n fragments, none longer than its sequence."""
    first = _draw_parts(pool, shares, model, n, random)
    second = Parts(*(np.zeros_like(column) for column in first))
    original = np.arange(n)
    if artefacts.chimera_fraction:
        partner = _draw_parts(pool, shares, model, n, random)
        is_chimera = (random.random(n) < artefacts.chimera_fraction) & (first.length > 1)
        kept = np.where(is_chimera, random.integers(1, np.maximum(first.length, 2)), first.length)
        wanted = np.minimum(first.length - kept, partner.length)
        first, second = _without_end(first, kept), _without_end(partner, wanted)
    if artefacts.duplicate_fraction:
        is_copy = random.random(n) < artefacts.duplicate_fraction
        sources = np.flatnonzero(~is_copy)
        if len(sources):
            original[is_copy] = sources[random.integers(0, len(sources), np.count_nonzero(is_copy))]
            first, second = (Parts(*(c[original] for c in part)) for part in (first, second))
    if pool.is_circular.any():
        first, second = _on_circles(pool, first), _on_circles(pool, second)
    return Fragments(first, second, original)


def _draw_parts(
    pool: SequencePool,
    shares: np.ndarray,
    model: PlatformModel,
    n: int,
    random: np.random.Generator,
) -> Parts:
    sequence = random.choice(len(pool.length), size=n, p=shares)
    longest = pool.length[sequence]
    length = np.minimum(model.draw_lengths(n, random), longest)
    n_starts = np.where(pool.is_circular[sequence], longest, longest - length + 1)
    start = random.integers(0, n_starts)
    return Parts(sequence, start, length, random.random(n) < 0.5)


def _without_end(parts: Parts, length: np.ndarray) -> Parts:
    """Shorten parts to ``length`` at the end that is sequenced last."""
    return sub_parts(parts, np.zeros_like(length), length)


def _on_circles(pool: SequencePool, parts: Parts) -> Parts:
    """Make starts on circular sequences smaller than the length of the sequence."""
    turn = np.where(pool.is_circular, pool.length, np.iinfo(np.int64).max)[parts.sequence]
    return parts._replace(start=parts.start % turn)


def sub_parts(parts: Parts, low: np.ndarray, high: np.ndarray) -> Parts:
    """Return the stretches from ``low`` to ``high``, counted in the direction of sequencing.

    Args:
        parts: n parts.
        low, high: int64 (n,), bp; the result is empty where ``high`` is not above ``low``.
    """
    length = np.maximum(high - low, 0)
    skipped = np.where(parts.is_reverse, parts.length - low - length, low)
    return parts._replace(start=parts.start + np.where(length, skipped, 0), length=length)


def origins_of_reads(
    pool: SequencePool, fragments: Fragments, consumed: np.ndarray, from_far_end: bool
) -> tuple[Parts, Parts, np.ndarray]:
    """Return the origins of reads of the first ``consumed`` bases of fragments.

    Args:
        pool: sequences.
        fragments: n fragments.
        consumed: int64 (n,), bp, at most the length of the fragment.
        from_far_end: whether reads begin at the end of the fragment, on the other strand.

    Returns:
        The longer part of each read; the shorter one, of length 0 unless the read is chimeric; and
        whether the shorter one is read first, bool (n,).
    """
    length, border = fragments.length, fragments.first.length
    low = length - consumed if from_far_end else np.zeros_like(consumed)
    high = low + consumed
    read = [
        sub_parts(fragments.first, np.minimum(low, border), np.minimum(high, border)),
        sub_parts(fragments.second, np.maximum(low - border, 0), high - border),
    ]
    if from_far_end:
        read = [part._replace(is_reverse=~part.is_reverse) for part in reversed(read)]
    read = [_on_circles(pool, part) for part in read]
    is_second_longer = read[1].length > read[0].length
    longer, shorter = (
        Parts(*(np.where(is_second_longer ^ flip, b, a) for a, b in zip(*read, strict=True)))
        for flip in (False, True)
    )
    return longer, shorter, is_second_longer & (shorter.length > 0)


def whole_fragments(pool: SequencePool, fragments: Fragments) -> np.ndarray:
    """Return the bases of fragments, one after the other, uint8 (sum of lengths,)."""
    stretches = []
    for number in range(len(fragments.first.length)):
        for parts in (fragments.first, fragments.second):
            if parts.length[number]:
                stretches.append(_stretch(pool, *(int(column[number]) for column in parts)))
    return np.concatenate(stretches)


def _stretch(
    pool: SequencePool, sequence: int, start: int, length: int, is_reverse: int
) -> np.ndarray:
    """Return the bases of a part of a sequence, in the direction of sequencing."""
    first, whole = int(pool.start[sequence]), int(pool.length[sequence])
    bases = pool.bases[first + start : first + min(start + length, whole)]
    if start + length > whole:
        bases = np.concatenate([bases, pool.bases[first : first + start + length - whole]])
    return COMPLEMENT[bases[::-1]] if is_reverse else bases


def fragment_bases(
    pool: SequencePool, fragments: Fragments, row: np.ndarray, position: np.ndarray
) -> np.ndarray:
    """Return the bases at positions of fragments, uint8 in the shape of ``position``.

    Args:
        pool: sequences.
        fragments: n fragments.
        row: integers, indices of the fragments; of a shape that agrees with that of ``position``.
        position: integers from 0 to the length of the fragment minus 1, in the direction of
            sequencing.
    """
    bases = _part_bases(pool, fragments.first, row, position)
    if fragments.second.length.any():
        border = fragments.first.length[row]
        in_second = position >= border
        rows = np.broadcast_to(row, position.shape)[in_second]
        beyond = (position - border)[in_second]
        bases[in_second] = _part_bases(pool, fragments.second, rows, beyond)
    return bases


def _part_bases(
    pool: SequencePool, parts: Parts, row: np.ndarray, position: np.ndarray
) -> np.ndarray:
    is_reverse = parts.is_reverse[row]
    last = parts.length[row] - 1
    along = np.where(is_reverse, last - position, position) + parts.start[row]
    along %= pool.length[parts.sequence][row]
    along += pool.start[parts.sequence][row]
    bases = pool.bases[along]
    return np.where(is_reverse, COMPLEMENT[bases], bases)
