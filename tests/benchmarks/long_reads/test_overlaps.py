"""Scores of overlaps, and overlaps read from PAF."""

import numpy as np

from benchmarks.long_reads.overlaps import Overlaps, overlaps_of_paf, score
from readkin.kernels.statistics.kin_truth import Origins

# Reads 0 and 1 share 3,000 bp, 1 and 2 share 1,000 bp; 3 is elsewhere.
ORIGINS = Origins(
    sequence=np.zeros(4, np.int32),
    start=np.array([0, 2000, 6000, 20_000]),
    end=np.array([5000, 7000, 11_000, 25_000]),
    circle=np.zeros(4, np.int64),
)


def overlaps(*rows):
    return Overlaps(*np.array(rows, np.int64).reshape(-1, 3).T)


def test_short_overlaps_count_for_neither_share():
    assert score(overlaps((0, 1, 2990), (1, 2, 990)), ORIGINS) == (1.0, 1.0, 1)
    assert score(overlaps((1, 2, 990)), ORIGINS) == (0.0, 0.0, 1)


def test_reads_that_do_not_overlap_lower_the_precision():
    found = overlaps((0, 1, 2990), (0, 3, 2500), (1, 3, 1999))
    assert score(found, ORIGINS) == (1.0, 0.5, 1)


def test_paf_has_the_longest_alignment_of_each_two_reads(tmp_path):
    def line(query, target, length):
        return "\t".join([query, *"901+", target, *"9019", str(length), "60", "tp:A:S\n"])

    paf = tmp_path / "a.paf"
    rows = [("b", "a", 10), ("a", "b", 30), ("a", "a", 99), ("c", "a", 5)]
    paf.write_text("".join(line(*row) for row in rows))
    found = overlaps_of_paf(paf, {"a": 0, "b": 1, "c": 2})
    assert [column.tolist() for column in found] == [[0, 0], [1, 2], [30, 5]]
    paf.write_text("")
    assert overlaps_of_paf(paf, {}).read_a.size == 0
