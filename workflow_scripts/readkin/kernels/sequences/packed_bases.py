"""Reads packed into 2 bits a base, 32 bases a word, and comparison of their bases.

Base i of a read is in bits 2 * (i % 32) of its word i // 32; A 0, C 1, G 2, T 3. An unknown base
is packed as A.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.kmers.hashes import reverse_complement_word
from readkin.kernels.simd import vectors as simd

BASES_PER_WORD = 32
BYTES_PER_WORD = 8
WORDS_AT_A_TIME = simd.lane_count(np.uint64)  # words of a vector
MARGIN = 3  # words of padding before a read: the largest shift of a diagonal
EVERY_BASE = 0x5555555555555555  # the lower bit of each base


class PackedReads(NamedTuple):
    """n packed reads with consecutive numbers.

    Attributes:
        words: uint64, packed bases. The bits after the last base of a read are 0. The last read is
            followed by WORDS_AT_A_TIME words of padding, as whole vectors are loaded.
        first_word_and_length: int64 (n, 2), index of the read's first word, and its length in
            bases. They are adjacent in memory because both are looked up together.
        first_read: number of the first read.
    """

    words: np.ndarray
    first_word_and_length: np.ndarray
    first_read: Any

    @property
    def lengths(self) -> np.ndarray:
        """Return the lengths of all reads, int64 (n,), bases."""
        return self.first_word_and_length[:, 1]


def packed_reads(packed: np.ndarray, length: np.ndarray) -> PackedReads:
    """Return reads from the dataset ``sequence/packed`` of the embeddings.

    Each read is moved to the beginning of a word.

    Args:
        packed: uint8, ``ceil(length / 4)`` bytes a read, as from ``pack_sequences``.
        length: uint32 (n,), bases.

    Raises:
        ValueError: if ``packed`` has another size.
    """
    first_byte, first_word, n_words = bounds_of_reads(length)
    if first_byte[-1] != packed.size:
        raise ValueError(f"{packed.size} bytes for reads of {first_byte[-1]}")
    words = np.zeros(n_words, np.uint64)
    move_to_words(packed, np.diff(first_byte), first_word, words.view(np.uint8))
    first_word_and_length = np.stack([first_word, length.astype(np.int64)], axis=1)
    return PackedReads(words, first_word_and_length, np.int64(0))


def bounds_of_reads(length: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return where reads begin in ``sequence/packed`` and in the words of ``PackedReads``.

    Args:
        length: uint32 (n,), bases.

    Returns:
        int64 (n + 1,), bounds of the reads in the bytes; int64 (n,), first word of each read; and
        the number of words, padding included.
    """
    n_bytes = (length.astype(np.int64) + 3) // 4
    n_words = (n_bytes + BYTES_PER_WORD - 1) // BYTES_PER_WORD
    end_word = np.cumsum(n_words)
    total = int(end_word[-1]) if length.size else 0
    return np.append(0, np.cumsum(n_bytes)), end_word - n_words, total + WORDS_AT_A_TIME


@njit(cache=True, nogil=True)
def move_to_words(
    packed: np.ndarray, n_bytes: np.ndarray, first_word: np.ndarray, target: np.ndarray
) -> None:
    """Move consecutive reads to their words.

    Args:
        packed: uint8, bytes of these reads.
        n_bytes: int64 (n,), bytes of each read.
        first_word: int64 (n,), its first word.
        target: uint8, all words, which are 0.
    """
    start = 0
    for read in range(n_bytes.size):
        first = first_word[read] * BYTES_PER_WORD
        target[first : first + n_bytes[read]] = packed[start : start + n_bytes[read]]
        start += n_bytes[read]


@njit(inline="always")
def first_word_and_length_of(reads: PackedReads, read: Any) -> tuple[int, int]:
    """Return the index of the first word of a read, and its length in bases."""
    row = read - reads.first_read
    return reads.first_word_and_length[row, 0], reads.first_word_and_length[row, 1]


def strand_buffers(longest: int) -> np.ndarray:
    """Allocate memory for both strands of a read of up to ``longest`` bases.

    Returns:
        uint64 (2, words), to be filled by ``write_strands``.
    """
    n_words = -(-longest // BASES_PER_WORD)
    return np.zeros((2, n_words + 2 * MARGIN + WORDS_AT_A_TIME), np.uint64)


@njit(cache=True, nogil=True)
def write_strands(reads: PackedReads, read: Any, forward: np.ndarray, reverse: np.ndarray) -> None:
    """Write a read and its reverse complement into buffers, beginning at word MARGIN.

    Args:
        reads: packed reads.
        read: number of the read.
        forward, reverse: uint64, filled; from ``strand_buffers`` for at least this length. Words
            before and after the read are undefined.
    """
    first, length = first_word_and_length_of(reads, read)
    n_words = (length + BASES_PER_WORD - 1) // BASES_PER_WORD
    # The reverse complement of whole words begins with that of the padding after the last base.
    surplus = np.uint64(2 * (n_words * BASES_PER_WORD - length))
    following = np.uint64(0)
    for word in range(n_words):
        forward[MARGIN + word] = reads.words[first + word]
        complement = reverse_complement_word(reads.words[first + word])
        # In two steps, as a shift by 64 bits is undefined.
        carried = following << np.uint64(1) << (np.uint64(63) - surplus)
        reverse[MARGIN + n_words - 1 - word] = complement >> surplus | carried
        following = complement


@njit(inline="always")
def bases_at(strand: np.ndarray, position: Any) -> Any:
    """Return the vector of packed bases of a strand that begins at a position.

    Args:
        strand: one strand of a read, as ``write_strands`` writes it.
        position: from ``-MARGIN * BASES_PER_WORD`` to the length of the read.
    """
    word = (position >> 5) + MARGIN
    shift = 2 * (position & 31)
    following = simd.shift_left(simd.shift_left(simd.load(strand, word + 1), 1), 63 - shift)
    return simd.any_bits(simd.shift_right(simd.load(strand, word), shift), following)


@njit(inline="always")
def unequal_bases(
    strand: np.ndarray, position: Any, words: np.ndarray, first_word: Any, span: tuple[Any, Any]
) -> Any:
    """Return a vector in which the lower bit of each base is 1 where two reads differ.

    Args:
        strand: one strand of a read, as ``write_strands`` writes it.
        position: first position of the strand that is compared.
        words: packed bases of the other read.
        first_word: index of the first word that is compared.
        span: first and end of the compared bases, counted from the begin of ``first_word``; bases
            outside count as equal.
    """
    differing = simd.unequal_bits(bases_at(strand, position), simd.load(words, first_word))
    differing = simd.any_bits(differing, simd.shift_right(differing, 1))
    valid = simd.ones_between(words, 2 * span[0], 2 * span[1])
    return simd.both_bits(simd.both_bits(differing, simd.splat(words, EVERY_BASE)), valid)
