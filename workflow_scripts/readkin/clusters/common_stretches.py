"""Stretches that strains have in common: the reads of all of them lie in one piece.

Their sequence does not separate such reads. The stretch has the depth of two strains instead of
one, and the share of each strain in the sample of a read decides.
"""

from typing import NamedTuple

import numpy as np

from readkin.clusters.assignments import Genomes
from readkin.formats.pieces import Pieces

WINDOW_BP = 500
COMMON = 0.1  # share of windows before their depth is seen
SHOWS_BP = 2000  # shorter pieces do not show the depth of a strain
ROUNDS = 4  # in which the depths of strains are learned without common windows
CERTAINTY = 0.7  # factor of log likelihoods: reads are less even than by chance alone


class StrainsOfReads(NamedTuple):
    """Strains of n reads.

    Attributes:
        strain: int64 (n,), most probable strain in the cluster, from 1; 0: none found.
        confidence: float64 (n,), its probability within the cluster; 0 for none.
    """

    strain: np.ndarray
    confidence: np.ndarray


class _Windows(NamedTuple):
    """Windows of the pieces of a cluster.

    Attributes:
        strain: int64 (w,), strain of the piece, from 0.
        length: float64 (w,), bp.
        shows: bool (w,), whether the piece is long enough to show the depth of a strain.
        reads: float64 (w, samples), reads that begin in each window.
    """

    strain: np.ndarray
    length: np.ndarray
    shows: np.ndarray
    reads: np.ndarray


def strains_of_reads(
    pieces: Pieces, genomes: Genomes, sample: np.ndarray, n_samples: int
) -> StrainsOfReads:
    """Return the strains of reads: that of the piece, but for stretches that strains share.

    Args:
        pieces: p pieces of n reads.
        genomes: clusters and strains of the pieces.
        sample: int64 (n,), sample of each read, from 0.
        n_samples: number of samples.
    """
    strain = genomes.strain[pieces.piece].astype(np.int64)
    confidence = genomes.strain_confidence[pieces.piece].astype(np.float64)
    for cluster in np.unique(genomes.cluster[genomes.strain > 0]):
        is_member = (genomes.cluster == cluster) & (genomes.strain > 0)
        reads = np.flatnonzero(is_member[pieces.piece])
        window, windows = _cut(pieces, genomes.strain, is_member, reads, sample[reads], n_samples)
        probability = _of_strains(windows, window, sample[reads])
        strain[reads] = 1 + probability.argmax(axis=1)
        confidence[reads] *= probability.max(axis=1)
    return StrainsOfReads(strain, confidence)


def _cut(
    pieces: Pieces,
    strain: np.ndarray,
    is_member: np.ndarray,
    reads: np.ndarray,
    sample: np.ndarray,
    n_samples: int,
) -> tuple[np.ndarray, _Windows]:
    """Cut the pieces of a cluster into windows; return also the window of each of its reads."""
    span = pieces.span.astype(np.int64)
    count = np.where(is_member, np.maximum(span // WINDOW_BP, 1), 0)
    first = np.cumsum(count) - count
    piece = pieces.piece[reads]
    place = np.maximum(pieces.position[reads], 0) * count[piece] // np.maximum(span[piece], 1)
    window = first[piece] + np.minimum(place, count[piece] - 1)
    total = int(count.sum())
    begun = np.bincount(window * n_samples + sample, minlength=total * n_samples)
    return window, _Windows(
        strain=np.repeat(strain.astype(np.int64) - 1, count),
        length=np.repeat(span / np.maximum(count, 1), count),
        shows=np.repeat(span >= SHOWS_BP, count),
        reads=begun.reshape(total, n_samples).astype(np.float64),
    )


def _of_strains(windows: _Windows, window: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Return the probability of each strain for the reads of a cluster, (reads, strains)."""
    n = int(windows.strain.max()) + 1
    common = np.zeros((len(windows.strain), n))
    for _ in range(ROUNDS):
        rate = _rates(windows, n, common.max(axis=1) < 0.5)
        common = _common(windows, rate)
    own = windows.strain[window]
    of_sample = rate[:, sample].T
    of_own = np.take_along_axis(of_sample, own[:, None], axis=1)
    probability = common[window] * of_sample / (of_sample + of_own)
    np.put_along_axis(probability, own[:, None], 0, axis=1)
    np.put_along_axis(probability, own[:, None], 1 - probability.sum(axis=1)[:, None], axis=1)
    return probability


def _rates(windows: _Windows, n: int, is_alone: np.ndarray) -> np.ndarray:
    """Return reads per bp of each strain in each sample, float64 (n, samples)."""
    rate = np.empty((n, windows.reads.shape[1]))
    for strain in range(n):
        used = (windows.strain == strain) & windows.shows & is_alone
        rate[strain] = (windows.reads[used].sum(axis=0) + 0.5) / (windows.length[used].sum() + 1)
    return rate


def _common(windows: _Windows, rate: np.ndarray) -> np.ndarray:
    """Return the probability that each window is common to its strain and another one.

    Returns:
        float64 (w, strains), 0 for the strain of the window.
    """
    n = len(rate)
    own = rate[windows.strain]
    log_odds = np.zeros((len(own), n))
    for other in range(n):
        both = own + rate[other]
        gain = (windows.reads * np.log(both / own)).sum(axis=1)
        gain -= windows.length * rate[other].sum()
        log_odds[:, other] = CERTAINTY * gain + np.log(COMMON / (1 - COMMON))
    np.put_along_axis(log_odds, windows.strain[:, None], 0, axis=1)
    odds = np.exp(log_odds - log_odds.max(axis=1, keepdims=True))
    common = odds / odds.sum(axis=1, keepdims=True)
    np.put_along_axis(common, windows.strain[:, None], 0, axis=1)
    return common
