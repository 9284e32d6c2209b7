"""Columns with scores above 0, compared with manual counts."""

import numpy as np

from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman.alignment import Alignments, Pairs, positive_columns

PROTEIN = "AILVS"
MATRIX = np.array(  # of BLOSUM62
    [[4, -1, -1, 0, 1], [-1, 4, 2, 3, -2], [-1, 2, 4, 1, -2], [0, 3, 1, 4, -2], [1, -2, -2, -2, 4]],
    np.int8,
)
BASES = np.full((5, 5), -3, np.int8) + 5 * np.diag([1, 1, 1, 1, 0]).astype(np.int8)


def sequences(texts, alphabet):
    return Sequences.of([alphabet.index(letter) for letter in text] for text in texts)


def alignments(starts, runs):
    """Return alignments from their starts in a and b and their runs (length, operation)."""
    zeros = np.zeros(len(starts), np.int32)
    start_a, start_b = np.array(starts, np.int32).reshape(-1, 2).T
    cigar = [length << 4 | "MIDNSHP=X".index(kind) for each in runs for length, kind in each]
    return Alignments(
        score=zeros,
        score_bound=zeros,
        start_a=start_a,
        end_a=zeros,
        start_b=start_b,
        end_b=zeros,
        matches=zeros,
        alignment_length=zeros,
        cigar=np.array(cigar, np.uint32),
        cigar_offsets=np.cumsum([0, *map(len, runs)]),
    )


def test_similar_residues_count_and_gaps_do_not():
    a, b = sequences(["SS", "AILVSSLL"], PROTEIN), sequences(["AVLSLLAA", "A"], PROTEIN)
    pairs = Pairs.of(a, b, np.array([1, 0]), np.array([0, 1]))
    # A I L V S S L L, gap of 1 in b at V, then of 2 in a behind the last S
    # A V L - S L L L: A/A yes, I/V yes, L/L yes, S/S yes, S/L no, L/L yes
    found = alignments(
        [(0, 0), (1, 0)],
        [[(1, "="), (1, "X"), (1, "="), (1, "I"), (1, "="), (1, "X"), (1, "=")], [(1, "X")]],
    )
    assert positive_columns(pairs, found, MATRIX).tolist() == [5, 1]


def test_reverse_targets_are_complemented():
    a, b = sequences(["GGACNTAC"], "ACGTN"), sequences(["TT", "CCGTATNGTTT"], "ACGTN")
    pairs = Pairs.of(a, b, np.array([0]), np.array([1]), is_reverse=1)
    # The reverse complement of the target is AAACNATACGG.
    # From position 2 on, it is aligned as ACNATACGG, and the query as ACN-TAC.
    found = alignments([(2, 2)], [[(2, "="), (1, "X"), (1, "D"), (3, "=")]])
    assert positive_columns(pairs, found, BASES).tolist() == [5]


def test_no_alignment_has_no_columns():
    a = sequences(["A"], PROTEIN)
    assert positive_columns(Pairs.of(a, a), alignments([(0, 0)], [[]]), MATRIX).tolist() == [0]
