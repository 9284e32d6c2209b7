"""The join finds the share of pairs that the theory predicts."""

import numpy as np
import pytest

from readkin.kernels.join.lsh_join import PairFilter
from readkin.kernels.kmers.collision_probability import collision_probability
from support.kernel_join import as_dictionary, buckets_of, join, packed


@pytest.mark.parametrize(("overlap", "error_rate", "min_votes"), [(75, 0.01, 1), (60, 0.03, 2)])
def test_share_of_pairs_found_is_the_collision_probability(overlap, error_rate, min_votes):
    # Many separate pairs of reads of length 100 that overlap by exactly ``overlap`` bases.
    generator = np.random.default_rng(8)
    n_pairs, length, k, fraction = 4000, 100, 16, 0.2
    reads = []
    for _ in range(n_pairs):
        genome = generator.integers(0, 4, 2 * length - overlap)
        for bases in (genome[:length].copy(), genome[-length:].copy()):
            wrong = generator.random(length) < error_rate
            bases[wrong] = (bases[wrong] + generator.integers(1, 4, wrong.sum())) % 4
            reads.append("".join("ACGT"[base] for base in bases))
    entries, _, layout = buckets_of(reads, k, fraction, 256)
    pair_filter = PairFilter(min_votes, 1, 1.0, 0)
    found = as_dictionary(join(entries, layout, packed(reads), pair_filter, (0, len(reads)))[0])
    hits = sum((2 * i, 2 * i + 1) in found for i in range(n_pairs))
    expected = collision_probability(overlap, k, error_rate, fraction, min_votes)
    deviation = np.sqrt(expected * (1 - expected) / n_pairs)
    assert abs(hits / n_pairs - expected) < 4 * deviation
    assert 0.5 < expected < 0.999


def test_without_errors_it_is_the_closed_form():
    assert collision_probability(75, 16, 0.0, 0.2) == pytest.approx(1 - 0.8**60)
    assert collision_probability(15, 16, 0.0, 0.2) == 0
    assert collision_probability(16, 16, 0.01, 1.0) == pytest.approx(0.99**32)
