"""Parts of sequences laid one behind the other, and bases read on the other strand."""

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import Sequences

UNKNOWN_BASE = 4


def copied_parts(
    sequences: Sequences, index: np.ndarray, first: np.ndarray, end: np.ndarray
) -> Sequences:
    """Letters ``first:end`` of each sequence named by its number; all int64 (parts,)."""
    offsets = np.concatenate([[0], np.cumsum(end - first)]).astype(np.int64)
    codes = np.empty(offsets[-1], np.uint8)
    _copy(_read_only(sequences.codes), sequences.offsets[index] + first, offsets, codes)
    return Sequences(codes, offsets)


def reverse_complements(sequences: Sequences) -> Sequences:
    """Each sequence (bases 0-3, above unknown) as its other strand reads, in the same order."""
    codes = np.empty_like(sequences.codes)
    _turn(_read_only(sequences.codes), _read_only(sequences.offsets), codes)
    return Sequences(codes, sequences.offsets)


def joined(first: Sequences, second: Sequences) -> Sequences:
    """The sequences of both, one behind the other."""
    offsets = [first.offsets, second.offsets[1:] + first.offsets[-1]]
    return Sequences(np.concatenate([first.codes, second.codes]), np.concatenate(offsets))


def sums_of_letters(sequences: Sequences, values: np.ndarray) -> np.ndarray:
    """Sum of the values (int64, by code) of each sequence's letters, int64 (sequences,)."""
    sums = np.zeros(sequences.offsets.size - 1, np.int64)
    _add_up(_read_only(sequences.codes), _read_only(sequences.offsets), values, sums)
    return sums


def _read_only(array: np.ndarray) -> np.ndarray:
    """The same array as one kind of argument to Numba, whether it may be written to or not."""
    view = array.view()
    view.flags.writeable = False
    return view


@njit(cache=True, nogil=True)
def _copy(codes: np.ndarray, begin: np.ndarray, offsets: np.ndarray, copied: np.ndarray) -> None:
    for part in range(begin.size):
        length = offsets[part + 1] - offsets[part]
        copied[offsets[part] : offsets[part + 1]] = codes[begin[part] : begin[part] + length]


@njit(cache=True, nogil=True)
def _turn(codes: np.ndarray, offsets: np.ndarray, turned: np.ndarray) -> None:
    for number in range(offsets.size - 1):
        last = offsets[number] + offsets[number + 1] - 1
        for place in range(offsets[number], offsets[number + 1]):
            code = codes[last - place]
            turned[place] = 3 - code if code < UNKNOWN_BASE else code


@njit(cache=True, nogil=True)
def _add_up(codes: np.ndarray, offsets: np.ndarray, values: np.ndarray, sums: np.ndarray) -> None:
    for number in range(offsets.size - 1):
        for place in range(offsets[number], offsets[number + 1]):
            sums[number] += values[codes[place]]
