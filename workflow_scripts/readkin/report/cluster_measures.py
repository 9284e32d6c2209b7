"""Summaries of clusters.parquet, cluster_summary.tsv, pieces.parquet and the exported files."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from readkin.formats.assemblies import read_assemblies
from readkin.formats.cluster_names import read_cluster_names
from readkin.formats.cluster_summary import DEPTH_OF_SAMPLE, READS_OF_SAMPLE, read_cluster_summary
from readkin.formats.clusters import NO_CLUSTER, PLACED, STATUSES, read_clusters
from readkin.formats.exported_reads import read_manifest
from readkin.formats.piece_table import read_piece_table
from readkin.report.histograms import IntegerHistogram
from readkin.report.measures import batches
from readkin.report.number_text import share

CLUSTERS_LISTED = 500
CONFIDENCE_STEPS = 1000
GENOMES = "genomes"
LONG_BP = 1000  # the composition and depth of shorter pieces are too uncertain to show
MULTI_COPY = 1.8  # copies from which a piece is listed; it may be a plasmid, a phage or a repeat
PIECE_COLUMNS = {
    "piece": "piece",
    "span": "span",
    "depth": "depth",
    "cluster": "cluster",
    "confidence": "confidence",
    "strain": "strain",
    "copies": "copy_number",
    "x": "map_x",
    "y": "map_y",
}
"""Attributes of ``PieceMeasures``: columns of pieces.parquet."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PieceMeasures:
    """Pieces on the map, from the longest to the shortest.

    Attributes:
        piece: number.
        span: bp.
        depth: mean depth.
        cluster: number; 0 for none.
        confidence: probability of the cluster.
        strain: in the cluster; 0 for none.
        copies: depth / depth of the cluster; nan without a cluster.
        x, y: coordinates on the map.
        total: number of all pieces, those included that are not on the map.
    """

    piece: np.ndarray
    span: np.ndarray
    depth: np.ndarray
    cluster: np.ndarray
    confidence: np.ndarray
    strain: np.ndarray
    copies: np.ndarray
    x: np.ndarray
    y: np.ndarray
    total: int

    def __len__(self) -> int:
        return len(self.piece)

    def chosen(self, rows: slice | np.ndarray) -> "PieceMeasures":
        """Return some of the pieces."""
        return PieceMeasures(
            piece=self.piece[rows],
            span=self.span[rows],
            depth=self.depth[rows],
            cluster=self.cluster[rows],
            confidence=self.confidence[rows],
            strain=self.strain[rows],
            copies=self.copies[rows],
            x=self.x[rows],
            y=self.y[rows],
            total=self.total,
        )


@dataclass
class ClusterMeasures:
    """Clusters, by their number; cluster 1 is the largest.

    Attributes:
        method: setting cluster.method of the run.
        min_confidence: setting cluster.min_confidence; None for other methods than genomes.
        sizes: histogram of the cluster numbers of all reads: cluster i has ``sizes.counts[i]``, and
            0 is no cluster.
        status: reads by sample and status (formats.clusters).
        confidence: histogram of the confidence of the reads with a cluster, in thousandths.
        confidence_of_placed: sum over the placed reads.
        units: reads of each unit.
        units_of_largest: units with reads of cluster 1.
        summary: rows of cluster_summary.tsv, at most the first ``CLUSTERS_LISTED``; with names
            also hit, hit_share (of the windows of its pieces) and hit_identity; with assemblies
            also contigs, total_bp and n50_bp.
        samples: names, in the order of cluster_summary.tsv.
        summarised_reads: sum of the reads of all rows.
        clusters_with_strains: number of all clusters in which strains were found.
        pieces: pieces on the map; None if there is no table of pieces.
        files: names of the files of each cluster, if its reads were exported.
        folder: folder of these files.
    """

    method: str = GENOMES
    min_confidence: float | None = None
    sizes: IntegerHistogram = field(default_factory=IntegerHistogram)
    status: Counter[tuple[str, str]] = field(default_factory=Counter)
    confidence: IntegerHistogram = field(default_factory=IntegerHistogram)
    confidence_of_placed: float = 0.0
    units: Counter[str] = field(default_factory=Counter)
    units_of_largest: set[str] = field(default_factory=set)
    summary: list[dict[str, Any]] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    summarised_reads: int = 0
    clusters_with_strains: int = 0
    pieces: PieceMeasures | None = None
    files: dict[int, list[str]] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def are_genomes(self) -> bool:
        """Whether each cluster is a genome as far as the method can see."""
        return self.method == GENOMES

    @property
    def size_by_rank(self) -> np.ndarray:
        """Reads of each cluster, largest first, int64 (clusters,)."""
        return self.sizes.counts[NO_CLUSTER + 1 :]

    @property
    def reads(self) -> int:
        """Number of all reads."""
        return self.sizes.total

    @property
    def clustered(self) -> int:
        """Number of reads that have a cluster."""
        return int(self.size_by_rank.sum())

    @property
    def placed(self) -> int:
        """Number of placed reads, those alone in their cluster included."""
        return self.number_with(PLACED)

    @property
    def expected_wrong(self) -> float | None:
        """Fraction of the placed reads that is expected to be wrong; None if unknown."""
        if not (self.placed and self.are_genomes):
            return None
        return max(0.0, 1 - self.confidence_of_placed / self.placed)

    @property
    def fates(self) -> dict[str, int]:
        """Number of reads that are placed, alone in their cluster, or not placed, by reason."""
        placed = {PLACED: self.placed - self.singletons, "singletons": self.singletons}
        return placed | {name: self.number_with(name) for name in STATUSES if name != PLACED}

    @property
    def singletons(self) -> int:
        """Number of clusters of one read."""
        return int(np.count_nonzero(self.size_by_rank == 1))

    @property
    def with_kin(self) -> int:
        """Number of clusters of two or more reads."""
        return int(np.count_nonzero(self.size_by_rank > 1))

    def number_with(self, status: str) -> int:
        """Return the number of reads of a status."""
        return sum(number for (_, name), number in self.status.items() if name == status)

    def depths(self, row: Mapping[str, Any]) -> list[float]:
        """Return the depth of a cluster in each sample; the reads, if the depth is unknown."""
        prefix = READS_OF_SAMPLE if row["depth"] is None else DEPTH_OF_SAMPLE
        return [row.get(prefix + name) or 0 for name in self.samples]


def measure_clusters(
    path: Path,
    summary: Path,
    *,
    hits: Path | None,
    pieces: Path | None,
    exported: Path | None,
    assemblies: Path | None,
) -> ClusterMeasures:
    """Summarise the files of clusters.

    Args:
        path: clusters.parquet.
        summary: cluster_summary.tsv.
        hits: cluster_names.tsv; None if clusters were not named.
        pieces: pieces.parquet; None if the method has no pieces.
        exported: folder of the reads of each cluster; None if they were not exported.
        assemblies: assemblies.tsv; None if clusters were not assembled.

    Raises:
        InputError: if a file has another format or is damaged.
    """
    table = read_clusters(path, ["cluster", "sample", "unit", "status", "confidence"])
    settings = json.loads((table.schema.metadata or {}).get(b"parameters", b"{}"))
    measures = ClusterMeasures(
        method=settings.get("method", GENOMES), min_confidence=settings.get("min_confidence")
    )
    _add_reads(measures, table)
    _add_summary(measures, read_cluster_summary(summary))
    if hits is not None:
        named = read_cluster_names(hits).slice(0, CLUSTERS_LISTED)
        for row, hit in zip(measures.summary, named.to_pylist(), strict=False):
            of_windows = share(hit["hit_windows"] or 0, hit["windows"] or 0)
            row |= {name: hit[name] for name in ("hit", "hit_identity")} | {"hit_share": of_windows}
    if assemblies is not None:
        assembled = read_assemblies(assemblies).slice(0, CLUSTERS_LISTED)
        for row, assembly in zip(measures.summary, assembled.to_pylist(), strict=False):
            row |= {name: assembly[name] for name in ("contigs", "total_bp", "n50_bp")}
    if pieces is not None:
        measures.pieces = measure_pieces(pieces)
    if exported is not None:
        measures.folder = exported
        for row in read_manifest(exported).to_pylist():
            measures.files.setdefault(row["cluster"], []).extend(row["files"].split(","))
    return measures


def _add_reads(measures: ClusterMeasures, table: pa.Table) -> None:
    groups = table.group_by(["sample", "unit", "status"]).aggregate([([], "count_all")])
    for sample, unit, status, number in zip(*groups.to_pydict().values(), strict=True):
        measures.status[sample, status] += number
        measures.units[f"{sample}.{unit}"] += number
    first = table.filter(pc.equal(table["cluster"], 1)).group_by(["sample", "unit"]).aggregate([])
    measures.units_of_largest.update(f"{row['sample']}.{row['unit']}" for row in first.to_pylist())
    is_placed = pc.equal(table["status"], PLACED)
    placed = table["confidence"].filter(is_placed).cast(pa.float64())
    measures.confidence_of_placed = pc.sum(placed).as_py() or 0.0
    for batch in batches(table, ("cluster", "confidence")):
        cluster, confidence = batch["cluster"].astype(np.int64), batch["confidence"]
        measures.sizes.add(cluster)
        steps = np.floor(CONFIDENCE_STEPS * confidence[cluster != NO_CLUSTER] + 1e-4)
        measures.confidence.add(steps.astype(np.int64))


def _add_summary(measures: ClusterMeasures, table: pa.Table) -> None:
    measures.summary = table.slice(0, CLUSTERS_LISTED).to_pylist()
    measures.summarised_reads = pc.sum(table["reads"]).as_py() or 0
    measures.clusters_with_strains = pc.sum(pc.greater(table["strains"], 1)).as_py() or 0
    measures.samples = [
        name.removeprefix(READS_OF_SAMPLE)
        for name in table.column_names
        if name.startswith(READS_OF_SAMPLE)
    ]


def measure_pieces(path: Path) -> PieceMeasures:
    """Return the pieces that have a place on the map.

    Raises:
        InputError: if the file has another format or is damaged.
    """
    table = read_piece_table(path, list(PIECE_COLUMNS.values()))
    columns = {name: table[column].to_numpy() for name, column in PIECE_COLUMNS.items()}
    order = np.argsort(-columns["span"].astype(np.int64), kind="stable")
    pieces = PieceMeasures(**columns, total=len(table)).chosen(order)
    return pieces.chosen(np.isfinite(pieces.x))
