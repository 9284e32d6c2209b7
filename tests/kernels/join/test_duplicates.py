"""Duplicates are reads with the same bases on either strand, and no others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join.duplicates import find_duplicates
from readkin.kernels.sequences.packed_sequences import pack_sequences
from support import naive_join, naive_kmers
from support.kernel_join import packed

SHORT = st.lists(st.text("ACGT", max_size=4), max_size=25)
LONG = st.lists(
    st.sampled_from(["A" * 40, "T" * 40, "ACGT" * 10, "ACGTT" * 20, "C" * 33]), max_size=12
)


def duplicates(reads, hashes=None, index=None):
    """Return [(original, duplicate, is_reverse)]."""
    if hashes is None:
        hashes = pack_sequences(*naive_kmers.pack(reads))[1]
    if index is None:
        index = np.arange(len(reads), dtype=np.uint64)
    found = find_duplicates(index, hashes[index.astype(np.int64)], packed(reads))
    return list(zip(*(column.tolist() for column in found), strict=True))


@given(SHORT | LONG)
def test_equals_the_naive_join(reads):
    assert duplicates(reads) == naive_join.duplicates(reads)


def test_both_strands_and_palindromes():
    read, palindrome = "ACCATGATTACAGGTTCCATTTGACCATGATTACAGG", "ACGT" * 9
    reads = [palindrome, read, naive_kmers.reverse_complement(read), palindrome, read]
    assert duplicates(reads) == [(0, 3, 0), (1, 2, 1), (1, 4, 0)]


def test_reads_with_unknown_bases_differ_from_others():
    reads = ["ACNGT", "ACAGT", "ACNGT", "NNN", "AAA", "NNN"]
    assert duplicates(reads) == [(0, 2, 0), (3, 5, 0)]


@given(SHORT)
def test_equal_hashes_of_unequal_reads_make_no_duplicates(reads):
    """Reads with equal hashes are compared with the first one only."""
    found = duplicates(reads, np.zeros(len(reads), np.uint64))
    assert found == [pair for pair in naive_join.duplicates(reads) if pair[0] == 0]


def test_collisions_of_long_reads_that_differ_in_one_base():
    read = "ACCATGATTACAGG" * 10
    other_base = str.maketrans("ACGT", "CGTA")
    reads = [read]
    for i in (0, 70, 139):
        reads.append(read[:i] + read[i].translate(other_base) + read[i + 1 :])
    reads += [read[:-1], read + "A", naive_kmers.reverse_complement(read)]
    assert duplicates(reads, np.full(len(reads), 7, np.uint64)) == [(0, 6, 1)]


def test_only_the_requested_reads_are_compared():
    reads = ["ACC", "GGT", "TTT", "ACC", "AAA", "TTT"]
    index = np.array([1, 3, 4, 5], np.uint64)
    assert duplicates(reads, index=index) == [(1, 3, 1), (4, 5, 1)]
