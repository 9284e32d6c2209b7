"""Packed reads equal strings of bases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from readkin.kernels.sequences.packed_bases import (
    EVERY_BASE,
    MARGIN,
    WORDS_AT_A_TIME,
    bases_at,
    first_word_and_length_of,
    packed_reads,
    reverse_complement_word,
    strand_buffers,
    unequal_bases,
    write_strands,
)
from readkin.kernels.simd import vectors as simd
from support import naive_join, naive_kmers
from support.kernel_join import packed

READ = st.text("ACGTN", max_size=100)


def text_of(word, n=32):
    return "".join("ACGT"[int(word) >> 2 * i & 3] for i in range(n))


def text(reads, read):
    first, length = first_word_and_length_of(reads, read)
    n_words = -(-length // 32)
    letters = "".join(text_of(word) for word in reads.words[first : first + n_words])
    assert set(letters[length:]) <= {"A"}  # zeros after the last base
    return letters[:length]


def random_text(length, seed=0):
    return "".join(np.random.default_rng([length, seed]).choice(list("ACGT"), length))


def strands(read):
    """Return both strands of a read, written by ``write_strands`` to memory that is not zero."""
    arrays = strand_buffers(len(read))
    arrays[:] = 2**64 - 1
    write_strands(packed([read]), 0, *arrays)
    return arrays


@given(st.lists(READ, max_size=6))
def test_reads_are_moved_to_whole_words(reads):
    moved = packed(reads)
    assert [text(moved, i) for i in range(len(reads))] == [naive_join.known(r) for r in reads]
    assert moved.lengths.tolist() == [len(read) for read in reads]


@pytest.mark.parametrize("length", range(101))
def test_every_length_is_restored(length):
    reads = packed([random_text(length), random_text(7), random_text(length, 1)], 2**40)
    assert text(reads, 2**40) == random_text(length)
    assert text(reads, 2**40 + 2) == random_text(length, 1)


def test_bytes_for_other_lengths_are_refused():
    with pytest.raises(ValueError, match="3 bytes for reads of 4"):
        packed_reads(np.zeros(3, np.uint8), np.array([4, 9], np.uint32))


@given(st.integers(0, 2**64 - 1))
def test_a_word_is_reverse_complemented(word):
    expected = naive_kmers.reverse_complement(text_of(word))
    assert text_of(reverse_complement_word(np.uint64(word))) == expected


@pytest.mark.parametrize("length", [*range(101), 10_000])
def test_both_strands_are_written(length):
    read = random_text(length)
    for strand, wanted in zip(
        strands(read), (read, naive_kmers.reverse_complement(read)), strict=True
    ):
        n_words = -(-length // 32)
        letters = "".join(text_of(word) for word in strand[MARGIN : MARGIN + n_words])
        assert letters == wanted + "A" * (32 * n_words - length)


@njit
def stored_bases(strand, position, words):
    simd.store(words, 0, bases_at(strand, position))


@pytest.mark.parametrize("length", [1, 31, 32, 33, 64, 100, 600])
def test_bases_from_every_position(length):
    read = random_text(length)
    forward, _ = strands(read)
    words = np.empty(WORDS_AT_A_TIME, np.uint64)
    for position in range(-32 * MARGIN, length):
        stored_bases(forward, position, words)
        found = "".join(map(text_of, words))
        wanted = read[max(position, 0) :][: len(found) + min(position, 0)]
        assert found[max(-position, 0) :][: len(wanted)] == wanted


@njit
def stored_differences(strand, position, words, first_word, first, end, found):
    simd.store(found, 0, unequal_bases(strand, position, words, first_word, (first, end)))


@given(
    st.text("ACGT", min_size=1, max_size=90), st.text("ACGT", min_size=1, max_size=90), st.data()
)
def test_unequal_bases_of_every_shift(read, other, data):
    reads = packed(["ACGTTGCA", other])
    diagonal = data.draw(st.integers(1 - len(other), len(read) - 1))
    whole = naive_join.overlap_of(len(read), len(other), diagonal)
    first = data.draw(st.integers(whole.start, whole.stop - 1))
    end = data.draw(st.integers(first + 1, whole.stop))
    forward, _ = strands(read)
    found, words = [], np.empty(WORDS_AT_A_TIME, np.uint64)
    for block in range(first // 32, (end - 1) // 32 + 1, WORDS_AT_A_TIME):
        start = 32 * block
        stored_differences(
            forward, start + diagonal, reads.words, 1 + block, first - start, end - start, words
        )
        assert not (words & ~np.uint64(EVERY_BASE)).any()
        ones = np.unpackbits(words.view(np.uint8), bitorder="little")[::2]
        found += (start + np.flatnonzero(ones)).tolist()
    assert found == [i for i in range(first, end) if read[i + diagonal] != other[i]]
