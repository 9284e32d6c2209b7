"""Bit scores and E-values equal those that BLAST prints."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from readkin.kernels.statistics.evalues import (
    Database,
    bit_score,
    dna_parameters,
    evalue,
    length_adjustment,
    matrix_parameters,
)
from readkin.kernels.statistics.karlin_altschul_tables import DNA, MATRICES

# Hits of BLAST+ 2.12.0: 25 random sequences and mutated segments of them; tests/data/README.md
BLAST_HITS = Path(__file__).parents[2] / "data" / "blast_hits.tsv"
PROTEINS, BASES = Database(10_244, 25), Database(21_558, 25)
DATABASES = {"blastp": PROTEINS, "blastn": BASES}


def blast_hits():
    with BLAST_HITS.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize("hit", blast_hits(), ids=lambda hit: " ".join(hit.values()))
def test_values_equal_those_of_blast(hit):
    database = DATABASES[hit["program"]]
    gaps = int(hit["existence"]) + int(hit["extension"]), int(hit["extension"])
    if hit["program"] == "blastn":
        parameters = dna_parameters(*map(int, hit["scoring"].split("/")), *gaps)
    else:
        parameters = matrix_parameters(hit["scoring"], *gaps)
    lengths = int(hit["query_length"]), int(hit["target_length"])
    assert length_adjustment(lengths[0], database, parameters) == int(hit["adjustment"])
    score = int(hit["score"])
    assert bit_score(score, parameters) == pytest.approx(float(hit["bits"]), rel=1e-5)
    found = evalue(score, *lengths, database, parameters)
    expected = float(hit["evalue"])
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-180)  # BLAST prints less as 0


def all_parameters():
    for matrix, rows in MATRICES.items():
        for existence, extension in rows:
            yield matrix_parameters(matrix, existence + extension, extension)
    for (match, mismatch), rows in DNA.items():
        for existence, extension in rows:
            yield dna_parameters(match, mismatch, existence + extension, extension)


def test_arrays_give_the_same_as_single_numbers():
    scores, lengths, targets = np.array([[20], [90]]), np.array([30, 150, 4000]), np.array([80] * 3)
    for parameters in (matrix_parameters("BLOSUM62", 12, 1), dna_parameters(2, -3, 7, 2)):
        found = evalue(scores, lengths, targets, PROTEINS, parameters)
        assert found.shape == (2, 3)
        assert found.dtype == np.float64
        for i, j in np.ndindex(2, 3):
            one = evalue(scores[i, 0], lengths[j], targets[j], PROTEINS, parameters)
            assert found[i, j] == one
        assert bit_score(scores, parameters).shape == (2, 1)
    assert evalue(scores[:0], lengths[:0], targets[:0], PROTEINS, parameters).shape == (0, 0)


def expected_length(adjustment, length, database, parameters):
    """Return the expected length of an alignment with E = 1; -1 if BLAST would subtract less."""
    residues = database.residues - database.sequences * adjustment
    cells = parameters.k * (length - adjustment) * residues
    if adjustment > length or residues < 0 or cells < max(length, database.residues):
        return -1
    return parameters.alpha / parameters.lambda_ * math.log(cells) + parameters.beta


def test_length_adjustment_is_the_largest_one_by_trying_all():
    lengths = np.array([1, 2, 5, 12, 30, 75, 150, 900, 20_000])
    databases = Database(10**9, 3), Database(150_000, 1000), Database(20, 2), Database(500, 1)
    for parameters in all_parameters():
        for database in databases:
            found = length_adjustment(lengths, database, parameters)
            for length, adjustment in zip(lengths.tolist(), found.tolist(), strict=True):
                tried = [
                    ell
                    for ell in range(min(length, 3000))
                    if expected_length(ell, length, database, parameters) >= ell
                ]
                assert adjustment == max(tried, default=0)


def test_higher_scores_are_rarer_and_a_larger_database_gives_more():
    scores, length = np.arange(2, 1500, 2), np.full(749, 300)
    for parameters in all_parameters():
        found = evalue(scores, length, length, PROTEINS, parameters)
        assert (np.diff(found) <= 0).all()
        assert (found >= 0).all()
        more = evalue(scores, length, length, Database(102_440, 250), parameters)
        assert (more >= found).all()


def test_odd_scores_are_rounded_down_as_by_blast():
    even = dna_parameters(2, -3, 7, 2)
    assert evalue(55, 30, 686, BASES, even) == evalue(54, 30, 580, BASES, even)
    any_score = dna_parameters(1, -2, 3, 1)
    assert evalue(28, 30, 686, BASES, any_score) < evalue(27, 30, 686, BASES, any_score)


def test_nuc_4_4_has_the_parameters_of_its_four_bases():
    assert matrix_parameters("NUC.4.4", 16, 6) == dna_parameters(5, -4, 16, 6)


@pytest.mark.parametrize(
    ("look_up", "message"),
    [
        (
            lambda: matrix_parameters("BLOSUM90", 9, 9),
            "E-values of BLOSUM90 are not known for gap_open 9, gap_extend 9, "
            "only for 11/2, 10/2, 9/2, 8/2, 12/1, 11/1, 10/1",
        ),
        (
            lambda: matrix_parameters("mine.txt", 12, 1),
            "E-values are not known for matrix mine.txt, only for BLOSUM45, BLOSUM50, BLOSUM62, "
            "BLOSUM80, BLOSUM90, PAM250, PAM30, PAM70, NUC.4.4",
        ),
        (
            lambda: dna_parameters(5, -4, 10, 6),
            "E-values of match 5, mismatch -4 are not known for gap_open 10, gap_extend 6, "
            "only for 16/6, 14/6",
        ),
        (
            lambda: dna_parameters(2, -6, 8, 2),
            "E-values are not known for match 2, mismatch -6, only for 1/-5, 1/-4, 2/-7, 1/-3, "
            "2/-5, 1/-2, 2/-3, 3/-4, 4/-5, 1/-1, 3/-2, 5/-4",
        ),
    ],
)
def test_the_error_of_an_unknown_scoring_lists_the_known_ones(look_up, message):
    with pytest.raises(ValueError, match="not known") as caught:
        look_up()
    assert str(caught.value) == message
