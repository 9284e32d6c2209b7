"""Columns that score above 0, counted by hand."""

import numpy as np

from readkin.kernels.smith_waterman.alignment import Alignments, Pairs, Sequences
from readkin.kernels.smith_waterman.positive_columns import positive_columns

PROTEIN = "AILVS"
MATRIX = np.array(  # of BLOSUM62
    [[4, -1, -1, 0, 1], [-1, 4, 2, 3, -2], [-1, 2, 4, 1, -2], [0, 3, 1, 4, -2], [1, -2, -2, -2, 4]],
    np.int8,
)
BASES = np.full((5, 5), -3, np.int8) + 5 * np.diag([1, 1, 1, 1, 0]).astype(np.int8)


def sequences(texts, alphabet):
    codes = np.array([alphabet.index(letter) for text in texts for letter in text], np.uint8)
    return Sequences(codes, np.cumsum([0, *map(len, texts)]))


def alignments(starts, runs):
    """Alignments of which only what is used is there: starts in a and b, runs (length, kind)."""
    numbers = np.zeros(len(starts), np.int32)
    start_a, start_b = np.array(starts, np.int32).reshape(-1, 2).T
    cigar = [length << 4 | "MIDNSHP=X".index(kind) for each in runs for length, kind in each]
    return Alignments(
        numbers,
        start_a,
        numbers,
        start_b,
        numbers,
        numbers,
        numbers,
        np.array(cigar, np.uint32),
        np.cumsum([0, *map(len, runs)]),
    )


def test_similar_letters_count_and_gaps_do_not():
    a, b = sequences(["SS", "AILVSSLL"], PROTEIN), sequences(["AVLSLLAA", "A"], PROTEIN)
    pairs = Pairs(
        a, b, np.array([1, 0]), np.array([0, 1]), np.zeros(2, np.uint8), np.zeros(2, np.int32)
    )
    # A I L V S S L L, gap of 1 in b at V, then of 2 in a behind the last S
    # A V L - S L L L: A/A yes, I/V yes, L/L yes, S/S yes, S/L no, L/L yes
    found = alignments(
        [(0, 0), (1, 0)],
        [[(1, "="), (1, "X"), (1, "="), (1, "I"), (1, "="), (1, "X"), (1, "=")], [(1, "X")]],
    )
    assert positive_columns(pairs, found, MATRIX).tolist() == [5, 1]


def test_reverse_targets_are_complemented():
    a, b = sequences(["GGACNTAC"], "ACGTN"), sequences(["TT", "CCGTATNGTTT"], "ACGTN")
    pairs = Pairs(a, b, np.array([0]), np.array([1]), np.ones(1, np.uint8), np.zeros(1, np.int32))
    # the target turned is AAACNATACGG; from 2 on ACNATACGG; the query from 2 on ACN-TAC
    found = alignments([(2, 2)], [[(2, "="), (1, "X"), (1, "D"), (3, "=")]])
    assert positive_columns(pairs, found, BASES).tolist() == [5]


def test_no_alignment_has_no_columns():
    a = sequences(["A"], PROTEIN)
    none = np.zeros(1, np.int64)
    pairs = Pairs(a, a, none, none, np.zeros(1, np.uint8), np.zeros(1, np.int32))
    assert positive_columns(pairs, alignments([(0, 0)], [[]]), MATRIX).tolist() == [0]
