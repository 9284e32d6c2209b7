"""Reads with two bits a base, 32 bases a word, and how many bases two of them have unequal.

Base i of a read lies in bits 2 * (i % 32) of its word i // 32; A 0, C 1, G 2, T 3. An unknown base
counts as A.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.kmers.hashes import reverse_complement_word
from readkin.kernels.simd import vectors as simd

BASES_PER_WORD = 32
BYTES_PER_WORD = 8
WORDS_AT_A_TIME = simd.lane_count(np.uint64)  # in a vector
MARGIN = 3  # words of which a read's diagonal may be off
EVERY_BASE = 0x5555555555555555  # lower bit of each


class PackedReads(NamedTuple):
    """Reads from number ``first_read`` on: the i-th of them is ``places[i, 1]`` bases from
    ``words[places[i, 0]]`` on.

    Attributes:
        words: uint64; what lies behind a read's last base is 0. Behind the last read there are
            WORDS_AT_A_TIME more, as words are loaded so many at a time.
        places: int64 (n, 2): first word and length in bases, side by side as both are looked up.
        first_read: number of the first read.
    """

    words: np.ndarray
    places: np.ndarray
    first_read: Any


def packed_reads(packed: np.ndarray, length: np.ndarray) -> PackedReads:
    """Reads from the array ``sequence/packed`` of the embeddings, each moved to a whole word.

    Args:
        packed: uint8, ``ceil(length / 4)`` bytes a read.
        length: uint32 (n,), bases.

    Raises:
        ValueError: if ``packed`` is of another size.
    """
    n_bytes = (length.astype(np.int64) + 3) // 4
    if int(n_bytes.sum()) != packed.size:
        raise ValueError(f"{packed.size} bytes for reads of {int(n_bytes.sum())}")
    n_words = (n_bytes + BYTES_PER_WORD - 1) // BYTES_PER_WORD
    places = np.empty((length.size, 2), np.int64)
    places[:, 0] = np.cumsum(n_words) - n_words
    places[:, 1] = length
    words = np.zeros(int(n_words.sum()) + WORDS_AT_A_TIME, np.uint64)
    _move_to_words(packed, n_bytes, places, words.view(np.uint8))
    return PackedReads(words, places, np.int64(0))


@njit(cache=True, nogil=True)
def _move_to_words(
    packed: np.ndarray, n_bytes: np.ndarray, places: np.ndarray, target: np.ndarray
) -> None:
    start = 0
    for read in range(n_bytes.size):
        place = places[read, 0] * BYTES_PER_WORD
        target[place : place + n_bytes[read]] = packed[start : start + n_bytes[read]]
        start += n_bytes[read]


@njit(inline="always")
def place_of(reads: PackedReads, read: Any) -> tuple[int, int]:
    """First word and length of a read."""
    return reads.places[read - reads.first_read, 0], reads.places[read - reads.first_read, 1]


def margined_for(longest: int) -> np.ndarray:
    """Memory for both strands of a read of up to so many bases, see ``spread_out``."""
    n_words = -(-longest // BASES_PER_WORD)
    return np.zeros((2, n_words + 2 * MARGIN + WORDS_AT_A_TIME), np.uint64)


@njit(cache=True, nogil=True)
def spread_out(reads: PackedReads, read: Any, forward: np.ndarray, reverse: np.ndarray) -> None:
    """Write a read and its reverse complement, from word MARGIN on.

    Args:
        reads: packed.
        read: number of the read.
        forward, reverse: as from ``margined_for`` reads of that length, filled; what stands before
            and behind has no meaning.
    """
    first, length = place_of(reads, read)
    n_words = (length + BASES_PER_WORD - 1) // BASES_PER_WORD
    # The reverse complement of whole words begins with that of the filling behind the last base.
    surplus = np.uint64(2 * (n_words * BASES_PER_WORD - length))
    following = np.uint64(0)
    for word in range(n_words):
        forward[MARGIN + word] = reads.words[first + word]
        turned = reverse_complement_word(reads.words[first + word])
        # In two steps, as a shift by 64 bits would have no meaning.
        joined = turned >> surplus | following << np.uint64(1) << (np.uint64(63) - surplus)
        reverse[MARGIN + n_words - 1 - word] = joined
        following = turned


@njit(inline="always")
def bases_at(margined: np.ndarray, position: Any) -> Any:
    """A vector of bases from a position on, of a read as ``spread_out`` writes it.

    Args:
        margined: one strand.
        position: from ``-MARGIN * BASES_PER_WORD`` to the read's end.
    """
    place = (position >> 5) + MARGIN
    shift = 2 * (position & 31)
    following = simd.shift_left(simd.shift_left(simd.load(margined, place + 1), 1), 63 - shift)
    return simd.any_bits(simd.shift_right(simd.load(margined, place), shift), following)


@njit(inline="always")
def unequal_bases(
    margined: np.ndarray, position: Any, words: np.ndarray, place: Any, span: tuple[Any, Any]
) -> Any:
    """Which bases of two reads differ, in a vector: the lower bit of each base.

    Args:
        margined: one strand of a read, as ``spread_out`` writes it.
        position: where in it to begin.
        words: of the other read.
        place: where in them to begin.
        span: bases from there on, first and end, that are compared; others count as equal.
    """
    apart = simd.unequal_bits(bases_at(margined, position), simd.load(words, place))
    apart = simd.any_bits(apart, simd.shift_right(apart, 1))
    valid = simd.ones_between(words, 2 * span[0], 2 * span[1])
    return simd.both_bits(simd.both_bits(apart, simd.splat(words, EVERY_BASE)), valid)
