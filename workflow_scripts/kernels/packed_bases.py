"""Reads with two bits a base, 32 bases a word, and how many bases two of them have unequal.

Base i of a read lies in bits 2 * (i % 32) of its word i // 32; A 0, C 1, G 2, T 3. An unknown base
counts as A.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types

from kernels.kmer_hashes import reverse_complement_word
from kernels.simd_vectors import vector_function

BASES_PER_WORD = 32
BYTES_PER_WORD = 8
EVERY_BASE = np.uint64(0x5555555555555555)  # lower bit of each


class PackedReads(NamedTuple):
    """Reads from number ``first_read`` on: the i-th of them is ``places[i, 1]`` bases from
    ``words[places[i, 0]]`` on.

    Attributes:
        words: uint64; what lies behind a read's last base is 0.
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
    words = np.zeros(int(n_words.sum()), np.uint64)
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


@vector_function
def count_ones(typing_context: Any, word: Any) -> Any:
    """Bits of a uint64 that are 1, int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> ir.Value:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@njit(inline="always")
def place_of(reads: PackedReads, read: Any) -> tuple[int, int]:
    """First word and length of a read."""
    return reads.places[read - reads.first_read, 0], reads.places[read - reads.first_read, 1]


@njit(cache=True, nogil=True)
def spread_out(reads: PackedReads, read: Any, forward: np.ndarray, reverse: np.ndarray) -> None:
    """Write a read and its reverse complement, each with a word of margin before and behind.

    Args:
        reads: packed.
        read: number of the read.
        forward, reverse: uint64 (words + 2,) at least, filled.
    """
    first, length = place_of(reads, read)
    n_words = (length + BASES_PER_WORD - 1) // BASES_PER_WORD
    forward[0] = reverse[0] = forward[n_words + 1] = reverse[n_words + 1] = 0
    # The reverse complement of whole words begins with that of the filling behind the last base.
    surplus = np.uint64(2 * (n_words * BASES_PER_WORD - length))
    for word in range(n_words):
        forward[word + 1] = reads.words[first + word]
        turned = reverse_complement_word(reads.words[first + n_words - 1 - word])
        reverse[word + 1] = turned >> surplus
        if surplus and word + 1 < n_words:
            following = reverse_complement_word(reads.words[first + n_words - 2 - word])
            reverse[word + 1] |= following << (np.uint64(64) - surplus)


@njit(inline="always")
def word_at(margined: np.ndarray, position: Any) -> np.uint64:
    """32 bases from a position on, of a read as ``spread_out`` writes it; from -32 to its end."""
    place = (position >> 5) + 1
    shift = np.uint64(2 * (position & 31))
    # In two steps, as a shift by 64 bits would have no meaning; branches would cost more.
    following = margined[place + 1] << np.uint64(1) << (np.uint64(63) - shift)
    return margined[place] >> shift | following


@njit(inline="always")
def unequal_bases(
    margined: np.ndarray, first_word: int, words: np.ndarray, block: int,
    diagonal: int, span: tuple[int, int],
) -> np.uint64:  # fmt: skip
    """Which bases of a word differ from those of another read, lower bit of each base.

    Args:
        margined: the other read, as ``spread_out`` writes it.
        first_word, words: of the read.
        block: number of its word.
        diagonal: position in the other read less position in this one.
        span: bases of this read, first and end, that are compared; others count as equal.
    """
    start = block * BASES_PER_WORD
    apart = words[first_word + block] ^ word_at(margined, start + diagonal)
    apart = (apart | apart >> np.uint64(1)) & EVERY_BASE
    before = np.uint64(2 * max(span[0] - start, 0))
    beyond = np.uint64(2 * max(start + BASES_PER_WORD - span[1], 0))
    return apart >> before << (before + beyond) >> beyond
