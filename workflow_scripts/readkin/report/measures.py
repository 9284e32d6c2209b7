"""Summaries of the result files: pairs, alignments, clusters, and the comparison with the truth.

Tables are read in batches of rows, so that tables of any length fit into memory.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from readkin.errors import InputError
from readkin.formats.alignments import read_alignments
from readkin.formats.cluster_names import read_cluster_names
from readkin.formats.cluster_summary import read_cluster_summary
from readkin.formats.clusters import NO_CLUSTER, PLACED, STATUSES, read_clusters
from readkin.formats.hdf5_files import open_checked
from readkin.formats.hdf5_schema import PAIRS
from readkin.report.histograms import IntegerHistogram

ROWS_PER_BATCH = 1 << 20
CLUSTERS_LISTED = 20
IDENTITY_STEPS = 1000
TRUTH_FORMAT = ("readkin-truth-comparison", 2)


@dataclass
class PairMeasures:
    """Candidate pairs: histogram of their votes, and the number on opposite strands."""

    votes: IntegerHistogram = field(default_factory=IntegerHistogram)
    opposite_strands: int = 0


@dataclass
class AlignmentMeasures:
    """Kin pairs: histograms of their alignments, and the number on opposite strands.

    Attributes:
        score: Smith-Waterman score.
        identity: thousandths, rounded down.
        columns: length of the alignment, gaps included.
        opposite_strands: number of alignments of the reverse complement.
    """

    score: IntegerHistogram = field(default_factory=IntegerHistogram)
    identity: IntegerHistogram = field(default_factory=IntegerHistogram)
    columns: IntegerHistogram = field(default_factory=IntegerHistogram)
    opposite_strands: int = 0


@dataclass
class ClusterMeasures:
    """Clusters, by their number; cluster 1 is the largest.

    Attributes:
        sizes: histogram of the cluster numbers of all reads: cluster i has ``sizes.counts[i]``, and
            0 is no cluster.
        status: reads by their status (formats.clusters).
        units: reads of each unit.
        units_of_largest: units with reads of cluster 1.
        summary: rows of cluster_summary.tsv, at most the first ``CLUSTERS_LISTED``.
        summarised_reads: sum of the reads of all rows.
    """

    sizes: IntegerHistogram = field(default_factory=IntegerHistogram)
    status: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    units_of_largest: set[str] = field(default_factory=set)
    summary: list[dict[str, Any]] = field(default_factory=list)
    summarised_reads: int = 0

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
    def fates(self) -> dict[str, int]:
        """Number of reads that are placed, alone in their cluster, or not placed, by reason."""
        placed = {PLACED: self.status[PLACED] - self.singletons, "singletons": self.singletons}
        return placed | {reason: self.status[reason] for reason in STATUSES if reason != PLACED}

    @property
    def singletons(self) -> int:
        """Number of clusters of one read."""
        return int(np.count_nonzero(self.size_by_rank == 1))

    @property
    def with_kin(self) -> int:
        """Number of clusters of two or more reads."""
        return int(np.count_nonzero(self.size_by_rank > 1))


class TruthMeasures(NamedTuple):
    """Content of truth_comparison.json; compare_with_truth.py documents all keys."""

    reads: int
    settings: Mapping[str, Any]
    pairs: Mapping[str, Any]
    clusters: Mapping[str, Any]

    @property
    def recall(self) -> float | None:
        """Fraction of the true kin pairs that was found."""
        return self.pairs["recall"]

    @property
    def precision(self) -> float | None:
        """Fraction of the found pairs that is true."""
        return self.pairs["precision"]


def measure_pairs(path: Path) -> PairMeasures:
    """Summarise pairs.h5.

    Raises:
        InputError: if the file has another format or is damaged.
    """
    measures = PairMeasures()
    with open_checked(path, PAIRS) as file:
        for start in range(0, file["votes"].shape[0], ROWS_PER_BATCH):
            rows = slice(start, start + ROWS_PER_BATCH)
            measures.votes.add(file["votes"][rows])
            measures.opposite_strands += int(np.count_nonzero(file["is_reverse"][rows]))
    return measures


def measure_alignments(path: Path) -> AlignmentMeasures:
    """Summarise alignments.parquet.

    Raises:
        InputError: if the file has another format or is damaged.
    """
    names = ("score", "matches", "alignment_length", "strand")
    measures = AlignmentMeasures()
    for batch in _batches(read_alignments(path, names), names):
        columns = batch["alignment_length"].astype(np.int64)
        measures.score.add(batch["score"])
        measures.columns.add(columns)
        measures.identity.add(IDENTITY_STEPS * batch["matches"].astype(np.int64) // columns)
        measures.opposite_strands += int(np.count_nonzero(batch["strand"] == "-"))
    return measures


def measure_clusters(path: Path, summary: Path, names: Path | None) -> ClusterMeasures:
    """Summarise clusters.parquet, cluster_summary.tsv and, if there is one, cluster_names.tsv.

    Raises:
        InputError: if a file has another format or is damaged.
    """
    columns = ("cluster", "sample", "unit", "status")
    measures = ClusterMeasures()
    for batch in _batches(read_clusters(path, columns), columns):
        cluster = batch["cluster"].astype(np.int64)
        measures.sizes.add(cluster)
        measures.status.update(batch["status"].tolist())
        unit = np.char.add(np.char.add(batch["sample"].astype(str), "."), batch["unit"].astype(str))
        measures.units.update(unit.tolist())
        measures.units_of_largest.update(unit[cluster == 1].tolist())
    table = read_cluster_summary(summary)
    measures.summary = table.slice(0, CLUSTERS_LISTED).to_pylist()
    if names is not None:
        named = read_cluster_names(names).slice(0, CLUSTERS_LISTED)
        for row, hit in zip(measures.summary, named.to_pylist(), strict=False):
            row |= {"hit": hit["hit"], "hit_identity": hit["hit_identity"]}
    measures.summarised_reads = int(np.sum(table["reads"].to_numpy()))
    return measures


def _batches(table: Any, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
    for batch in table.select(list(names)).to_batches(max_chunksize=ROWS_PER_BATCH):
        yield {name: batch.column(name).to_numpy(zero_copy_only=False) for name in names}


def read_truth_measures(path: Path) -> TruthMeasures:
    """Read truth_comparison.json.

    Raises:
        InputError: if the file has another format or version.
    """
    try:
        content = json.loads(path.read_text())
        name, version = content["format"], content["format_version"]
        measures = TruthMeasures(
            reads=content["reads"],
            settings=content["settings"],
            pairs=content["kin_pairs"],
            clusters=content["clusters"],
        )
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            path,
            f"other content ({error})",
            "a comparison with the truth",
            "run compare_with_truth again",
        ) from None
    if (name, version) != TRUTH_FORMAT:
        raise InputError(
            path,
            f"format {name} {version}",
            f"{TRUTH_FORMAT[0]} {TRUTH_FORMAT[1]}",
            "run compare_with_truth again",
        )
    return measures
