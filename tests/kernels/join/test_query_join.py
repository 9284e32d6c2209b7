"""The join of queries with windows equals the naive one; diagonals are those of the pairs."""

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join import query_join
from readkin.kernels.join.query_join import diagonals, keys_of_queries, query_window_pairs
from readkin.kernels.kmers.signatures import KEY_SCHEMES, KeySettings
from readkin.kernels.smith_waterman.alignment import NO_DIAGONAL, Sequences
from support import naive_join, naive_kmers
from support.genome_reads import genome_reads

TEXTS = st.lists(st.text("ACGTN", max_size=25) | st.text("AC", max_size=20), max_size=8)


def join(queries, windows, settings):
    """Return {(query, window): (votes, is_reverse, diagonal)}, by the kernels."""
    longest = max(map(len, windows), default=0)
    keys = keys_of_queries(Sequences(*naive_kmers.pack(queries)), settings, longest)
    found = {}
    for pairs in query_window_pairs(keys, Sequences(*naive_kmers.pack(windows)), settings):
        for row in zip(*(column.tolist() for column in pairs), strict=True):
            assert row[:2] not in found
            found[row[:2]] = row[2:]
    return found


def naive_pairs(queries, windows, settings):
    """Return the same, by the naive join."""
    k, fraction, seed, scheme, _ = settings
    buckets = naive_join.buckets_of([*windows, *queries], k, fraction, seed, scheme)
    votes = defaultdict(Counter)
    for bucket in buckets.values():
        for one, other in combinations(bucket, 2):
            window, query = one[0], other[0] - len(windows)
            if window < len(windows) and query >= 0:
                votes[query, window][naive_join.vote(one, other, len(queries[query]), k)] += 1
    pairs = {}
    for (query, window), counter in votes.items():
        lengths = len(windows[window]), len(queries[query])
        total, is_reverse, diagonal = naive_join.summed(counter, *lengths)
        from_query = diagonal + lengths[1] - lengths[0] if is_reverse else -diagonal
        pairs[query, window] = total, is_reverse, from_query
    return pairs


@given(TEXTS, TEXTS, st.integers(1, 7), st.sampled_from([0.3, 1.0]), st.sampled_from(KEY_SCHEMES))
def test_equals_the_naive_join(queries, windows, k, fraction, scheme):
    settings = KeySettings(k, fraction, 1, scheme)
    assert join(queries, windows, settings) == naive_pairs(queries, windows, settings)


@pytest.mark.parametrize("pairs_at_a_time", [1, 100, 10**6])
def test_memory_limit_changes_nothing(monkeypatch, pairs_at_a_time):
    monkeypatch.setattr(query_join, "PAIRS_AT_A_TIME", pairs_at_a_time)
    reads = genome_reads(60, 80, 0.02, seed=3)
    settings = KeySettings(13, 0.4, 7, "fracminhash")
    found = join(reads[:20], reads[20:], settings)
    assert len(found) > 50
    assert {is_reverse for _, is_reverse, _ in found.values()} == {0, 1}
    assert found == naive_pairs(reads[:20], reads[20:], settings)


def test_long_window():
    random = np.random.default_rng(6)
    genome = "".join(random.choice(list("ACGT"), 20_000))
    query = naive_kmers.reverse_complement(genome[15_000:15_150])
    found = join([query, genome[:100]], [genome, "ACG"], KeySettings(16, 0.5, 1, "fracminhash"))
    assert {pair: values[1:] for pair, values in found.items()} == {
        (0, 0): (1, 15_150 - 20_000),  # from the window's other end
        (1, 0): (0, 0),
    }


def test_diagonals_of_pairs():
    """Other pairs that share k-mers have no influence."""
    random = np.random.default_rng(5)
    genome = "".join(random.choice(list("ACGT"), 400))
    queries, parts, is_reverse, expected = [], [], [], []
    for start, reverse in ((0, 0), (30, 0), (70, 1), (120, 1)):
        query, part = genome[100:200], genome[start : start + 250]
        queries.append(query)
        parts.append(naive_kmers.reverse_complement(part) if reverse else part)
        is_reverse.append(reverse)
        expected.append(start - 100)
    queries += [genome[100:200], "".join(random.choice(list("ACGT"), 100))]
    parts += [naive_kmers.reverse_complement(genome[50:300]), genome[:250]]
    is_reverse += [0, 0]  # the wrong strand, and an unrelated part
    found = diagonals(
        Sequences(*naive_kmers.pack(queries)),
        Sequences(*naive_kmers.pack(parts)),
        np.array(is_reverse, np.uint8),
        KeySettings(12, 1.0, 1, "fracminhash"),
    )
    assert found.tolist() == [*expected, NO_DIAGONAL, NO_DIAGONAL]
