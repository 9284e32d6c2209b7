"""Reads in one byte a base are the reads of the BAM files, on any number of ranks."""

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.reads import NO_MATE, load_reads, reads_fingerprint
from readkin.formats.split_index import RECORDS_PER_ENTRY
from readkin.kernels.layout.residues import pack_residues
from readkin.parallel.mpi import OneProcess
from readkin.pieces import residue_reads
from readkin.pieces.residue_reads import load_residues
from support.genome_reads import write_bam
from support.thread_ranks import on_ranks


def texts(n, seed):
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(list("ACGTN"), 1 + i % 7)) for i in range(n)]


@pytest.fixture
def bams(tmp_path):
    n = 2 * RECORDS_PER_ENTRY
    return [
        write_bam(tmp_path / "pairs.bam", texts(n + 6, 1), paired=True),
        write_bam(tmp_path / "none.bam", [], paired=True),
        write_bam(tmp_path / "single.bam", texts(n - 3, 2), paired=False),
    ]


@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("batch", [1000, 1 << 16])
def test_residues_are_those_of_the_files(bams, batch, ranks, monkeypatch):
    monkeypatch.setattr(residue_reads, "READS_PER_BATCH", batch)
    expected = load_reads(bams, with_qualities=True)
    own = np.arange(len(expected))
    is_single = expected.mate_index == NO_MATE
    mates = np.where(is_single, own, expected.mate_index.astype(np.int64))
    for found in on_ranks(ranks, lambda rank: load_residues(bams, rank)):
        assert len(found) == len(expected)
        assert found.fingerprint == reads_fingerprint(expected)
        residues = pack_residues(expected.bases, expected.qualities)
        np.testing.assert_array_equal(found.residues, residues)
        np.testing.assert_array_equal(found.offsets, expected.offsets)
        np.testing.assert_array_equal(found.lengths, expected.lengths)
        np.testing.assert_array_equal(found.mates, mates)
        assert not found.residues.flags.writeable


def test_no_files():
    found = load_residues([], OneProcess())
    assert len(found) == found.residues.size == 0


def test_a_file_that_is_cut_short_is_refused(bams):
    bams[0].write_bytes(bams[0].read_bytes()[:-100])
    with pytest.raises(InputError, match=r"pairs\.bam"):
        load_residues(bams, OneProcess())
