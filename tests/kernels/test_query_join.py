"""The join of queries with windows equals the dictionary join; diagonals are those of the pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_kmers
from genome_reads import genome_reads
from kernels import query_join
from kernels.query_join import KeySettings, diagonals, joined_pairs, keys_of_queries
from kernels.smith_waterman import NO_DIAGONAL, Sequences

TEXTS = st.lists(st.text("ACGTN", max_size=25) | st.text("AC", max_size=20), max_size=8)


def join(queries, windows, settings):
    """{(query, window): (votes, is_reverse, diagonal)}, by the kernels."""
    keys = keys_of_queries(Sequences(*naive_kmers.pack(queries)), settings)
    found = {}
    for pairs in joined_pairs(keys, Sequences(*naive_kmers.pack(windows)), settings):
        for row in zip(*(column.tolist() for column in pairs), strict=True):
            assert row[:2] not in found
            found[row[:2]] = row[2:]
    return found


def naive_join(queries, windows, settings):
    """The pairs between both sets of the join of all with all."""
    together = [*queries, *windows]
    pairs, _ = naive_kmers.join(together, *settings, max_bucket_size=10**9)
    n = len(queries)
    return {(a, b - n): values for (a, b), values in pairs.items() if a < n <= b}


@given(TEXTS, TEXTS, st.integers(1, 7), st.sampled_from([0.3, 1.0]))
def test_equals_the_dictionary_join(queries, windows, k, fraction):
    settings = KeySettings(k, fraction, 1)
    assert join(queries, windows, settings) == naive_join(queries, windows, settings)


@pytest.mark.parametrize("votes_at_a_time", [1, 100, 10**9])
def test_memory_limit_changes_nothing(monkeypatch, votes_at_a_time):
    monkeypatch.setattr(query_join, "VOTES_AT_A_TIME", votes_at_a_time)
    reads = genome_reads(60, 80, 0.02, seed=3)
    settings = KeySettings(13, 0.4, 7)
    found = join(reads[:20], reads[20:], settings)
    assert len(found) > 50
    assert found == naive_join(reads[:20], reads[20:], settings)


def test_diagonals_of_pairs():
    """Each pair by itself, however many others share its k-mers."""
    random = np.random.default_rng(5)
    genome = "".join(random.choice(list("ACGT"), 400))
    queries, parts, is_reverse, expected = [], [], [], []
    for start, turned in ((0, 0), (30, 0), (70, 1), (120, 1)):
        query, part = genome[100:200], genome[start : start + 250]
        queries.append(query)
        parts.append(naive_kmers.reverse_complement(part) if turned else part)
        is_reverse.append(turned)
        expected.append(start - 100)
    queries += [genome[100:200], "".join(random.choice(list("ACGT"), 100))]
    parts += [naive_kmers.reverse_complement(genome[50:300]), genome[:250]]
    is_reverse += [0, 0]  # the wrong strand, and a stranger
    found = diagonals(
        Sequences(*naive_kmers.pack(queries)), Sequences(*naive_kmers.pack(parts)),
        np.array(is_reverse, np.uint8), KeySettings(12, 1.0, 1),
    )  # fmt: skip
    assert found.tolist() == [*expected, NO_DIAGONAL, NO_DIAGONAL]
