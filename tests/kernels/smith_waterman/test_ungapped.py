"""Alignments along the diagonal, and which of several best alignments is reported."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from readkin.kernels.smith_waterman.alignment import NO_DIAGONAL, align_pairs, dna_scoring
from readkin.kernels.smith_waterman.passes import empty_results
from readkin.kernels.smith_waterman.scoring import alphabet_of
from readkin.kernels.smith_waterman.traceback import CigarRuns
from readkin.kernels.smith_waterman.ungapped import align_on_diagonals, copy_alignments
from support import naive_smith_waterman as naive
from support.sequence_pairs import as_aligned, as_naive, pairs_of
from verification.scorings import base_scorings, protein_scorings

DEFAULT = dna_scoring(2, -3, 5, 2)
NOTHING = naive.NaiveAlignment(0, 0, 0, 0, 0, [])


def best_stretch(a, b, diagonal, scoring) -> naive.NaiveAlignment:
    """Try all stretches of a diagonal; prefer the first end, then the last begin."""
    best, matrix = NOTHING, scoring.matrix.tolist()
    cells = [(i, i - diagonal) for i in range(len(a)) if 0 <= i - diagonal < len(b)]
    for end in range(1, len(cells) + 1):
        score = 0
        for first in range(end - 1, -1, -1):
            i, j = cells[first]
            score += matrix[a[i]][b[j]]
            if score > best.score:
                kinds = "".join(
                    "=" if naive.is_match(a[x], b[y], scoring) else "X" for x, y in cells[first:end]
                )
                runs = naive.run_lengths(kinds)
                best = naive.NaiveAlignment(score, i, i + end - first, j, j + end - first, runs)
    return best


def stretch_found(pairs, scoring, min_score=1) -> tuple[naive.NaiveAlignment, int]:
    """Return the stretch of the only pair, and the index of its first run."""
    runs = CigarRuns(np.empty(0, np.uint32), np.zeros(1, np.int64))
    found, runs = align_on_diagonals(pairs, np.array([0]), alphabet_of(scoring), min_score, runs)
    cigar = [(run >> 4, {7: "=", 8: "X"}[run & 15]) for run in runs.runs[: runs.used[0]].tolist()]
    values = (int(getattr(found, name)[0]) for name in naive.NaiveAlignment._fields[:-1])
    assert found.alignment_length[0] == sum(n for n, _ in cigar)
    assert found.matches[0] == sum(n for n, kind in cigar if kind == "=")
    assert found.run_count[0] == len(cigar)
    return naive.NaiveAlignment(*values, cigar[::-1]), int(found.first_run[0])


bases = st.lists(st.integers(0, 4), max_size=100)
base_scoring = st.builds(
    lambda match, mismatch: dna_scoring(match, -mismatch, 5, 2),
    st.integers(1, 6),
    st.integers(0, 6),
)


@st.composite
def similar_bases(draw):
    """Draw two sequences that differ in some bases, and a shift of the second one."""
    a = draw(bases)
    changed = draw(st.dictionaries(st.integers(0, 99), st.integers(0, 7), max_size=8))
    shift = draw(st.integers(0, 40))
    return a, [changed.get(i, base) for i, base in enumerate(a)][shift:], shift


@settings(max_examples=200)
@given(similar_bases(), st.integers(-3, 3), st.integers(0, 1), base_scoring)
@example(([0] * 32, [0] * 32, 0), 0, 1, DEFAULT)
@example(([0] * 33, [0] * 32 + [1], 0), 0, 0, DEFAULT)
@example(([4] * 64, [4] * 64, 0), 0, 1, DEFAULT)
@example(([0, 1] * 32, [1, 0] * 32, 0), 0, 0, DEFAULT)
def test_stretches_are_those_of_a_search_of_all(both, off, is_reverse, scoring):
    a, b, shift = both
    given_b = naive.reverse_complement([min(base, 4) for base in b]) if is_reverse else b
    pairs = pairs_of([a], [given_b], is_reverse, shift + off)
    expected = best_stretch(a, [min(base, 4) for base in b], shift + off, scoring)
    assert stretch_found(pairs, scoring)[0] == expected


@settings(max_examples=200)
@given(
    st.lists(st.integers(0, 2), max_size=30),
    st.lists(st.integers(0, 2), max_size=30),
    st.integers(-32, 32),
    st.integers(0, 1),
    base_scoring,
)
def test_the_stretch_is_reported_if_no_alignment_is_better(a, b, diagonal, is_reverse, scoring):
    pairs = pairs_of([a], [b], is_reverse, diagonal)
    stretch = best_stretch(*as_aligned(pairs, 0), diagonal, scoring)
    best = naive.naive_score(a, b, scoring, bool(is_reverse))
    found = as_naive(align_pairs(pairs, scoring), 0)
    assert found.score == best
    assert (found == stretch) == (stretch.score == best)


@pytest.mark.parametrize("diagonal", [NO_DIAGONAL, 2**31 - 1, -3, 3])
def test_a_diagonal_outside_the_matrix_has_no_stretch(diagonal):
    assert stretch_found(pairs_of([[0, 1, 2]], [[0, 1, 2]], 0, diagonal), DEFAULT)[0] == NOTHING


def test_stretches_below_the_threshold_have_a_score_only():
    pairs = pairs_of([[0, 1, 2, 3]], [[0, 1, 2, 3]], 0, 0)
    assert stretch_found(pairs, DEFAULT, 9) == (NOTHING._replace(score=8), -1)
    assert stretch_found(pairs, DEFAULT, 8) == (naive.NaiveAlignment(8, 0, 4, 0, 4, [(4, "=")]), 0)


def test_proteins_have_no_stretch():
    pairs = pairs_of([[0, 1, 2, 3]], [[0, 1, 2, 3]], 0, 0)
    assert stretch_found(pairs, protein_scorings()[0].scoring)[0] == NOTHING


@pytest.mark.parametrize("named", base_scorings(), ids=lambda named: named.name)
def test_of_two_best_alignments_the_one_on_the_diagonal_is_reported(named):
    a, b = [0, 1, 2, 3], [0, 1, 2, 3, 4, 0, 1, 2, 3]
    for diagonal, start_b in ((0, 0), (-5, 5), (1, 0)):
        found = align_pairs(pairs_of([a], [b], 0, diagonal), named.scoring)
        assert found.start_b.tolist() == [start_b]


def test_runs_of_many_pairs_have_memory():
    """Each second base differs: as many runs as bases."""
    a, b = [0] * 64, [0, 1] * 32
    pairs = pairs_of([a] * 1000, [b] * 1000, 0, 0)
    found = align_pairs(pairs, dna_scoring(2, 0, 5, 2))
    assert (np.diff(found.cigar_offsets) == 63).all()


def test_copies_are_complete():
    source, target = empty_results(3), empty_results(3)
    for number, column in enumerate(source):
        column[:] = np.arange(3) + 10 * number
    copy_alignments(source, np.array([False, True, False]), target)
    for name, old, new, empty in zip(source._fields, source, target, empty_results(3), strict=True):
        assert new.tolist() == [empty[0], old[1], empty[2]], name
