"""Longest spans of alignments: an upper bound that some alignments reach."""

import numpy as np
import parasail
import pytest

from readkin.search.task import longest_spans
from support.search_tasks import task

MATRIX = parasail.matrix_create("ACGT", 2, -3)


def test_highest_scores():
    search = task([np.array([0, 1, 4, 2]), np.array([4, 4])], [np.array([0])])
    assert search.highest.tolist() == [6, 0]
    codes = np.array([17, 0, 22])  # tryptophan, alanine, unknown
    assert task([codes], [codes], alphabet="protein").highest.tolist() == [11 + 4]


def test_bound_is_reached_by_a_gap_that_leaves_a_score_of_one():
    query = np.array([0, 1, 2, 3] * 5)
    search = task([query], [query])
    (span,) = longest_spans(search, np.array([0]), 1)
    gap = (2 * 20 - 1 - 7) // 2 + 1
    assert span == 20 + gap
    assert 2 * 20 - (7 + (gap - 1) * 2) >= 1 > 2 * 20 - (7 + gap * 2)
    spans = longest_spans(search, np.array([0, 0, 0]), np.array([33, 34, 40]))
    assert spans.tolist() == [21, 20, 20]  # scores 7, 6 and 0 remain for gaps


@pytest.mark.parametrize("seed", range(3))
def test_no_alignment_is_longer(seed):
    """Alignments of random sequences with cheap gaps, which are long."""
    random = np.random.default_rng(seed)
    for _ in range(100):
        query, target = random.integers(0, 4, 12), random.integers(0, 4, 60)
        search = task([query], [target], gap_open=4, gap_extend=2)
        texts = ("".join("ACGT"[code] for code in codes) for codes in (query, target))
        peer = parasail.sw_trace(*texts, 4, 2, MATRIX)
        residues = len(peer.traceback.ref.replace("-", ""))
        assert residues <= longest_spans(search, np.array([0]), peer.score)[0]
