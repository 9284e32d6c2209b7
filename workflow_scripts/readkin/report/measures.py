"""Summaries of the result tables, taken batch by batch."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from readkin.report.histograms import IntegerHistogram

CLUSTERS_LISTED = 20
IDENTITY_STEPS = 1000


@dataclass
class PairMeasures:
    """Candidate pairs: their votes, and how many are taken on opposite strands."""

    votes: IntegerHistogram = field(default_factory=IntegerHistogram)
    opposite_strands: int = 0


@dataclass
class AlignmentMeasures:
    """Alignments kept: score, identity in thousandths (rounded down), columns (overlap)."""

    score: IntegerHistogram = field(default_factory=IntegerHistogram)
    identity: IntegerHistogram = field(default_factory=IntegerHistogram)
    columns: IntegerHistogram = field(default_factory=IntegerHistogram)
    opposite_strands: int = 0


@dataclass
class ClusterMeasures:
    """Clusters: number i (1 = largest) has ``sizes.counts[i]`` reads.

    ``by_unit`` and ``representative`` cover the first ``CLUSTERS_LISTED`` clusters.
    """

    sizes: IntegerHistogram = field(default_factory=IntegerHistogram)
    units: Counter[str] = field(default_factory=Counter)
    by_unit: Counter[tuple[int, str]] = field(default_factory=Counter)
    representative: dict[int, str] = field(default_factory=dict)

    @property
    def size_by_rank(self) -> np.ndarray:
        """Reads of each cluster, largest first, int64[clusters]."""
        return self.sizes.counts[1:]

    @property
    def reads(self) -> int:
        """All reads."""
        return self.sizes.total

    @property
    def reads_alone(self) -> int:
        """Reads that are a cluster of their own."""
        return int(np.count_nonzero(self.size_by_rank == 1))

    @property
    def with_kin(self) -> int:
        """Clusters of two reads or more."""
        return int(np.count_nonzero(self.size_by_rank > 1))


Batch = Mapping[str, np.ndarray]


def measure_pairs(batches: Iterable[Batch]) -> PairMeasures:
    """Summarise batches of arrays votes and is_reverse, each (pairs,)."""
    measures = PairMeasures()
    for batch in batches:
        measures.votes.add(batch["votes"])
        measures.opposite_strands += int(np.count_nonzero(batch["is_reverse"]))
    return measures


def measure_alignments(batches: Iterable[Batch]) -> AlignmentMeasures:
    """Summarise batches of arrays score, matches, alignment_length, strand, each (n,)."""
    measures = AlignmentMeasures()
    for batch in batches:
        columns = batch["alignment_length"].astype(np.int64)
        measures.score.add(batch["score"])
        measures.columns.add(columns)
        measures.identity.add(IDENTITY_STEPS * batch["matches"].astype(np.int64) // columns)
        measures.opposite_strands += int(np.count_nonzero(batch["strand"] == "-"))
    return measures


def measure_clusters(batches: Iterable[Batch]) -> ClusterMeasures:
    """Summarise batches of arrays cluster, sample, unit, representative, each (reads,)."""
    measures = ClusterMeasures()
    for batch in batches:
        cluster = batch["cluster"].astype(np.int64)
        measures.sizes.add(cluster)
        unit = np.char.add(np.char.add(batch["sample"].astype(str), "."), batch["unit"].astype(str))
        measures.units.update(unit.tolist())
        for row in np.flatnonzero(cluster <= CLUSTERS_LISTED):
            number = int(cluster[row])
            measures.by_unit[number, str(unit[row])] += 1
            measures.representative.setdefault(number, str(batch["representative"][row]))
    return measures
