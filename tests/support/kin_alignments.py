"""Small tables of alignments for tests of the kin graph and of cluster_reads."""

import pyarrow as pa

from readkin.formats.alignments import ALIGNMENTS

GOOD = {  # the end of a, 100 bp, on the beginning of b
    "read_a": 0,
    "read_b": 1,
    "strand": "+",
    "score": 140,
    "score_bound": 140,
    "start_a": 30,
    "end_a": 100,
    "start_b": 0,
    "end_b": 70,
    "length_a": 100,
    "length_b": 100,
    "matches": 70,
    "alignment_length": 70,
    "low_complexity": 0,
    "identity": 1.0,
    "votes": 9,
    "cigar": "70=",
}


def alignments(*changes):
    """Return one row per change: the good alignment with these values changed."""
    rows = [GOOD | change for change in changes]
    return pa.Table.from_pylist(rows, schema=ALIGNMENTS.schema)
