"""Seeded hashes of the canonical k-mers of a stretch of bases, many at a time.

The bases are packed with 2 bits each into 64-bit words, and their reverse complement too. The code
of any k-mer is then two shifts of neighbouring words, one of its reverse complement two shifts of
the other words: no step waits for the one before, as it would in a rolling code, so the compiler
works on eight k-mers at once.

Longer stretches are cut into pieces of PIECE k-mers, so that all scratch arrays stay in the
first-level cache. Indices are unsigned and shifts come from a table: so written, the compiler makes
vector instructions of these loops, otherwise it does not.
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


class Scratch(NamedTuple):
    """Room for one piece; ``scratch_room`` makes it.

    Attributes:
        bases: uint8, with filling up to a whole word; ``quads`` is the same memory.
        quads: uint32, four bases each.
        packed: uint8, 2 bits a base; ``words`` is the same memory.
        words, turned: uint64, of the piece and of its reverse complement; one more than needed.
        forward, reverse: uint64, codes of the k-mers and of those of the reverse complement.
        hashes: uint64, of the canonical k-mers.
        shifts: uint64 (32,), bits below each base of a word.
    """

    bases: np.ndarray
    quads: np.ndarray
    packed: np.ndarray
    words: np.ndarray
    turned: np.ndarray
    forward: np.ndarray
    reverse: np.ndarray
    hashes: np.ndarray
    shifts: np.ndarray


def scratch_room() -> Scratch:
    """Scratch arrays for one thread."""
    bases = np.zeros(WORDS * BASES_PER_WORD, np.uint8)
    words = np.zeros(WORDS + 1, np.uint64)
    codes = np.zeros((3, WORDS * BASES_PER_WORD), np.uint64)
    return Scratch(
        bases,
        bases.view(np.uint32),
        words.view(np.uint8),
        words,
        np.zeros(WORDS + 1, np.uint64),
        codes[0],
        codes[1],
        codes[2],
        2 * np.arange(BASES_PER_WORD, dtype=np.uint64),
    )


@njit(inline="always")
def reverse_complement_word(word: np.uint64) -> np.uint64:
    """The 32 bases of a word in opposite order, each replaced by its partner."""
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
    """Whether ``bases[start:end]`` are all A, C, G or T."""
    bits = np.uint8(0)
    for i in range(np.uint64(start), np.uint64(end)):
        bits |= bases[i]
    return bool(bits < UNKNOWN_BASE)


@njit(inline="always")
def next_piece(bases: np.ndarray, start: int, end: int, k: int, is_known: bool) -> tuple[int, int]:
    """The next piece of known bases in ``bases[start:end]``: its first base and its length.

    The length is 0 when there is none of at least k bases. The piece after this one begins
    ``length - k + 1`` bases later.

    Args:
        is_known: that there is no unknown base, see ``are_known``.
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
def pack_bases(room: Scratch, length: np.uint64) -> np.uint64:
    """Fill ``words`` with the first ``length`` of ``bases`` (unknown ones as A); how many words."""
    n_words = (length + np.uint64(BASES_PER_WORD - 1)) >> np.uint64(5)
    for i in range(length, n_words << np.uint64(5)):
        room.bases[i] = 0
    for i in range(n_words << np.uint64(3)):
        quad = room.quads[i] & np.uint32(0x03030303)
        quad = quad | quad >> np.uint32(6) | quad >> np.uint32(12) | quad >> np.uint32(18)
        room.packed[i] = np.uint8(quad & np.uint32(0xFF))
    return n_words


@njit(inline="always")
def pack_piece(bases: np.ndarray, start: int, length: int, room: Scratch) -> None:
    """Fill ``words`` with ``bases[start:start + length]``, all known, and ``turned``."""
    first, end = np.uint64(start), np.uint64(length)
    for i in range(end):
        room.bases[i] = bases[first + i]
    n_words = pack_bases(room, end)
    # The reverse complement of whole words begins with that of the filling behind the last base.
    surplus = (n_words << np.uint64(6)) - (end << ONE)
    following = np.uint64(0)
    for word in range(n_words):
        complement = reverse_complement_word(room.words[word])
        turned = complement >> surplus | (following << ONE) << (np.uint64(63) - surplus)
        room.turned[n_words - ONE - word] = turned
        following = complement


@njit(inline="always")
def _codes_of(
    words: np.ndarray, n_words: np.uint64, k: int, shifts: np.ndarray, codes: np.ndarray
) -> None:
    """All k-mers of packed words, the first base lowest."""
    mask = (ONE << np.uint64(2 * k)) - ONE
    for word in range(n_words):
        low, high = words[word], words[word + ONE] << ONE
        first = word << np.uint64(5)
        for place in range(np.uint64(shifts.size)):
            shift = shifts[place]
            codes[first + place] = (low >> shift | high << (shift ^ np.uint64(63))) & mask


@njit(inline="always")
def hash_kmers(room: Scratch, length: int, k: int, mask: np.uint64) -> None:
    """Fill ``hashes`` with those of the k-mers of the packed piece of ``length >= k`` bases.

    ``forward`` and ``reverse`` keep the codes: the k-mer at ``i`` reads backward as
    ``forward[i]`` does, so its own code is the complement of ``reverse[n - 1 - i]``, and the
    smaller of both codes is the complement of the larger one here.
    """
    n_words = (np.uint64(length) + np.uint64(BASES_PER_WORD - 1)) >> np.uint64(5)
    n_kmers = np.uint64(length - k + 1)
    _codes_of(room.words, n_words, k, room.shifts, room.forward)
    _codes_of(room.turned, n_words, k, room.shifts, room.reverse)
    flipped = ((ONE << np.uint64(2 * k)) - ONE) ^ mask
    for i in range(n_kmers):
        forward, reverse = room.forward[i], room.reverse[n_kmers - ONE - i]
        larger = forward if forward > reverse else reverse
        room.hashes[i] = mix64(larger ^ flipped)
