"""CIGAR strings from runs."""

from itertools import pairwise

import numpy as np

from readkin.kernels.smith_waterman.cigar import cigar_texts


def runs(*pairs: tuple[int, str]) -> list[int]:
    return [length << 4 | "MIDNSHP=X".index(operation) for length, operation in pairs]


def texts(alignments: list[list[int]], is_backward: list[int]) -> list[str]:
    bounds = np.cumsum([0, *map(len, alignments)])
    cigar = np.array([run for alignment in alignments for run in alignment], np.uint32)
    text, offsets = cigar_texts(cigar, bounds, np.array(is_backward, np.uint8))
    whole = text.tobytes().decode("ascii")
    return [whole[first:end] for first, end in pairwise(offsets)]


def test_runs_become_text_forward_and_backward():
    alignment = runs((9, "="), (10, "X"), (1, "I"), (100, "="), (268435455, "D"))
    found = texts([alignment, [], alignment, runs((99, "="))], [0, 1, 1, 1])
    assert found == ["9=10X1I100=268435455D", "", "268435455D100=1I10X9=", "99="]


def test_no_alignments():
    assert texts([], []) == []
