"""Copies: reads with the bases of an earlier read, their original, on either strand.

A copy is no independent evidence, so only its original takes part in joins. It is placed exactly
where the original is, and brings in its own mate.
"""

from typing import NamedTuple

import numpy as np

from readkin.kernels.layout.copies import differs_from_original
from readkin.pieces.residue_reads import ResidueReads


class Originals(NamedTuple):
    """Originals of all n reads.

    Attributes:
        read: int64 (n,), original of each read; of a read that is no copy the read itself.
        is_reverse: bool (n,), whether the read is the reverse complement of its original.
    """

    read: np.ndarray
    is_reverse: np.ndarray


class Fragments(NamedTuple):
    """Pairs of mates; int64 (fragments,): the first and the second read."""

    first: np.ndarray
    second: np.ndarray


def originals_of(reads: ResidueReads, copy_of: np.ndarray) -> Originals:
    """Return the original of each read, and the strand of the copies."""
    read = np.where(copy_of >= 0, copy_of, np.arange(len(copy_of)))
    is_reverse = np.zeros(len(copy_of), bool)
    copies = np.flatnonzero(copy_of >= 0)
    originals = copy_of[copies]
    is_reverse[copies] = differs_from_original(reads.residues, reads.offsets, copies, originals)
    return Originals(read, is_reverse)


def fragments_of(step_to_mate: np.ndarray) -> Fragments:
    """Return all pairs of mates; ``step_to_mate`` is that of ``ResidueReads``."""
    first = np.flatnonzero(step_to_mate == 1)
    return Fragments(first, first + 1)
