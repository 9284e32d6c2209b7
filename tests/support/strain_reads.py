"""Reads of two strains, and their overlaps by the true positions, for tests of the layout."""

import numpy as np

from support.naive_kmers import reverse_complement
from support.naive_overlaps import NaiveOverlap, NaiveRead

QUALITIES = [2, 15, 20, 25, 37, 41]


def strain_reads(seed, n_reads, with_gaps):
    """Return reads of 20 to 40 bp of two strains of 80 bp, and overlaps of 8 bp or more.

    Some overlaps are moved or have a gap, so that they are wrong.
    """
    generator = np.random.default_rng(seed)
    strains = [generator.choice(list("ACGT"), 80)]
    strains.append(strains[0].copy())
    variants = generator.integers(0, 80, generator.integers(0, 8))
    strains[1][variants] = generator.choice(list("ACGT"), variants.size)
    places, reads = [], []
    for _ in range(n_reads):
        length = int(generator.integers(20, 41))
        start = int(generator.integers(0, 81 - length))
        bases = strains[generator.integers(0, 2)][start : start + length].copy()
        wrong = generator.random(length) < 0.02
        bases[wrong] = generator.choice(list("ACGTN"), wrong.sum())
        is_forward = bool(generator.random() < 0.5)
        text = "".join(bases) if is_forward else reverse_complement("".join(bases))
        weights = np.array([1, 1, 1, 3, 10, 10]) / 26
        reads.append(NaiveRead(text, generator.choice(QUALITIES, length, p=weights).tolist()))
        places.append((start, length, is_forward))
    overlaps = []
    for a in range(n_reads):
        for b in range(a + 1, n_reads):
            (start_a, length_a, forward_a), (start_b, length_b, forward_b) = places[a], places[b]
            ends = start_a + length_a, start_b + length_b
            if min(ends) - max(start_a, start_b) < 8:
                continue
            left = start_b - start_a if forward_a else ends[0] - ends[1]
            if generator.random() < 0.1:
                left = int(generator.integers(8 - length_b, length_a - 7))
            right = left
            low, high = max(0, left), min(length_a, left + length_b)
            if with_gaps and generator.random() < 0.3:
                right += int(generator.integers(-3, 4))
            overlap = NaiveOverlap(
                a,
                b,
                forward_a != forward_b,
                left,
                right,
                int(generator.integers(low + 1, high - 4)),
            )
            overlaps.append(overlap)
    return reads, overlaps
