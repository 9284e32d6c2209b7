"""Clusters of reads: from the clusters of their pieces, or from components of the kin graph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from readkin.clusters.common_stretches import StrainsOfReads
from readkin.clusters.counted_reads import CountedReads
from readkin.clusters.genomes import Genomes
from readkin.formats.clusters import (
    LOW_CONFIDENCE,
    PLACED,
    SHARED,
    STATUSES,
    UNCLUSTERED,
)
from readkin.formats.pieces import Pieces
from readkin.formats.unaligned_bam import UnitName

READS_PER_TABLE = 1 << 18
MIN_OTHER_CONFIDENCE = 0.01
"""Least probability of a second cluster that is listed among the other clusters of a read."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadClusters:
    """Clusters of n reads.

    Attributes:
        piece: uint32 (n,), piece of each read.
        cluster: uint32 (n,), most probable cluster, from 1; 0: none.
        confidence: float32 (n,), probability of that cluster.
        strain: uint32 (n,), most probable strain in the cluster, from 1; 0: none found.
        strain_confidence: float32 (n,), probability of that strain, 0 for none.
        status: uint8 (n,), index in ``STATUSES``.
        is_shared: bool (n,), whether the read lies in shared sequence that its mate does not place.
        others: list array of uint32 (p,), clusters that each piece may belong to instead.
    """

    piece: np.ndarray
    cluster: np.ndarray
    confidence: np.ndarray
    strain: np.ndarray
    strain_confidence: np.ndarray
    status: np.ndarray
    is_shared: np.ndarray
    others: pa.ListArray

    def __len__(self) -> int:
        return len(self.cluster)

    def is_placed(self) -> np.ndarray:
        """Return which reads are placed, bool (n,)."""
        return self.status == STATUSES.index(PLACED)


def clusters_of_components(cluster: np.ndarray, pieces: Pieces) -> ReadClusters:
    """Return the clusters of reads for connected components, int64 (n,), numbered from 1."""
    nothing = pa.ListArray.from_arrays(
        np.zeros(len(pieces) + 1, np.int32), pa.array([], pa.uint32())
    )
    return ReadClusters(
        piece=pieces.piece,
        cluster=cluster.astype(np.uint32),
        confidence=np.ones(len(cluster), np.float32),
        strain=np.zeros(len(cluster), np.uint32),
        strain_confidence=np.zeros(len(cluster), np.float32),
        status=np.full(len(cluster), STATUSES.index(PLACED), np.uint8),
        is_shared=pieces.is_shared,
        others=nothing,
    )


def clusters_of_genomes(
    pieces: Pieces, genomes: Genomes, strains: StrainsOfReads, min_confidence: float
) -> ReadClusters:
    """Return the clusters of reads: those of their pieces.

    A read has the confidence of its piece. A read of shared sequence that follows its mate is in
    the piece of its mate, and so has its cluster.

    Args:
        pieces: p pieces of n reads.
        genomes: cluster and probabilities of each piece.
        strains: of the reads.
        min_confidence: least confidence of reads that are placed.
    """
    has_cluster = genomes.cluster >= 0
    confidence = np.where(has_cluster, genomes.confidence, 0).astype(np.float32)
    is_sure = has_cluster & (confidence >= np.float32(min_confidence))
    piece = pieces.piece
    status = np.select(
        [is_sure[piece], pieces.is_shared, ~has_cluster[piece]],
        [STATUSES.index(reason) for reason in (PLACED, SHARED, UNCLUSTERED)],
        STATUSES.index(LOW_CONFIDENCE),
    ).astype(np.uint8)
    return ReadClusters(
        piece=piece,
        cluster=(genomes.cluster + 1).astype(np.uint32)[piece],
        confidence=confidence[piece],
        strain=strains.strain.astype(np.uint32),
        strain_confidence=strains.confidence.astype(np.float32),
        status=status,
        is_shared=pieces.is_shared,
        others=other_clusters(pieces, genomes),
    )


def other_clusters(pieces: Pieces, genomes: Genomes) -> pa.ListArray:
    """Return the clusters that each piece may belong to instead of its most probable one.

    They are the second most probable one, and for shared sequence those of all pieces with
    alignments to it.

    Returns:
        A list of cluster numbers from 1, ascending, for each of the p pieces.
    """
    second = np.flatnonzero(
        (genomes.second >= 0) & (genomes.second_confidence >= MIN_OTHER_CONFIDENCE)
    )
    a, b = pieces.contact_a.astype(np.int64), pieces.contact_b.astype(np.int64)
    from_a, from_b = pieces.is_shared_piece[a], pieces.is_shared_piece[b]
    piece = np.concatenate([second, a[from_a], b[from_b]])
    other = np.concatenate(
        [genomes.second[second], genomes.cluster[b[from_a]], genomes.cluster[a[from_b]]]
    ).astype(np.int64)
    kept = (other >= 0) & (other != genomes.cluster[piece])
    clusters = int(other.max(initial=0)) + 1
    rows = np.unique(piece[kept] * clusters + other[kept])
    offsets = np.searchsorted(rows, np.arange(len(pieces) + 1) * clusters)
    numbers = (rows % clusters + 1).astype(np.uint32)
    return pa.ListArray.from_arrays(offsets.astype(np.int32), pa.array(numbers))


def cluster_tables(
    reads: CountedReads, units: Sequence[UnitName], found: ReadClusters
) -> Iterator[pa.Table]:
    """Yield tables with one row per read and the columns of ``formats.clusters``.

    Args:
        reads: all n reads.
        units: sample and unit of each BAM file.
        found: their clusters.
    """
    samples, names = (pa.array(column, pa.string()) for column in zip(*units, strict=True))
    statuses = pa.array(STATUSES, pa.string())
    none = pa.array([[]], found.others.type)
    others = pa.concat_arrays([found.others, none])
    is_clear = found.is_placed() & ~found.is_shared
    row_of_others = np.where(is_clear, len(found.others), found.piece)
    for start in range(0, len(reads), READS_PER_TABLE):
        rows = slice(start, min(start + READS_PER_TABLE, len(reads)))
        index = np.arange(rows.start, rows.stop)
        unit = pa.array(reads.unit[rows])
        yield pa.table(
            {
                "read_index": index.astype(np.uint64),
                "read_id": reads.ids[rows.start : rows.stop].combine_chunks(),
                "sample": samples.take(unit),
                "unit": names.take(unit),
                "cluster": found.cluster[rows],
                "strain": found.strain[rows],
                "confidence": found.confidence[rows],
                "strain_confidence": found.strain_confidence[rows],
                "status": statuses.take(pa.array(found.status[rows])),
                "piece": found.piece[rows],
                "other_clusters": others.take(pa.array(row_of_others[rows])),
            }
        )
