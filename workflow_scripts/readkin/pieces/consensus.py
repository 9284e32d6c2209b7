"""From a layout to pieces: span, depth and consensus of each one, on all ranks."""

import numpy as np

from readkin.formats.pieces import Layout, Pieces
from readkin.kernels.layout.consensus import Members, Placements, consensus, measure
from readkin.kernels.radix_sort import partition
from readkin.parallel.mpi import Ranks, weighted_split
from readkin.pieces.residue_reads import ResidueReads


def compile_kernels() -> None:
    """Compile the kernels of this module, or load them from the cache."""
    nothing = np.empty(0, np.uint8)
    bounds = np.zeros(1, np.int64)
    placements = Placements(nothing, bounds, np.empty(0, np.int32), np.empty(0, bool))
    members = Members(*partition(np.empty(0, np.uint32), 0))
    consensus(placements, members, measure(placements, members)[0])


def pieces_of(layout: Layout, reads: ResidueReads, fingerprint: str, ranks: Ranks) -> Pieces | None:
    """Add span, depth and consensus to a layout; all ranks must call it.

    Args:
        layout: reads in pieces, the same on all ranks.
        reads: all reads.
        fingerprint: hash of settings, input and code.
        ranks: all ranks.

    Returns:
        The pieces on the root, None elsewhere.
    """
    placements = Placements(
        residues=reads.residues,
        offsets=reads.offsets,
        position=layout.position,
        is_forward=layout.is_forward,
    )
    members = Members(*partition(layout.piece, layout.is_shared_piece.size))
    span, bases = measure(placements, members)
    parts = weighted_split(span + bases.astype(np.int64), ranks.size)
    mine = slice(parts[ranks.rank], parts[ranks.rank + 1])
    bounds = members.bounds[mine.start : mine.stop + 1]
    own = consensus(placements, members._replace(bounds=bounds), span[mine])
    of_all = ranks.concatenated(own)
    if of_all is None:
        return None
    return Pieces(
        **vars(layout),
        span=span,
        bases=bases,
        consensus=of_all,
        fingerprint=fingerprint,
        reads_fingerprint=reads.fingerprint,
    )
