"""Votes of mates for genomes: evidence beside composition and depth."""

import numpy as np
from scipy.sparse import csr_array

from readkin.formats.pieces import Pieces
from readkin.kernels.likelihood.posterior import Votes

MOST_COUNTED = 3  # further pairs of mates with the pieces of a genome add nothing


def votes_of_mates(pieces: Pieces, label: np.ndarray, n: int, per_link: float) -> csr_array:
    """Return log odds in favour of genomes to whose pieces mates link a piece.

    The first pair of mates between two pieces counts for nothing: it is wrong as often as not, as
    reads of chimeric fragments fall onto long pieces.

    Args:
        pieces: the pieces.
        label: int64 (p,), genome of the founders, -1 for other pieces.
        n: number of genomes.
        per_link: log odds for each further pair of mates.

    Returns:
        float64 (p, n).
    """
    piece = np.concatenate([pieces.link_a, pieces.link_b]).astype(np.int64)
    genome = label[np.concatenate([pieces.link_b, pieces.link_a])]
    further = np.maximum(pieces.link_count.astype(np.float64) - 1, 0)
    further = np.concatenate([further, further])
    kept = (genome >= 0) & (further > 0)
    votes = csr_array((further[kept], (piece[kept], genome[kept])), shape=(len(label), n))
    votes.data = per_link * np.minimum(votes.data, MOST_COUNTED)
    return votes


def rows_of(votes: csr_array, first: int, last: int) -> Votes:
    """Return the votes of the pieces from ``first`` to before ``last``."""
    part = votes[first:last]
    part.sort_indices()
    return Votes(
        indptr=part.indptr.astype(np.int64),
        genome=part.indices.astype(np.int64),
        log_odds=part.data.astype(np.float64),
    )
