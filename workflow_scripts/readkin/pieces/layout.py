"""Pieces of reads: from alignments, qualities and mates to reads laid out on common axes."""

from dataclasses import dataclass

import numpy as np

from readkin.formats.reads import Reads
from readkin.parallel.mpi import Ranks
from readkin.pieces.inputs import Overlaps
from readkin.pieces.rules import PieceRules


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """n reads in p pieces, numbered by falling number of reads, ties by their smallest read_index.

    Attributes:
        piece: uint32 (n,), piece of each read; a lone read is a piece of its own.
        position: int32 (n,), first base of the read on the axis of its piece, from 0; -1 for a
            read of shared sequence that is in a piece because its mate is.
        is_forward: bool (n,), whether the read runs along the axis.
        is_shared: bool (n,), whether the read lies in sequence that several places have in common
            and was not placed by its mate.
        is_shared_piece: bool (p,), whether the piece is shared sequence.
        contact_a, contact_b: uint32 (c,), pairs of pieces, a < b, with alignments between their
            reads, sorted.
        contact_alignments: uint32 (c,), number of these alignments.
        contact_against: uint32 (c,), those in which the reads differ.
        contact_unclear: uint32 (c,), those that are ambiguous.
        link_a, link_b: uint32 (l,), pairs of pieces, a < b, that mates connect, sorted.
        link_count: uint32 (l,), links that agree on the placement; the best bundle of each pair.
        link_is_flipped: bool (l,), whether the axis of b runs against that of a.
        link_shift: int64 (l,), bp: position p of b is ``shift + p`` on the axis of a, or
            ``shift - p`` if flipped.
        fragment_length, fragment_spread: median and 1.48 median deviations of fragments, in bp.
    """

    piece: np.ndarray
    position: np.ndarray
    is_forward: np.ndarray
    is_shared: np.ndarray
    is_shared_piece: np.ndarray
    contact_a: np.ndarray
    contact_b: np.ndarray
    contact_alignments: np.ndarray
    contact_against: np.ndarray
    contact_unclear: np.ndarray
    link_a: np.ndarray
    link_b: np.ndarray
    link_count: np.ndarray
    link_is_flipped: np.ndarray
    link_shift: np.ndarray
    fragment_length: float
    fragment_spread: float


def find_pieces(
    reads: Reads, alignments: Overlaps, copy_of: np.ndarray, rules: PieceRules, ranks: Ranks
) -> Layout:
    """Join reads into pieces; all ranks must call it, with the same arguments.

    Args:
        reads: all n reads, with qualities.
        alignments: of all reads.
        copy_of: int64 (n,), the earlier read with equal bases, -1 for all other reads.
        rules: thresholds.
        ranks: all ranks.

    Returns:
        The same on all ranks.
    """
    raise NotImplementedError
