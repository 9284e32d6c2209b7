"""Packed reads say the same as strings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_join
import naive_kmers
from kernel_join import packed
from kernels.packed_bases import (
    EVERY_BASE,
    packed_reads,
    place_of,
    reverse_complement_word,
    spread_out,
    unequal_bases,
    word_at,
)

READ = st.text("ACGTN", max_size=100)


def text_of(word, n=32):
    return "".join("ACGT"[int(word) >> 2 * i & 3] for i in range(n))


def text(reads, read):
    first, length = place_of(reads, read)
    n_words = -(-length // 32)
    letters = "".join(text_of(word) for word in reads.words[first : first + n_words])
    assert set(letters[length:]) <= {"A"}  # zeros behind the last base
    return letters[:length]


def random_text(length, seed=0):
    return "".join(np.random.default_rng([length, seed]).choice(list("ACGT"), length))


def margined(read):
    """Both strands of a read as ``spread_out`` writes them, into memory that is not clean."""
    arrays = np.full((2, len(read) // 32 + 3), 2**64 - 1, np.uint64)
    spread_out(packed([read]), 0, *arrays)
    return arrays


@given(st.lists(READ, max_size=6))
def test_reads_are_moved_to_whole_words(reads):
    moved = packed(reads)
    assert [text(moved, i) for i in range(len(reads))] == [naive_join.known(r) for r in reads]
    assert moved.places[:, 1].tolist() == [len(read) for read in reads]


@pytest.mark.parametrize("length", range(101))
def test_every_length_is_given_back(length):
    reads = packed([random_text(length), random_text(7), random_text(length, 1)], 2**40)
    assert text(reads, 2**40) == random_text(length)
    assert text(reads, 2**40 + 2) == random_text(length, 1)


def test_bytes_for_other_lengths_are_refused():
    with pytest.raises(ValueError, match="3 bytes for reads of 4"):
        packed_reads(np.zeros(3, np.uint8), np.array([4, 9], np.uint32))


@given(st.integers(0, 2**64 - 1))
def test_a_word_is_turned(word):
    turned = naive_kmers.reverse_complement(text_of(word))
    assert text_of(reverse_complement_word(np.uint64(word))) == turned


@pytest.mark.parametrize("length", [*range(101), 10_000])
def test_both_strands_are_spread_out(length):
    read = random_text(length)
    for strand, wanted in zip(
        margined(read), (read, naive_kmers.reverse_complement(read)), strict=True
    ):
        n_words = -(-length // 32)
        letters = "".join(text_of(word) for word in strand[: n_words + 2])
        assert letters == "A" * 32 + wanted + "A" * (32 + 32 * n_words - length)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 64, 100])
def test_words_from_every_position(length):
    read = random_text(length)
    forward, _ = margined(read)
    around = "A" * 32 + read + "A" * 64
    for position in range(-32, length):
        assert text_of(word_at(forward, position)) == around[position + 32 : position + 64]


@given(st.text("ACGT", min_size=1, max_size=90), st.text("ACGT", min_size=1, max_size=90),
       st.data())  # fmt: skip
def test_unequal_bases_of_every_shift(read, other, data):
    reads = packed(["ACGTTGCA", other])
    diagonal = data.draw(st.integers(1 - len(other), len(read) - 1))
    whole = naive_join.overlap_of(len(read), len(other), diagonal)
    first = data.draw(st.integers(whole.start, whole.stop - 1))
    end = data.draw(st.integers(first + 1, whole.stop))
    forward, _ = margined(read)
    found = []
    for block in range(first // 32, (end - 1) // 32 + 1):
        word = int(unequal_bases(forward, 1, reads.words, block, diagonal, (first, end)))
        assert word & ~int(EVERY_BASE) == 0
        found += [32 * block + i for i in range(32) if word >> 2 * i & 1]
    assert found == [i for i in range(first, end) if read[i + diagonal] != other[i]]
