"""Bit scores and E-values: the numbers that BLAST prints."""

import math

import numpy as np
import pytest

from kernels.alignment_statistics import (
    Database,
    bit_score,
    dna_parameters,
    evalue,
    length_adjustment,
    matrix_parameters,
)
from kernels.alignment_statistics_tables import DNA, MATRICES

# From BLAST+ 2.12.0, 25 random sequences and 14 mutated pieces of them:
#   blastp -comp_based_stats 0 -seg no -max_hsps 1 -outfmt 5 -matrix M -gapopen E -gapextend X
# matrix, E, X, query length, Statistics_hsp-len, target length, score, bits, E-value
PROTEINS = Database(10_244, 25)
BLASTP = [
    ("BLOSUM62", 11, 1, 202, 47, 646, 1016, 395.971, 1.52412e-139),
    ("BLOSUM62", 11, 1, 216, 48, 387, 48, 23.0978, 0.14737),
    ("BLOSUM62", 11, 1, 27, 2, 417, 24, 13.853, 8.18239),
    ("BLOSUM62", 6, 2, 202, 93, 646, 1019, 301.872, 7.20395e-114),
    ("BLOSUM62", 6, 2, 205, 94, 600, 59, 23.4897, 0.0471088),
    ("BLOSUM62", 6, 2, 25, 0, 286, 24, 13.3404, 9.3317),
    ("BLOSUM62", 13, 1, 202, 36, 646, 1014, 430.981, 4.85964e-142),
    ("BLOSUM62", 13, 1, 216, 37, 387, 44, 22.3518, 0.300766),
    ("BLOSUM62", 13, 1, 40, 25, 646, 31, 16.8753, 1.28022),
    ("BLOSUM45", 14, 2, 202, 66, 646, 1249, 356.341, 3.20867e-126),
    ("BLOSUM45", 14, 2, 416, 75, 387, 64, 22.9706, 0.319172),
    ("BLOSUM45", 14, 2, 216, 67, 600, 47, 18.1881, 4.97924),
    ("BLOSUM50", 13, 2, 202, 56, 646, 1324, 373.491, 3.15989e-132),
    ("BLOSUM50", 13, 2, 25, 0, 628, 61, 21.8213, 0.0062302),
    ("BLOSUM50", 13, 2, 40, 10, 360, 36, 14.8603, 4.72463),
    ("BLOSUM80", 10, 1, 202, 28, 646, 1088, 473.142, 1.51782e-158),
    ("BLOSUM80", 10, 1, 58, 23, 510, 47, 24.0902, 0.0113794),
    ("BLOSUM80", 10, 1, 42, 21, 519, 26, 15.0315, 7.80461),
    ("BLOSUM90", 9, 2, 202, 20, 646, 1161, 522.299, 2.06276e-170),
    ("BLOSUM90", 9, 2, 416, 22, 391, 43, 22.29, 0.736288),
    ("BLOSUM90", 9, 2, 205, 20, 510, 35, 18.7121, 4.29251),
    ("PAM30", 9, 1, 202, 13, 646, 1340, 571.549, 0.0),
    ("PAM30", 9, 1, 40, 10, 286, 247, 107.95, 2.27869e-31),
    ("PAM30", 9, 1, 416, 15, 510, 38, 19.3022, 6.23865),
    ("PAM70", 11, 2, 202, 24, 646, 1192, 557.887, 0.0),
    ("PAM70", 11, 2, 42, 16, 453, 155, 74.6552, 3.1548e-42),
    ("PAM70", 11, 2, 42, 16, 628, 28, 15.4744, 6.83939),
    ("PAM250", 14, 2, 202, 84, 646, 980, 262.7, 7.87308e-95),
    ("PAM250", 14, 2, 205, 85, 387, 61, 21.3976, 0.305967),
    ("PAM250", 14, 2, 216, 86, 312, 50, 18.5093, 3.08182),
]  # fmt: skip

#   blastn -task blastn -dust no -max_hsps 1 -outfmt 5 -reward A -penalty B -gapopen E -gapextend X
# A, B, E, X, query length, Statistics_hsp-len, target length, score, bits, E-value
BASES = Database(21_558, 25)
BLASTN = [
    (2, -3, 5, 2, 150, 15, 1200, 300, 271.792, 4.35401e-76),
    (2, -3, 5, 2, 30, 13, 686, 55, 50.8789, 3.25691e-10),
    (2, -3, 5, 2, 30, 13, 585, 51, 47.2722, 3.96773e-09),
    (2, -3, 2, 4, 150, 16, 1200, 300, 267.612, 7.82437e-75),
    (2, -3, 2, 4, 30, 13, 686, 55, 50.2336, 5.04362e-10),
    (2, -3, 2, 4, 52, 14, 930, 67, 60.8807, 7.02218e-13),
    (1, -2, 2, 1, 150, 14, 1200, 150, 280.191, 1.30093e-78),
    (1, -2, 2, 1, 30, 12, 686, 27, 51.2782, 1.40125e-10),
    (1, -3, 1, 2, 150, 11, 1200, 150, 292.79, 2.15078e-82),
    (1, -3, 1, 2, 30, 10, 686, 27, 53.2301, 4.03384e-11),
    (1, -3, 1, 2, 49, 10, 1446, 11, 22.0679, 0.189023),
    (1, -1, 2, 1, 150, 33, 1200, 150, 216.797, 1.32607e-59),
    (1, -1, 2, 1, 30, 23, 686, 28, 42.5479, 2.2844e-08),
    (1, -1, 2, 1, 30, 23, 580, 27, 41.1196, 6.14785e-08),
    (2, -7, 4, 2, 150, 11, 1200, 300, 292.835, 2.08356e-82),
    (2, -7, 4, 2, 30, 10, 580, 54, 53.2759, 3.90778e-11),
    (2, -7, 4, 2, 30, 10, 145, 29, 28.9304, 0.00163606),
    (3, -4, 5, 3, 150, 22, 1200, 450, 245.706, 2.91488e-68),
    (3, -4, 5, 3, 30, 17, 686, 83, 47.1554, 2.55017e-09),
    (3, -4, 5, 3, 30, 17, 145, 63, 36.3352, 4.61081e-06),
    (4, -5, 6, 5, 150, 21, 1200, 600, 244.624, 6.2264e-68),
    (4, -5, 6, 5, 30, 16, 686, 111, 47.0905, 1.97674e-09),
    (5, -4, 10, 6, 150, 53, 1200, 750, 180.248, 1.07855e-48),
    (5, -4, 10, 6, 30, 15, 686, 141, 37.0358, 2.25526e-06),
    (5, -4, 10, 6, 149, 53, 416, 657, 158.378, 4.09082e-42),
]  # fmt: skip


@pytest.mark.parametrize("row", BLASTP, ids=str)
def test_protein_numbers_are_those_of_blastp(row):
    matrix, existence, extension, length, adjustment, target_length, score, bits, expected = row
    parameters = matrix_parameters(matrix, existence + extension, extension)
    assert length_adjustment(length, PROTEINS, parameters) == adjustment
    assert bit_score(score, parameters) == pytest.approx(bits, rel=1e-5)
    found = evalue(score, length, target_length, PROTEINS, parameters)
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-180)  # below, BLAST prints 0


@pytest.mark.parametrize("row", BLASTN, ids=str)
def test_dna_numbers_are_those_of_blastn(row):
    match, mismatch, existence, extension, length, adjustment = row[:6]
    target_length, score, bits, expected = row[6:]
    parameters = dna_parameters(match, mismatch, existence + extension, extension)
    assert length_adjustment(length, BASES, parameters) == adjustment
    assert bit_score(score, parameters) == pytest.approx(bits, rel=1e-5)
    found = evalue(score, length, target_length, BASES, parameters)
    assert found == pytest.approx(expected, rel=1e-5)


def all_parameters():
    for matrix, rows in MATRICES.items():
        for existence, extension in rows:
            yield matrix_parameters(matrix, existence + extension, extension)
    for (match, mismatch), rows in DNA.items():
        for existence, extension in rows:
            yield dna_parameters(match, mismatch, existence + extension, extension)


def test_arrays_give_what_single_numbers_give():
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
    """Of an alignment with E = 1, or -1 where BLAST would not take so much off."""
    letters = database.letters - database.sequences * adjustment
    cells = parameters.k * (length - adjustment) * letters
    if adjustment > length or letters < 0 or cells < max(length, database.letters):
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


def test_odd_scores_are_rounded_down_where_blast_does():
    even = dna_parameters(2, -3, 7, 2)
    assert evalue(55, 30, 686, BASES, even) == evalue(54, 30, 580, BASES, even)
    any_score = dna_parameters(1, -2, 3, 1)
    assert evalue(28, 30, 686, BASES, any_score) < evalue(27, 30, 686, BASES, any_score)


def test_nuc_4_4_has_the_statistics_of_its_four_bases():
    assert matrix_parameters("NUC.4.4", 16, 6) == dna_parameters(5, -4, 16, 6)


@pytest.mark.parametrize(
    ("ask", "message"),
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
def test_unknown_scoring_names_what_is_known(ask, message):
    with pytest.raises(ValueError, match="not known") as caught:
        ask()
    assert str(caught.value) == message
