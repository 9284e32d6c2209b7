"""Columns of the table of pieces, and their number by status."""

from collections.abc import Iterator

import numpy as np

from readkin.clusters.genomes import Genomes
from readkin.clusters.piece_map import map_of_pieces
from readkin.formats.clusters import LOW_CONFIDENCE, UNCLUSTERED
from readkin.formats.counts import Flow
from readkin.formats.pieces import Pieces
from readkin.kernels.sequences.gc_counts import gc_counts


def piece_columns(
    pieces: Pieces, genomes: Genomes, sample: np.ndarray, n_samples: int
) -> dict[str, np.ndarray]:
    """Return the columns of ``formats.piece_table``, without those of samples.

    Args:
        pieces: p pieces of n reads.
        genomes: their clusters.
        sample: int64 (n,), number of the sample of each read.
        n_samples: number of samples.
    """
    gc, known = gc_counts(pieces.consensus, pieces.consensus_offsets)
    has_cluster = genomes.cluster >= 0
    places = map_of_pieces(pieces, sample, n_samples, genomes.cluster, genomes.metric)
    return {
        "piece": np.arange(len(pieces)),
        "reads": pieces.n_reads,
        "bases": pieces.bases,
        "span": pieces.span,
        "depth": pieces.depth,
        "gc": gc / np.maximum(known, 1),
        "is_shared": pieces.is_shared_piece,
        "cluster": genomes.cluster + 1,
        "confidence": np.where(has_cluster, genomes.confidence, 0),
        "second_cluster": genomes.second + 1,
        "second_confidence": np.where(genomes.second >= 0, genomes.second_confidence, 0),
        "strain": genomes.strain,
        "strain_confidence": genomes.strain_confidence,
        "copy_number": np.where(has_cluster, genomes.copy_number, 0),
        "map_x": places[:, 0],
        "map_y": places[:, 1],
    }


def depth_in_samples(
    pieces: Pieces, lengths: np.ndarray, sample: np.ndarray, n_samples: int
) -> Iterator[np.ndarray]:
    """Yield the depth of the p pieces in each sample, float64 (p,), by reads that are laid out.

    Args:
        pieces: p pieces of n reads.
        lengths: int64 (n,), bp.
        sample: int64 (n,), number of the sample of each read.
        n_samples: number of samples.
    """
    order = np.argsort(sample, kind="stable")
    order = order[pieces.position[order] >= 0]
    bounds = np.searchsorted(sample[order], np.arange(n_samples + 1))
    span = np.maximum(pieces.span, 1)
    for number in range(n_samples):
        reads = order[bounds[number] : bounds[number + 1]]
        bases = np.bincount(pieces.piece[reads], weights=lengths[reads], minlength=len(pieces))
        yield bases / span


def piece_flow(genomes: Genomes, min_confidence: float) -> Flow:
    """Return the flow of pieces: those that are placed, and the others by reason."""
    has_cluster = genomes.cluster >= 0
    is_placed = has_cluster & (genomes.confidence >= np.float32(min_confidence))
    dropped = {
        UNCLUSTERED: int((~has_cluster).sum()),
        LOW_CONFIDENCE: int((has_cluster & ~is_placed).sum()),
    }
    return Flow("pieces", len(genomes.cluster), int(is_placed.sum()), dropped)
