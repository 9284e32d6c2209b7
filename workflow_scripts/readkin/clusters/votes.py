"""Votes of mates and alignments for genomes: evidence beside composition and depth."""

import numpy as np
from scipy.sparse import csr_array

from readkin.formats.pieces import Pieces
from readkin.kernels.likelihood.posterior import Votes

MOST_COUNTED = 3  # further links or alignments with a genome add nothing


def votes_for_genomes(
    pieces: Pieces, label: np.ndarray, n: int, per_link: float, per_alignment: float
) -> csr_array:
    """Return log odds in favour of genomes with whose pieces a piece has mates or alignments.

    Args:
        pieces: the pieces.
        label: int64 (p,), genome of the founders, -1 for other pieces.
        n: number of genomes.
        per_link: log odds for each pair of mates.
        per_alignment: log odds for each alignment that does not show different sequence.

    Returns:
        float64 (p, n).
    """
    alike = pieces.contact_alignments.astype(np.int64) - pieces.contact_against
    links = _capped(pieces.link_a, pieces.link_b, pieces.link_count, label, n)
    contacts = _capped(pieces.contact_a, pieces.contact_b, alike, label, n)
    return csr_array(per_link * links + per_alignment * contacts)


def rows_of(votes: csr_array, first: int, last: int) -> Votes:
    """Return the votes of the pieces from ``first`` to before ``last``."""
    part = votes[first:last]
    part.sort_indices()
    return Votes(
        indptr=part.indptr.astype(np.int64),
        genome=part.indices.astype(np.int64),
        log_odds=part.data.astype(np.float64),
    )


def _capped(
    a: np.ndarray, b: np.ndarray, counts: np.ndarray, label: np.ndarray, n: int
) -> csr_array:
    """Sum counts by piece and genome of the other piece; at most ``MOST_COUNTED``."""
    piece = np.concatenate([a, b]).astype(np.int64)
    genome = label[np.concatenate([b, a])]
    both = np.concatenate([counts, counts]).astype(np.float64)
    kept = (genome >= 0) & (both > 0)
    table = csr_array((both[kept], (piece[kept], genome[kept])), shape=(len(label), n))
    table.data = np.minimum(table.data, MOST_COUNTED)
    return table
