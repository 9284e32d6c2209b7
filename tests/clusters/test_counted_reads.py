"""Numbers and names of reads equal those of the reads in memory."""

import numpy as np

from readkin.clusters.counted_reads import count_reads
from readkin.formats.reads import load_reads, reads_fingerprint
from readkin.kernels.sequences.gc_counts import gc_counts
from support.genome_reads import write_bam

TEXTS = ["ACGTN", "", "GGCC", "NN", "A" * 300, "CGCGT"]


def test_counts_are_those_of_the_loaded_reads(tmp_path):
    bams = [
        write_bam(tmp_path / "pairs.bam", TEXTS, paired=True),
        write_bam(tmp_path / "single.bam", TEXTS[:3], paired=False),
    ]
    expected, found = load_reads(bams), count_reads(bams)
    gc, known = gc_counts(expected.bases, expected.offsets)
    assert len(found) == len(expected)
    np.testing.assert_array_equal(found.lengths, expected.lengths)
    np.testing.assert_array_equal(found.gc, gc)
    np.testing.assert_array_equal(found.known, known)
    np.testing.assert_array_equal(found.unit, expected.unit)
    np.testing.assert_array_equal(found.mate_number, expected.mate_number)
    assert found.ids.to_pylist() == expected.ids()
    assert found.fingerprint == reads_fingerprint(expected)


def test_no_reads():
    found = count_reads([])
    assert len(found) == len(found.ids) == 0
    assert found.fingerprint == reads_fingerprint(load_reads([]))
