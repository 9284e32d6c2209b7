"""Seeded hashes of the canonical k-mers of a stretch of bases, many at a time.

The bases and their reverse complement are packed with 2 bits each into 64-bit words. The code of
any k-mer then takes two shifts of neighbouring words, and that of its reverse complement two shifts
of the other words. No step depends on the one before, as in a rolling code, so the compiler
vectorises over eight k-mers.

Longer stretches are cut into pieces of PIECE k-mers, so that all buffers stay in the first-level
cache. Indices are unsigned and shifts come from a table, because otherwise the compiler does not
vectorise these loops.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import LONGEST_K, mix64
from readkin.kernels.sequences.sequences import UNKNOWN_BASE

PIECE = 512  # k-mers
BASES_PER_WORD = 32
WORDS = (PIECE + LONGEST_K) // BASES_PER_WORD + 1
ONE = np.uint64(1)


class KmerBuffers(NamedTuple):
    """Working memory for one piece, made by ``kmer_buffers``.

    Attributes:
        bases: uint8, padded to a whole word; ``quads`` is a view of the same memory.
        quads: uint32, four bases each.
        packed: uint8, 2 bits a base; ``words`` is a view of the same memory.
        words, reverse_words: uint64, the packed piece and its reverse complement, and one more.
        forward, reverse: uint64, codes of the k-mers of the piece and of its reverse complement.
        hashes: uint64, of the canonical k-mers.
        shifts: uint64 (32,), number of bits below each base of a word.
    """

    bases: np.ndarray
    quads: np.ndarray
    packed: np.ndarray
    words: np.ndarray
    reverse_words: np.ndarray
    forward: np.ndarray
    reverse: np.ndarray
    hashes: np.ndarray
    shifts: np.ndarray


def kmer_buffers() -> KmerBuffers:
    """Return buffers for one thread."""
    bases = np.zeros(WORDS * BASES_PER_WORD, np.uint8)
    words = np.zeros(WORDS + 1, np.uint64)
    codes = np.zeros((3, WORDS * BASES_PER_WORD), np.uint64)
    return KmerBuffers(
        bases=bases,
        quads=bases.view(np.uint32),
        packed=words.view(np.uint8),
        words=words,
        reverse_words=np.zeros(WORDS + 1, np.uint64),
        forward=codes[0],
        reverse=codes[1],
        hashes=codes[2],
        shifts=2 * np.arange(BASES_PER_WORD, dtype=np.uint64),
    )


@njit(inline="always")
def reverse_complement_word(word: np.uint64) -> np.uint64:
    """Return the reverse complement of the 32 bases of a word."""
    word = ~word
    for bits, mask in (
        (2, 0x3333333333333333),
        (4, 0x0F0F0F0F0F0F0F0F),
        (8, 0x00FF00FF00FF00FF),
        (16, 0x0000FFFF0000FFFF),
    ):
        shift, low = np.uint64(bits), np.uint64(mask)
        word = (word >> shift) & low | (word & low) << shift
    return word >> np.uint64(32) | word << np.uint64(32)


@njit(inline="always")
def are_known(bases: np.ndarray, start: int, end: int) -> bool:
    """Return whether ``bases[start:end]`` are all A, C, G or T."""
    bits = np.uint8(0)
    for i in range(np.uint64(start), np.uint64(end)):
        bits |= bases[i]
    return bool(bits < UNKNOWN_BASE)


@njit(inline="always")
def next_piece(bases: np.ndarray, start: int, end: int, k: int, is_known: bool) -> tuple[int, int]:
    """Return the first base and the length of the next piece of known bases.

    The length is 0 if no piece of at least k bases is left. The piece after this one begins
    ``length - k + 1`` bases later.

    Args:
        bases: uint8, of all reads.
        start, end: the part of ``bases`` to search.
        k: k-mer length.
        is_known: whether this part has no unknown base, see ``are_known``.
    """
    longest = PIECE + k - 1
    if is_known:
        length = min(end - start, longest)
        return start, length if length >= k else 0
    run = 0
    for i in range(start, end):
        if bases[i] >= UNKNOWN_BASE:
            if run >= k:
                break
            run = 0
        else:
            if run == 0:
                start = i
            run += 1
            if run == longest:
                break
    return start, run if run >= k else 0


@njit(inline="always")
def pack_bases(buffers: KmerBuffers, length: np.uint64) -> np.uint64:
    """Pack the first ``length`` of ``bases`` into ``words``, unknown ones as A.

    Returns:
        Number of words.
    """
    n_words = (length + np.uint64(BASES_PER_WORD - 1)) >> np.uint64(5)
    for i in range(length, n_words << np.uint64(5)):
        buffers.bases[i] = 0
    for i in range(n_words << np.uint64(3)):
        quad = buffers.quads[i] & np.uint32(0x03030303)
        quad = quad | quad >> np.uint32(6) | quad >> np.uint32(12) | quad >> np.uint32(18)
        buffers.packed[i] = np.uint8(quad & np.uint32(0xFF))
    return n_words


@njit(inline="always")
def pack_piece(bases: np.ndarray, start: int, length: int, buffers: KmerBuffers) -> None:
    """Pack ``bases[start:start + length]``, all known, into ``words`` and ``reverse_words``."""
    first, end = np.uint64(start), np.uint64(length)
    for i in range(end):
        buffers.bases[i] = bases[first + i]
    n_words = pack_bases(buffers, end)
    # The reverse complement of whole words begins with that of the padding, which is shifted out.
    surplus = (n_words << np.uint64(6)) - (end << ONE)
    following = np.uint64(0)
    for word in range(n_words):
        complement = reverse_complement_word(buffers.words[word])
        shifted = complement >> surplus | (following << ONE) << (np.uint64(63) - surplus)
        buffers.reverse_words[n_words - ONE - word] = shifted
        following = complement


@njit(inline="always")
def _codes_of(
    words: np.ndarray, n_words: np.uint64, k: int, shifts: np.ndarray, codes: np.ndarray
) -> None:
    """Fill ``codes`` with the codes of all k-mers of packed words, the first base lowest."""
    mask = (ONE << np.uint64(2 * k)) - ONE
    for word in range(n_words):
        low, high = words[word], words[word + ONE] << ONE
        first = word << np.uint64(5)
        for i in range(np.uint64(shifts.size)):
            shift = shifts[i]
            codes[first + i] = (low >> shift | high << (shift ^ np.uint64(63))) & mask


@njit(inline="always")
def hash_kmers(buffers: KmerBuffers, length: int, k: int, mask: np.uint64) -> None:
    """Fill ``hashes``, ``forward`` and ``reverse`` for the packed piece of ``length >= k`` bases.

    In ``forward`` and ``reverse`` the first base is lowest. With the first base highest, the code
    of k-mer ``i`` is the complement of ``reverse[n - 1 - i]``, and that of its reverse complement
    the complement of ``forward[i]``. The smaller of these two, the canonical code, is the
    complement of the larger one here.
    """
    n_words = (np.uint64(length) + np.uint64(BASES_PER_WORD - 1)) >> np.uint64(5)
    n_kmers = np.uint64(length - k + 1)
    _codes_of(buffers.words, n_words, k, buffers.shifts, buffers.forward)
    _codes_of(buffers.reverse_words, n_words, k, buffers.shifts, buffers.reverse)
    flipped = ((ONE << np.uint64(2 * k)) - ONE) ^ mask
    for i in range(n_kmers):
        forward, reverse = buffers.forward[i], buffers.reverse[n_kmers - ONE - i]
        larger = forward if forward > reverse else reverse
        buffers.hashes[i] = mix64(larger ^ flipped)
