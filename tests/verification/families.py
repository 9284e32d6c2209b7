"""Families of sequence pairs to verify with, reproducible from seeds.

A family generates groups: one sequence a and several b, so that Opal can search them together.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman.alignment import NO_DIAGONAL, Pairs, Scoring
from readkin.kernels.smith_waterman.scoring import alphabet_of
from readkin.kernels.smith_waterman.wavefront import make_frame
from verification.scorings import (
    NamedScoring,
    base_scorings,
    odd_scorings,
    protein_scorings,
)

GROUP = 8
MOST_AT_LIMIT = 3000  # residues of a pair whose score needs more than 16 bits
Rng = np.random.Generator


class Candidate(NamedTuple):
    """A sequence b to align with the group's a: codes, strand and expected diagonal."""

    codes: np.ndarray
    is_reverse: int = 0
    diagonal: int = NO_DIAGONAL


Group = tuple[np.ndarray, list[Candidate]]


class Family(NamedTuple):
    """A kind of pairs.

    Attributes:
        name: shown in the table.
        make: generates one group.
        share: number of pairs, relative to the other families.
        least: smallest number of pairs, however few are requested.
        most_scorings: number of scorings that the pairs are aligned with, at most.
    """

    name: str
    make: Callable[[Rng, NamedScoring], Group]
    share: float
    least: int = 24
    most_scorings: int = 99


def pairs_of_groups(groups: list[Group]) -> Pairs:
    """Return all pairs of the groups."""
    candidates = [candidate for _, group in groups for candidate in group]
    index_a = np.repeat(np.arange(len(groups)), [len(group) for _, group in groups])
    return Pairs.of(
        Sequences.of([a for a, _ in groups]),
        Sequences.of([c.codes for c in candidates]),
        index_a,
        is_reverse=np.array([c.is_reverse for c in candidates], np.uint8),
        diagonal=np.array([c.diagonal for c in candidates], np.int32),
    )


def n_known_codes(named: NamedScoring) -> int:
    """Return the number of residue codes, not counting that of unknown bases."""
    return 4 if named.is_dna else len(named.scoring.matrix)


def random_codes(rng: Rng, named: NamedScoring, length: int) -> np.ndarray:
    """Return a random sequence of known residues, uint8 (length,)."""
    return rng.integers(0, n_known_codes(named), length).astype(np.uint8)


def mutate(rng: Rng, codes: np.ndarray, rate: float, named: NamedScoring) -> np.ndarray:
    """Return a copy with substitutions, deletions and insertions, at `rate` per residue."""
    kind = rng.random(codes.size)
    copy = codes.copy()
    is_other = kind < rate / 2
    copy[is_other] = rng.integers(0, len(named.scoring.matrix), int(is_other.sum()))
    copy = np.delete(copy, np.flatnonzero((kind >= rate / 2) & (kind < 0.75 * rate)))
    for position in np.flatnonzero(rng.random(copy.size) < rate / 4)[::-1]:
        copy = np.insert(copy, position, random_codes(rng, named, int(rng.integers(1, 9))))
    return copy


def on_random_strand(rng: Rng, named: NamedScoring, codes: np.ndarray) -> Candidate:
    """Return a candidate without diagonal; half of the DNA sequences are reverse-complemented."""
    if not named.is_dna or rng.random() < 0.5:
        return Candidate(codes)
    complement = np.where(codes < 4, 3 - codes.astype(np.int16), 4).astype(np.uint8)
    return Candidate(complement[::-1], is_reverse=1)


def random_diagonal(rng: Rng, true: int) -> int:
    """Return the true diagonal, one nearby, one far away, any number, or none."""
    near, far = true + int(rng.integers(-20, 21)), true + int(rng.integers(-400, 401))
    return (true, near, far, NO_DIAGONAL, int(rng.integers(-(2**31), 2**31)))[rng.integers(0, 5)]


def candidate(rng: Rng, named: NamedScoring, codes: np.ndarray, diagonal: int = 0) -> Candidate:
    """Return a candidate on a random strand, with a diagonal that may be wrong or missing.

    Args:
        rng: source of randomness.
        named: scoring of the family.
        codes: residue codes on the strand of a.
        diagonal: the true diagonal.
    """
    stranded = on_random_strand(rng, named, codes)
    return stranded._replace(diagonal=random_diagonal(rng, diagonal))


def unrelated(rng: Rng, named: NamedScoring) -> Group:
    """Generate independent random sequences."""
    sizes = rng.integers(1, 150, GROUP + 1)
    a, *others = (random_codes(rng, named, int(size)) for size in sizes)
    return a, [candidate(rng, named, b) for b in others]


def mutated(rng: Rng, named: NamedScoring) -> Group:
    """Generate mutated copies, at error rates from 0 to 30 %."""
    a = random_codes(rng, named, int(rng.integers(1, 160)))
    candidates = []
    for rate in rng.choice([0.0, 0.02, 0.1, 0.3], GROUP):
        b = mutate(rng, a, rate, named)
        candidates.append(candidate(rng, named, b))
    return a, candidates


def overlapping(rng: Rng, named: NamedScoring) -> Group:
    """Generate overlapping reads; b begins before or after a."""
    source = random_codes(rng, named, 500)
    begin, length = int(rng.integers(100, 200)), int(rng.integers(50, 200))
    a = mutate(rng, source[begin : begin + length], 0.01, named)
    candidates = []
    for _ in range(GROUP):
        start = int(rng.integers(max(0, begin - 100), begin + length))
        piece = source[start : start + int(rng.integers(30, 200))]
        b = mutate(rng, piece, float(rng.choice([0.0, 0.01, 0.08])), named)
        candidates.append(candidate(rng, named, b, start - begin))
    return a, candidates


def repetitive(rng: Rng, named: NamedScoring) -> Group:
    """Generate homopolymers and tandem repeats, some with errors."""
    residues = random_codes(rng, named, 2)
    sequences = []
    for _ in range(GROUP + 1):
        unit = rng.choice(residues, int(rng.integers(1, 7))).astype(np.uint8)
        repeat = np.resize(unit, int(rng.integers(1, 160)))
        sequences.append(mutate(rng, repeat, float(rng.choice([0.0, 0.0, 0.05])), named))
    a, *others = sequences
    return a, [candidate(rng, named, b) for b in others]


def unknown_rich(rng: Rng, named: NamedScoring) -> Group:
    """Generate mutated copies in which the last residue code (N or *) is frequent."""
    a = random_codes(rng, named, int(rng.integers(1, 120)))
    sequences = [a, *(mutate(rng, a, 0.05, named) for _ in range(GROUP))]
    for codes in sequences:
        share = rng.choice([0.3, 0.6, 1.0], p=[0.6, 0.3, 0.1])
        codes[rng.random(codes.size) < share] = len(named.scoring.matrix) - 1
    return sequences[0], [candidate(rng, named, b) for b in sequences[1:]]


def tiny(rng: Rng, named: NamedScoring) -> Group:
    """Generate empty sequences and sequences of one, two and seven residues."""
    sizes = rng.choice([0, 1, 2, 7], GROUP + 1, p=[0.3, 0.4, 0.2, 0.1])
    a, *others = (random_codes(rng, named, int(size)) for size in sizes)
    return a, [candidate(rng, named, b) for b in others]


def mixed_lengths(rng: Rng, named: NamedScoring) -> Group:
    """Generate lengths of 1 to 400; half of the pairs are related."""
    a = random_codes(rng, named, int(rng.integers(1, 401)))
    candidates = []
    for _ in range(GROUP):
        b = random_codes(rng, named, int(rng.integers(1, 401)))
        if rng.random() < 0.5:
            first = int(rng.integers(0, a.size))
            b = mutate(rng, a[first : first + b.size], 0.05, named)
        candidates.append(candidate(rng, named, b))
    return a, candidates


def limits(scoring: Scoring) -> list[int]:
    """Return the lowest scores for which 8 and 16 bits may be too narrow."""
    costs = alphabet_of(scoring).costs
    return [make_frame(costs, dtype).limit for dtype in (np.uint8, np.uint16)]


def columns_for_score(scoring: Scoring, residue: int, wanted: int) -> tuple[int, int, int]:
    """Return numbers of matches, mismatches and gap residues that score `wanted`, or nearly so."""
    match, worst = int(scoring.matrix[residue, residue]), int(scoring.matrix[residue].min())
    for gap in range(130):
        cost = scoring.gap_open + (gap - 1) * scoring.gap_extend if gap else 0
        for mismatches in range(3):
            matches, rest = divmod(wanted + cost - mismatches * worst, match)
            if rest == 0:
                return matches, mismatches, gap
    return wanted // match, 0, 0


def at_limits(rng: Rng, named: NamedScoring) -> Group:
    """Generate one pair whose score is near the limit of 8 or 16 bits."""
    scoring = named.scoring
    residue = int(np.argmax(np.diag(scoring.matrix)))
    match, other = int(scoring.matrix[residue, residue]), int(np.argmin(scoring.matrix[residue]))
    small, large = limits(scoring)
    if match < 1:
        return unrelated(rng, named)
    reachable = large <= MOST_AT_LIMIT * match and (small < 20 or rng.random() < 0.1)
    wanted = (large if reachable else max(small, 20)) + int(rng.integers(-2, 3))
    matches, mismatches, gap = columns_for_score(scoring, residue, wanted)
    a = np.full(matches + mismatches, residue, np.uint8)
    if named.is_dna:
        a = random_codes(rng, named, a.size)
        other = len(scoring.matrix) - 1  # N
    b = a.copy()
    b[a.size // 3 : a.size // 3 + mismatches] = other
    b = np.insert(b, 2 * a.size // 3, np.full(gap, other, np.uint8))
    return a, [candidate(rng, named, b)]


def long_reads(rng: Rng, named: NamedScoring) -> Group:
    """Generate reads of some thousand residues; one of two is related to a."""
    a = random_codes(rng, named, int(rng.integers(1000, 4000)))
    first = int(rng.integers(0, a.size))
    b = mutate(rng, a[first:], 0.03, named)
    c = random_codes(rng, named, int(rng.integers(1000, 10_000)))
    kin = candidate(rng, named, b, first)
    return a, [kin, on_random_strand(rng, named, c)]


def very_long_reads(rng: Rng, named: NamedScoring) -> Group:
    """Generate reads of more than 50,000 residues, with and without their diagonal."""
    a = random_codes(rng, named, int(rng.integers(50_000, 60_000)))
    near, far = (mutate(rng, a[2000:], rate, named) for rate in (0.0005, 0.02))
    return a, [Candidate(near, 0, 2000), Candidate(far)]


FAMILIES = [
    Family("unrelated", unrelated, 1.0),
    Family("mutated", mutated, 1.0),
    Family("overlapping", overlapping, 1.0),
    Family("repetitive", repetitive, 1.0),
    Family("unknown residues", unknown_rich, 0.6),
    Family("empty and tiny", tiny, 0.6),
    Family("mixed lengths", mixed_lengths, 0.3),
    Family("at limits", at_limits, 0.1),
    Family("long", long_reads, 0.0, least=4),
    Family("very long", very_long_reads, 0.0, least=2, most_scorings=2),
]


def scorings_of(family: Family) -> list[NamedScoring]:
    """Return the scorings that the family's pairs are aligned with, some of each kind."""
    scorings = [*base_scorings(), *protein_scorings(), *odd_scorings()]
    return scorings[:: -(-len(scorings) // family.most_scorings)]


def make_pairs(family: Family, named: NamedScoring, wanted: int, seed: list[int]) -> Pairs:
    """Return at least `wanted` pairs of a family, reproducible from the seed."""
    rng = np.random.default_rng(seed)
    groups: list[Group] = []
    count = 0
    while count < wanted:
        groups.append(family.make(rng, named))
        count += len(groups[-1][1])
    return pairs_of_groups(groups)
