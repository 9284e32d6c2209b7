"""Sequences as concatenated residue codes with offsets; segments, strands and sums of them.

Base codes are A 0, C 1, G 2, T 3; an unknown base is 4 or higher. The complement of a known base
is 3 less its code; an unknown base is its own complement.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

UNKNOWN_BASE = 4  # code of every base other than A, C, G and T


class Sequences(NamedTuple):
    """Sequences of residues, one after the other.

    Attributes:
        codes: uint8 (residues,), residue codes.
        offsets: int64 (sequences + 1,); sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
    """

    codes: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, sequences: Iterable[Any]) -> "Sequences":
        """Concatenate sequences, each given as an array or list of residue codes.

        >>> Sequences.of([[0, 1, 2], [3, 3]])
        Sequences(codes=array([0, 1, 2, 3, 3], dtype=uint8), offsets=array([0, 3, 5]))
        """
        arrays = [np.asarray(codes, np.uint8) for codes in sequences]
        offsets = np.cumsum([0, *(array.size for array in arrays)], dtype=np.int64)
        return cls(np.concatenate([*arrays, np.empty(0, np.uint8)]), offsets)

    @property
    def lengths(self) -> np.ndarray:
        """Number of residues of each sequence, int64 (sequences,)."""
        return np.diff(self.offsets)

    def segments(self, index: np.ndarray, first: np.ndarray, end: np.ndarray) -> "Sequences":
        """Copy segments of these sequences into new sequences.

        Args:
            index: int64 (segments,), the sequence of each segment.
            first, end: int64 (segments,), its first residue and the end, 0-based and half-open.

        Returns:
            One sequence per segment, in the order of the arguments.
        """
        offsets = segment_offsets(first, end)
        codes = np.empty(offsets[-1], np.uint8)
        _copy(read_only(self.codes), self.offsets[index] + first, offsets, codes)
        return Sequences(codes, offsets)


def segment_offsets(first: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the offsets of segments one after the other, int64 (segments + 1,)."""
    return np.concatenate([[0], np.cumsum(end - first)]).astype(np.int64)


def lengths_of(sequences: Sequences, index: np.ndarray) -> np.ndarray:
    """Return the lengths of the sequences with these indices, int64, in residues."""
    return sequences.offsets[index + 1] - sequences.offsets[index]


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a contiguous read-only view, so that Numba compiles kernels for one type of array."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def reverse_complements(sequences: Sequences) -> Sequences:
    """Return the reverse complement of each DNA sequence, in the same order.

    >>> reverse_complements(Sequences.of([[0, 1, 1, 4], [3, 2]])).codes
    array([4, 2, 2, 3, 1, 0], dtype=uint8)
    """
    codes = np.empty_like(sequences.codes)
    _reverse_complement(read_only(sequences.codes), read_only(sequences.offsets), codes)
    return Sequences(codes, sequences.offsets)


def concatenated(first: Sequences, second: Sequences) -> Sequences:
    """Return the sequences of ``first``, followed by those of ``second``."""
    offsets = [first.offsets, second.offsets[1:] + first.offsets[-1]]
    return Sequences(np.concatenate([first.codes, second.codes]), np.concatenate(offsets))


def residue_sums(sequences: Sequences, values: np.ndarray) -> np.ndarray:
    """Add up a value for each residue of each sequence.

    Args:
        sequences: the sequences.
        values: int64 (codes,), the value of each residue code.

    Returns:
        int64 (sequences,).
    """
    sums = np.zeros(sequences.offsets.size - 1, np.int64)
    _add_up(read_only(sequences.codes), read_only(sequences.offsets), values, sums)
    return sums


@njit(cache=True, nogil=True)
def _copy(codes: np.ndarray, begin: np.ndarray, offsets: np.ndarray, copied: np.ndarray) -> None:
    for segment in range(begin.size):
        length = offsets[segment + 1] - offsets[segment]
        source = codes[begin[segment] : begin[segment] + length]
        copied[offsets[segment] : offsets[segment + 1]] = source


@njit(cache=True, nogil=True)
def _reverse_complement(codes: np.ndarray, offsets: np.ndarray, target: np.ndarray) -> None:
    for number in range(offsets.size - 1):
        last = offsets[number] + offsets[number + 1] - 1
        for position in range(offsets[number], offsets[number + 1]):
            code = codes[last - position]
            target[position] = 3 - code if code < UNKNOWN_BASE else code


@njit(cache=True, nogil=True)
def _add_up(codes: np.ndarray, offsets: np.ndarray, values: np.ndarray, sums: np.ndarray) -> None:
    for number in range(offsets.size - 1):
        for position in range(offsets[number], offsets[number + 1]):
            sums[number] += values[codes[position]]
