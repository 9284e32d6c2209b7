"""Numbers of alignments of each read."""

import numpy as np

from readkin.kernels.layout.read_counts import count_alignments


def test_both_reads_of_an_alignment_count():
    read_a, read_b = np.array([0, 0, 1], np.int32), np.array([1, 3, 3], np.int32)
    against, ambiguous = np.array([True, False, True]), np.array([False, False, True])
    counts = count_alignments(read_a, read_b, against, ambiguous, 4)
    assert counts.every.tolist() == [2, 2, 0, 2]
    assert counts.against.tolist() == [1, 2, 0, 1]
    assert counts.ambiguous.tolist() == [0, 1, 0, 1]
