"""Phasing: which pieces of a cluster belong to one strain, by conflicts and mates."""

import numpy as np
from scipy.sparse import csr_array

from readkin.formats.pieces import Pieces

ITERATIONS = 30
DAMPING = 0.5
LEAST_READS = (
    3  # of a piece in conflict; one or two reads of many errors contradict their own strain
)
LEAST_PER_READ = 4  # alignments that show different sequence, for each read of the smaller piece
LEAST_LINKS = 5
LINK = 1.0  # log odds of the same strain
STRAY, STRAY_VARIANCE = 0.02, 2.0  # share of pieces that fit no strain, and their variance
MOST_CERTAIN = 10.0  # log odds of a piece by itself; conflicts may outweigh it


def phased(pieces: Pieces, members: np.ndarray, own: np.ndarray, conflict: float) -> np.ndarray:
    """Return the probability of each strain for the pieces of a cluster.

    Two pieces side by side whose sequences differ belong to different strains: so do 95 % of those
    with as many contradicting alignments as ``LEAST_PER_READ``, and no more than half of the
    others, which meet at a repeat. Two that mates link belong to the same strain, more or less: the
    mates of reads from sequence that strains share link both. The probabilities are those of a mean
    field, by damped iteration.

    Args:
        pieces: the pieces.
        members: int64 (m,), ascending, pieces of the cluster.
        own: float64 (m, strains), log probability of each strain for each piece by itself.
        conflict: log odds of different strains for two pieces in conflict.

    Returns:
        float64 (m, strains).
    """
    field = np.maximum(own - own.max(axis=1, keepdims=True), -MOST_CERTAIN)
    coupling = _coupling(pieces, members, conflict)
    probability = _softmax(field)
    for _ in range(ITERATIONS):
        new = _softmax(field + coupling @ probability)
        probability = DAMPING * probability + (1 - DAMPING) * new
    return probability


def strain_means(
    x: np.ndarray, noise: np.ndarray, weight: np.ndarray, probability: np.ndarray
) -> np.ndarray:
    """Return the mean log abundances of strains, float64 (strains, dims).

    Args:
        x, noise: float64 (m, dims), log abundances of pieces and their variances.
        weight: (m,), weight of each piece.
        probability: float64 (m, strains).
    """
    weights = (weight[:, None] * probability + 1e-12)[:, :, None] / noise[:, None, :]
    return (weights * x[:, None, :]).sum(axis=0) / weights.sum(axis=0)


def strain_log_densities(x: np.ndarray, noise: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the log density of pieces under each strain, of which some stray, (m, strains)."""
    stray = np.log(STRAY) - 0.5 * np.log(2 * np.pi * STRAY_VARIANCE) * x.shape[1]
    square = (x[:, None, :] - means) ** 2 / noise[:, None, :]
    normalisation = np.log(2 * np.pi * noise).sum(axis=1)[:, None]
    return np.logaddexp(-0.5 * (square.sum(axis=2) + normalisation), stray)


def _coupling(pieces: Pieces, members: np.ndarray, conflict: float) -> csr_array:
    """Return log odds for the same strain for pairs of pieces, symmetric."""
    reads = np.minimum(pieces.n_reads[pieces.contact_a], pieces.n_reads[pieces.contact_b])
    in_conflict = (reads >= LEAST_READS) & (pieces.contact_against >= LEAST_PER_READ * reads)
    linked = pieces.link_count >= LEAST_LINKS
    a = np.concatenate([pieces.contact_a[in_conflict], pieces.link_a[linked]])
    b = np.concatenate([pieces.contact_b[in_conflict], pieces.link_b[linked]])
    values = np.repeat([-conflict, LINK], [in_conflict.sum(), linked.sum()])
    place = np.full(len(pieces), -1)
    place[members] = np.arange(len(members))
    kept = (place[a] >= 0) & (place[b] >= 0)
    shape = (len(members), len(members))
    upper = csr_array((values[kept], (place[a][kept], place[b][kept])), shape=shape)
    return csr_array(upper + upper.T)


def _softmax(field: np.ndarray) -> np.ndarray:
    weight = np.exp(field - field.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)
