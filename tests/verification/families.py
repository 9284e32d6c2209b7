"""Families of pairs to verify with; each is made from a seed, the same every time.

A family gives groups: one sequence a and several b, so that Opal can search them together.
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
MOST_AT_LIMIT = 3000  # letters of a pair that has a score of 16 bits
Rng = np.random.Generator


class Candidate(NamedTuple):
    """A sequence b for the group's a."""

    codes: np.ndarray
    is_reverse: int = 0
    diagonal: int = NO_DIAGONAL


Group = tuple[np.ndarray, list[Candidate]]


class Family(NamedTuple):
    """Kind of pairs.

    share: how many of them are made, beside other families; least: however few pairs are wanted.
    """

    name: str
    make: Callable[[Rng, NamedScoring], Group]
    share: float
    least: int = 24
    most_scorings: int = 99


def pairs_of_groups(groups: list[Group]) -> Pairs:
    """All pairs of the groups."""
    candidates = [candidate for _, group in groups for candidate in group]
    index_a = np.repeat(np.arange(len(groups)), [len(group) for _, group in groups])
    return Pairs.of(
        Sequences.of([a for a, _ in groups]),
        Sequences.of([c.codes for c in candidates]),
        index_a,
        is_reverse=np.array([c.is_reverse for c in candidates], np.uint8),
        diagonal=np.array([c.diagonal for c in candidates], np.int32),
    )


def known_letters(named: NamedScoring) -> int:
    """How many codes there are; without that of unknown bases."""
    return 4 if named.is_dna else len(named.scoring.matrix)


def random_codes(rng: Rng, named: NamedScoring, length: int) -> np.ndarray:
    return rng.integers(0, known_letters(named), length).astype(np.uint8)


def changed(rng: Rng, codes: np.ndarray, rate: float, named: NamedScoring) -> np.ndarray:
    """A copy with substitutions, deletions and insertions, `rate` a letter."""
    kind = rng.random(codes.size)
    copy = codes.copy()
    is_other = kind < rate / 2
    copy[is_other] = rng.integers(0, len(named.scoring.matrix), int(is_other.sum()))
    copy = np.delete(copy, np.flatnonzero((kind >= rate / 2) & (kind < 0.75 * rate)))
    for place in np.flatnonzero(rng.random(copy.size) < rate / 4)[::-1]:
        copy = np.insert(copy, place, random_codes(rng, named, int(rng.integers(1, 9))))
    return copy


def turned(rng: Rng, codes: np.ndarray, named: NamedScoring) -> tuple[np.ndarray, int]:
    """Bases on a strand chosen by chance, and whether that is the other one."""
    if not named.is_dna or rng.random() < 0.5:
        return codes, 0
    return np.where(codes < 4, 3 - codes.astype(np.int16), 4).astype(np.uint8)[::-1], 1


def any_diagonal(rng: Rng, true: int) -> int:
    """The true diagonal, one nearby, one far off, or none."""
    near, far = true + int(rng.integers(-20, 21)), true + int(rng.integers(-400, 401))
    return (true, near, far, NO_DIAGONAL, int(rng.integers(-(2**31), 2**31)))[rng.integers(0, 5)]


def unrelated(rng: Rng, named: NamedScoring) -> Group:
    sizes = rng.integers(1, 150, GROUP + 1)
    a, *others = (random_codes(rng, named, int(size)) for size in sizes)
    return a, [Candidate(*turned(rng, b, named), any_diagonal(rng, 0)) for b in others]


def mutated(rng: Rng, named: NamedScoring) -> Group:
    a = random_codes(rng, named, int(rng.integers(1, 160)))
    candidates = []
    for rate in rng.choice([0.0, 0.02, 0.1, 0.3], GROUP):
        b = changed(rng, a, rate, named)
        candidates.append(Candidate(*turned(rng, b, named), any_diagonal(rng, 0)))
    return a, candidates


def overlapping(rng: Rng, named: NamedScoring) -> Group:
    """Reads of one place; b begins before or behind a."""
    source = random_codes(rng, named, 500)
    begin, length = int(rng.integers(100, 200)), int(rng.integers(50, 200))
    a = changed(rng, source[begin : begin + length], 0.01, named)
    candidates = []
    for _ in range(GROUP):
        start = int(rng.integers(max(0, begin - 100), begin + length))
        piece = source[start : start + int(rng.integers(30, 200))]
        b = changed(rng, piece, float(rng.choice([0.0, 0.01, 0.08])), named)
        diagonal = any_diagonal(rng, start - begin)
        candidates.append(Candidate(*turned(rng, b, named), diagonal))
    return a, candidates


def repetitive(rng: Rng, named: NamedScoring) -> Group:
    """Homopolymers and tandem repeats, some with errors."""
    letters = random_codes(rng, named, 2)
    sequences = []
    for _ in range(GROUP + 1):
        unit = rng.choice(letters, int(rng.integers(1, 7))).astype(np.uint8)
        repeat = np.resize(unit, int(rng.integers(1, 160)))
        sequences.append(changed(rng, repeat, float(rng.choice([0.0, 0.0, 0.05])), named))
    a, *others = sequences
    return a, [Candidate(*turned(rng, b, named), any_diagonal(rng, 0)) for b in others]


def unknown_rich(rng: Rng, named: NamedScoring) -> Group:
    """Relatives of which a third or all is the last letter: N, *."""
    a = random_codes(rng, named, int(rng.integers(1, 120)))
    sequences = [a, *(changed(rng, a, 0.05, named) for _ in range(GROUP))]
    for codes in sequences:
        share = rng.choice([0.3, 0.6, 1.0], p=[0.6, 0.3, 0.1])
        codes[rng.random(codes.size) < share] = len(named.scoring.matrix) - 1
    return sequences[0], [
        Candidate(*turned(rng, b, named), any_diagonal(rng, 0)) for b in sequences[1:]
    ]


def tiny(rng: Rng, named: NamedScoring) -> Group:
    """Sequences of no letter, one and two; some a bit longer."""
    sizes = rng.choice([0, 1, 2, 7], GROUP + 1, p=[0.3, 0.4, 0.2, 0.1])
    a, *others = (random_codes(rng, named, int(size)) for size in sizes)
    return a, [Candidate(*turned(rng, b, named), any_diagonal(rng, 0)) for b in others]


def mixed_lengths(rng: Rng, named: NamedScoring) -> Group:
    """Lengths of 1 to 400 in one call; half of the pairs kin."""
    a = random_codes(rng, named, int(rng.integers(1, 401)))
    candidates = []
    for _ in range(GROUP):
        b = random_codes(rng, named, int(rng.integers(1, 401)))
        if rng.random() < 0.5:
            first = int(rng.integers(0, a.size))
            b = changed(rng, a[first : first + b.size], 0.05, named)
        candidates.append(Candidate(*turned(rng, b, named), any_diagonal(rng, 0)))
    return a, candidates


def limits(scoring: Scoring) -> list[int]:
    """First scores that 8 and 16 bits cannot be trusted with."""
    costs = alphabet_of(scoring).costs
    return [make_frame(costs, dtype).limit for dtype in (np.uint8, np.uint16)]


def change_to_reach(scoring: Scoring, letter: int, wanted: int) -> tuple[int, int, int]:
    """Equal letters, mismatches and letters of a gap that score just so; else about so."""
    match, worst = int(scoring.matrix[letter, letter]), int(scoring.matrix[letter].min())
    for gap in range(130):
        cost = scoring.gap_open + (gap - 1) * scoring.gap_extend if gap else 0
        for mismatches in range(3):
            matches, rest = divmod(wanted + cost - mismatches * worst, match)
            if rest == 0:
                return matches, mismatches, gap
    return wanted // match, 0, 0


def at_limits(rng: Rng, named: NamedScoring) -> Group:
    """A score near the first one that 8 or 16 bits cannot be trusted with."""
    scoring = named.scoring
    letter = int(np.argmax(np.diag(scoring.matrix)))
    match, other = int(scoring.matrix[letter, letter]), int(np.argmin(scoring.matrix[letter]))
    small, large = limits(scoring)
    if match < 1:
        return unrelated(rng, named)
    reachable = large <= MOST_AT_LIMIT * match and (small < 20 or rng.random() < 0.1)
    wanted = (large if reachable else max(small, 20)) + int(rng.integers(-2, 3))
    matches, mismatches, gap = change_to_reach(scoring, letter, wanted)
    a = np.full(matches + mismatches, letter, np.uint8)
    if named.is_dna:
        a = random_codes(rng, named, a.size)
        other = len(scoring.matrix) - 1  # N
    b = a.copy()
    b[a.size // 3 : a.size // 3 + mismatches] = other
    b = np.insert(b, 2 * a.size // 3, np.full(gap, other, np.uint8))
    return a, [Candidate(*turned(rng, b, named), any_diagonal(rng, 0))]


def long_reads(rng: Rng, named: NamedScoring) -> Group:
    """Reads of some thousand letters, one of them kin."""
    a = random_codes(rng, named, int(rng.integers(1000, 4000)))
    first = int(rng.integers(0, a.size))
    b = changed(rng, a[first:], 0.03, named)
    c = random_codes(rng, named, int(rng.integers(1000, 10_000)))
    kin = Candidate(*turned(rng, b, named), any_diagonal(rng, first))
    return a, [kin, Candidate(*turned(rng, c, named))]


def very_long_reads(rng: Rng, named: NamedScoring) -> Group:
    """Reads of 50,000 letters and more, on their diagonal, off it and without."""
    a = random_codes(rng, named, int(rng.integers(50_000, 60_000)))
    near, far = (changed(rng, a[2000:], rate, named) for rate in (0.0005, 0.02))
    return a, [Candidate(near, 0, 2000), Candidate(far)]


FAMILIES = [
    Family("unrelated", unrelated, 1.0),
    Family("mutated", mutated, 1.0),
    Family("overlapping", overlapping, 1.0),
    Family("repetitive", repetitive, 1.0),
    Family("unknown letters", unknown_rich, 0.6),
    Family("empty and tiny", tiny, 0.6),
    Family("mixed lengths", mixed_lengths, 0.3),
    Family("at limits", at_limits, 0.1),
    Family("long", long_reads, 0.0, least=4),
    Family("very long", very_long_reads, 0.0, least=2, most_scorings=2),
]


def scorings_of(family: Family) -> list[NamedScoring]:
    """Those that the family's pairs are aligned with, of every kind some."""
    scorings = [*base_scorings(), *protein_scorings(), *odd_scorings()]
    return scorings[:: -(-len(scorings) // family.most_scorings)]


def make_pairs(family: Family, named: NamedScoring, wanted: int, seed: list[int]) -> Pairs:
    """At least so many pairs."""
    rng = np.random.default_rng(seed)
    groups: list[Group] = []
    count = 0
    while count < wanted:
        groups.append(family.make(rng, named))
        count += len(groups[-1][1])
    return pairs_of_groups(groups)
