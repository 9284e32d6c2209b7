"""Packed reads equal a naive implementation; only equal reads and strands have equal hashes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.kmers.hashes import PIECE
from readkin.kernels.sequences.packed_sequences import pack_sequences, packed_offsets
from support import naive_kmers

READS = st.lists(st.text("ACGTN", max_size=70), max_size=6)
LONG = "".join(np.random.default_rng(1).choice(list("ACGT"), 3 * PIECE + 7))
ADVERSARIAL = [
    "",
    "A",
    "C",
    "N",
    "AA",
    "AN",
    "NA",
    "A" * 31,
    "A" * 32,
    "A" * 33,
    "ACGT" * 8,
    "ACGT" * 20,
    "ACGTTGCANCATGC",
    "ACGTTGCAACATGC",
    LONG,
    LONG[:PIECE],
    LONG[:PIECE] + "N" + LONG[PIECE:],
    LONG[:-1] + "N",
]


def checked(reads):
    bases, offsets = naive_kmers.pack(reads)
    packed, hashes = pack_sequences(bases, offsets)
    assert (packed.dtype, hashes.dtype) == (np.uint8, np.uint64)
    bounds = packed_offsets(np.diff(offsets))
    for read, start, end in zip(reads, bounds[:-1], bounds[1:], strict=True):
        assert packed[start:end].tolist() == naive_kmers.packed(read)
    return hashes.tolist()


def assert_equal_where_canonical_reads_are(reads):
    hashes = checked(reads)
    assert checked([naive_kmers.reverse_complement(read) for read in reads]) == hashes
    of_canonical = {}
    for read, hashed in zip(reads, hashes, strict=True):
        assert of_canonical.setdefault(naive_kmers.canonical(read), hashed) == hashed
    assert len(set(of_canonical.values())) == len(of_canonical)


def test_adversarial_reads():
    changed = [LONG[:i] + "ACGT"["TGCA".index(LONG[i])] + LONG[i + 1 :] for i in range(0, 1500, 29)]
    assert_equal_where_canonical_reads_are(ADVERSARIAL + changed)


@settings(max_examples=60)
@given(READS)
def test_any_reads(reads):
    assert_equal_where_canonical_reads_are(reads + [read[::-1] for read in reads])


def test_a_slice_of_a_larger_array_gives_the_same():
    bases, offsets = naive_kmers.pack(ADVERSARIAL)
    whole, part = pack_sequences(bases, offsets), pack_sequences(bases, offsets[5:])
    np.testing.assert_array_equal(part[1], whole[1][5:])
    np.testing.assert_array_equal(part[0], whole[0][-part[0].size :])


def test_wrong_arrays_are_refused():
    with pytest.raises(TypeError):
        pack_sequences(np.zeros(4, np.int64), np.array([0, 4], np.int64))
    with pytest.raises(ValueError, match="offsets"):
        pack_sequences(np.zeros(4, np.uint8), np.array([0, 5], np.int64))
