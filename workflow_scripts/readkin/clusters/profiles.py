"""Profiles of pieces: composition of their consensus, depth, and shares of the samples."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from readkin.formats.pieces import Pieces
from readkin.kernels.composition.counts import known_bases, tetranucleotide_counts

END_EFFECT = 1.13  # read lengths by which a piece is longer than the sequence its depth is that of
LEAST_COVERED = 0.25  # of a piece
STEADY_BP, MOST_STEADY = 50, 30  # depths vary as if there were a fragment for each 50 bp, up to 30
LONE_VARIANCE = 4.0  # of log depths of pieces shorter than two reads: they show none
PSEUDO_COUNT = 0.5  # fragments added to each sample
LEAST_VARIANCE = 0.05  # of depths and shares over genomes
MANY_PIECES, MUCH_BP = 10, 200_000  # of genomes that show how depth varies within a genome
OVERDISPERSION_LIMITS = (0.005, 0.25)
MAD_SCALE = 1.4826  # standard deviation of a Gaussian / its median absolute deviation


@dataclass(frozen=True, eq=False, kw_only=True)
class PieceProfiles:
    """What distinguishes the genomes of p pieces, beside composition.

    Attributes:
        pieces: the pieces.
        length: int64 (p,), known bases of the consensus, bp.
        fragments: float32 (p, samples), fragments of each sample; mates count half each.
    """

    pieces: Pieces
    length: np.ndarray
    fragments: np.ndarray

    @cached_property
    def read_length(self) -> np.ndarray:
        """Mean length of the reads that are laid out, float64 (p,), bp."""
        laid_out = self.pieces.position >= 0
        reads = np.bincount(self.pieces.piece[laid_out], minlength=len(self.pieces))
        return self.pieces.bases / np.maximum(reads, 1)

    @cached_property
    def log_depth(self) -> np.ndarray:
        """Logarithm of the depth of known bases, corrected for ends, float64 (p,).

        Reads lie within their piece, so fewer of them cover its ends.
        """
        covered = self.length - END_EFFECT * self.read_length
        covered = np.maximum(covered, LEAST_COVERED * self.length)
        return np.log(np.maximum(self.pieces.bases, 1) / np.maximum(covered, 1))

    def words(self, chosen: np.ndarray) -> np.ndarray:
        """Return the tetranucleotide counts of the chosen pieces, int32 (chosen, 136)."""
        offsets = self.pieces.consensus_offsets
        return tetranucleotide_counts(
            self.pieces.consensus, offsets[:-1][chosen], offsets[1:][chosen]
        )


def piece_profiles(pieces: Pieces, sample_of_read: np.ndarray, n_samples: int) -> PieceProfiles:
    """Count known bases, and fragments of each sample.

    Args:
        pieces: the pieces.
        sample_of_read: int64 (n,), sample of each read, from 0.
        n_samples: number of samples.
    """
    laid_out = pieces.position >= 0
    slot = pieces.piece[laid_out].astype(np.int64) * n_samples + sample_of_read[laid_out]
    counts = np.bincount(slot, minlength=len(pieces) * n_samples)
    per_read = 0.5 if pieces.fragment_length > 0 else 1.0
    return PieceProfiles(
        pieces=pieces,
        length=known_bases(pieces.consensus, pieces.consensus_offsets),
        fragments=(per_read * counts.reshape(len(pieces), n_samples)).astype(np.float32),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Chunks:
    """Stretches of about equal length of the pieces that found genomes.

    Attributes:
        founders: int64 (f,), these pieces, ascending.
        owner: int64 (m,), the chunk's piece, as an index into ``founders``.
        words: int32 (m, 136), tetranucleotide counts.
        length: float64 (m,), their sum.
    """

    founders: np.ndarray
    owner: np.ndarray
    words: np.ndarray
    length: np.ndarray


def cut_into_chunks(
    profiles: PieceProfiles, founding_bp: int, chunk_bp: int, max_chunks: int
) -> Chunks:
    """Cut the longest pieces into chunks.

    Args:
        profiles: of all pieces.
        founding_bp: shorter pieces found nothing.
        chunk_bp: length of a chunk.
        max_chunks: the shortest pieces are left out if there would be more.
    """
    length = profiles.length
    pieces = np.flatnonzero(length >= founding_bp)
    pieces = pieces[np.argsort(-length[pieces], kind="stable")]
    parts = np.maximum(1, np.rint(length[pieces] / chunk_bp)).astype(np.int64)
    founders = np.sort(pieces[np.cumsum(parts) <= max_chunks])
    parts = np.maximum(1, np.rint(length[founders] / chunk_bp)).astype(np.int64)
    owner = np.repeat(np.arange(len(founders)), parts)
    first = profiles.pieces.consensus_offsets[founders]
    span = np.asarray(profiles.pieces.span, np.int64)[founders]
    part = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    starts = first[owner] + part * span[owner] // parts[owner]
    ends = first[owner] + (part + 1) * span[owner] // parts[owner]
    words = tetranucleotide_counts(profiles.pieces.consensus, starts, ends)
    return Chunks(
        founders=founders, owner=owner, words=words, length=words.sum(axis=1).astype(np.float64)
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class AbundanceScale:
    """Dimensions of depth and, with several samples, of the share of each sample.

    Attributes:
        pool: float64 (samples,), share of each sample in all fragments.
        centre: float64 (dims,), mean over founders, weighted by length.
        variance: float64 (dims,), over genomes.
        overdispersion: float64 (dims,), variance within a genome beyond that of counts.
    """

    pool: np.ndarray
    centre: np.ndarray
    variance: np.ndarray
    overdispersion: np.ndarray

    def dimensions(
        self, profiles: PieceProfiles, chosen: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return coordinates of the chosen pieces and their variances, float64 (chosen, dims)."""
        x, noise = _abundances(profiles, chosen, self.pool)
        return x - self.centre, noise + self.overdispersion


def abundance_scale(
    profiles: PieceProfiles, founders: np.ndarray, overdispersion: np.ndarray | float
) -> AbundanceScale:
    """Measure how depth and shares vary over the founders.

    Args:
        profiles: of all pieces.
        founders: int64 (f,), pieces.
        overdispersion: variance within a genome beyond that of counts, for all dimensions or each.
    """
    total = profiles.fragments.sum(axis=0, dtype=np.float64)
    pool = total / max(total.sum(), 1)
    x, counted = _abundances(profiles, founders, pool)
    noise = counted + overdispersion
    weight = profiles.length[founders, None] / noise
    weight /= weight.sum(axis=0)
    centre = (weight * x).sum(axis=0)
    variance = (weight * ((x - centre) ** 2 - noise)).sum(axis=0)
    return AbundanceScale(
        pool=pool,
        centre=centre,
        variance=np.maximum(variance, LEAST_VARIANCE),
        overdispersion=np.broadcast_to(overdispersion, x.shape[1:]),
    )


def overdispersion_within(
    profiles: PieceProfiles, founders: np.ndarray, label: np.ndarray, scale: AbundanceScale
) -> np.ndarray:
    """Estimate the variance of depth and shares within genomes beyond that of counts.

    It is the median over genomes of a robust variance, the squared median absolute deviation of
    bases, less the variance of counts.

    Args:
        profiles: of all pieces.
        founders: int64 (f,), pieces.
        label: int64 (f,), genome of each founder, from 0.
        scale: dimensions.

    Returns:
        float64 (dims,), from 0.005 to 0.25; that of ``scale`` without a genome of many pieces.
    """
    x, counted = _abundances(profiles, founders, scale.pool)
    length = profiles.length[founders]
    found = []
    for genome in np.flatnonzero(np.bincount(label) >= MANY_PIECES):
        members = label == genome
        if length[members].sum() >= MUCH_BP:
            weight = length[members]
            spread = _robust_variance(x[members], weight)
            found.append(spread - np.average(counted[members], axis=0, weights=weight))
    if not found:
        return scale.overdispersion
    return np.clip(np.median(found, axis=0), *OVERDISPERSION_LIMITS)


def _robust_variance(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the variance of a Gaussian with the median absolute deviation of each column."""
    variances = []
    for column in x.T:
        deviation = np.abs(column - weighted_median(column, weight))
        variances.append((MAD_SCALE * weighted_median(deviation, weight)) ** 2)
    return np.array(variances)


def weighted_median(values: np.ndarray, weight: np.ndarray) -> float:
    """Return the smallest value that has half of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(below, below[-1] / 2)]])


def _abundances(
    profiles: PieceProfiles, chosen: np.ndarray, pool: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return log depths and log shares of pieces, and the variance of their counts."""
    fragments = profiles.fragments[chosen].astype(np.float64)
    total = fragments.sum(axis=1)
    x = [profiles.log_depth[chosen]]
    length = profiles.length[chosen]
    counted = np.maximum(total, np.minimum(length / STEADY_BP, MOST_STEADY))
    noise = [1 / np.maximum(counted, PSEUDO_COUNT)]
    noise[0] += np.where(length < 2 * profiles.read_length[chosen], LONE_VARIANCE, 0)
    x = [profiles.log_depth[chosen]]
    samples = len(pool)
    if samples > 1:
        pseudo = PSEUDO_COUNT * samples * np.maximum(pool, 1e-12)
        share = (fragments + pseudo) / (total + PSEUDO_COUNT * samples)[:, None]
        x += list(np.log(share / np.maximum(pool, 1e-12)).T)
        noise += list((1 / (fragments + PSEUDO_COUNT)).T)
    return np.array(x).T, np.array(noise).T
