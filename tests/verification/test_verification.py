"""Run `make verify-align` with some thousand pairs, and check that it notices errors."""

import numpy as np
import pytest

from readkin.kernels.smith_waterman.alignment import align_pairs, score_pairs
from support.sequence_pairs import as_naive, pairs_of
from verification import __main__ as command
from verification import checks
from verification.checks import CHECKS, check
from verification.families import FAMILIES, limits, make_pairs, scorings_of
from verification.rescoring import wrong_alignments
from verification.scorings import base_scorings, protein_scorings

FAMILY = {family.name: family for family in FAMILIES}
PAIRS = {"at limits": 16, "long": 2}  # for each scoring; 60 for other families


@pytest.mark.parametrize("name", [name for name in FAMILY if name != "very long"])
def test_no_pair_is_wrong(name):
    family = FAMILY[name]
    scorings = scorings_of(family)[:: 15 if name == "long" else 1]
    for number, named in enumerate(scorings):
        pairs = make_pairs(family, named, PAIRS.get(name, 60), [2, number])
        wrong = check(pairs, named, [2, number])
        assert not any(wrong.values()), (named.name, wrong)


def test_a_very_long_pair_on_its_diagonal():
    """Align 50,000 bases in a band; only `make verify-align` fills whole matrices of that size."""
    rng = np.random.default_rng(50)
    named = base_scorings()[0]
    a = rng.integers(0, 4, 50_000)
    b = a.copy()
    b[1000::1000] = 4
    b = np.delete(b, 30_500)
    pairs = pairs_of([a], [b], 0, 0)
    found = align_pairs(pairs, named.scoring)
    assert not wrong_alignments(found, pairs, named).any()
    assert found.score.tolist() == [2 * (50_000 - 49 - 1) - 49 * 3 - 5]
    assert found.score[0] > 2**16


def test_pairs_are_the_same_every_time():
    for family in FAMILIES[:-1]:
        one, other = (make_pairs(family, base_scorings()[0], 5, [3]) for _ in range(2))
        for name in ("index_a", "index_b", "is_reverse", "diagonal"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        for name in ("sequences_a", "sequences_b"):
            for left, right in zip(getattr(one, name), getattr(other, name), strict=True):
                np.testing.assert_array_equal(left, right)


def test_scores_lie_at_the_limits():
    hit = set()
    for named in (*base_scorings(), *protein_scorings()):
        pairs = make_pairs(FAMILY["at limits"], named, 60, [4])
        scores = score_pairs(pairs, named.scoring)
        for bits, limit in zip((8, 16), limits(named.scoring), strict=True):
            hit |= {(bits, int(score - limit)) for score in scores if abs(score - limit) <= 1}
    assert hit == {(bits, offset) for bits in (8, 16) for offset in (-1, 0, 1)}


@pytest.fixture
def aligned():
    named = base_scorings()[0]
    pairs = make_pairs(FAMILY["overlapping"], named, 60, [6])
    return align_pairs(pairs, named.scoring), pairs, named


@pytest.mark.parametrize(
    "column", ["start_a", "end_a", "start_b", "end_b", "matches", "alignment_length"]
)
def test_a_wrong_position_is_noticed(aligned, column):
    found, pairs, named = aligned
    assert not wrong_alignments(found, pairs, named).any()
    changed = getattr(found, column).copy()
    changed[7] += 1
    is_wrong = wrong_alignments(found._replace(**{column: changed}), pairs, named)
    assert np.flatnonzero(is_wrong).tolist() == [7]


def test_wrong_runs_are_noticed(aligned):
    found, pairs, named = aligned
    pair = int(np.argmax(np.diff(found.cigar_offsets)))
    first = found.cigar_offsets[pair]
    for other in (found.cigar[first] + 16, found.cigar[first] ^ 15, found.cigar[first] & 15):
        cigar = found.cigar.copy()
        cigar[first] = other
        is_wrong = wrong_alignments(found._replace(cigar=cigar), pairs, named)
        assert np.flatnonzero(is_wrong).tolist() == [pair], as_naive(found, pair)


def test_a_wrong_score_is_noticed(aligned):
    found, pairs, named = aligned
    changed = found.score.copy()
    changed[3] += 1
    is_wrong = wrong_alignments(found._replace(score=changed), pairs, named)
    assert np.flatnonzero(is_wrong).tolist() == [3]


def test_the_command_prints_a_table_and_fails_if_anything_is_wrong(monkeypatch, capsys):
    quick = ["--pairs", "1", "--families", "empty and tiny"]
    assert command.main(quick) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*CHECKS, "empty and tiny", "total"))
    monkeypatch.setattr(checks, "score_pairs", lambda *of: score_pairs(*of) + 1)
    assert command.main(quick) == 1


def test_at_least_the_requested_number_of_pairs_is_made():
    for wanted in (1, 1000, 1_000_000):
        assert sum(count for _, _, count in command.pair_numbers(wanted)) >= wanted
