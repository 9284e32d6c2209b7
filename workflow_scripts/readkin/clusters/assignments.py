"""Assignments of pieces to genomes and strains, and the numbered answer made of them."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from readkin.clusters.profiles import PieceProfiles
from readkin.formats.metric import Metric


@dataclass(frozen=True, eq=False, kw_only=True)
class Genomes:
    """Clusters of p pieces: g genomes, numbered from 0 by falling number of reads.

    Attributes:
        cluster: int32 (p,), most probable genome; -1 if it is more probable that the piece is of
            none of them.
        confidence: float32 (p,), posterior probability of that genome, 0 for -1.
        second: int32 (p,), the next best one, or -1.
        second_confidence: float32 (p,), its posterior probability.
        strain: int32 (p,), 0 where no strains were found in the cluster; else from 1.
        strain_confidence: float32 (p,), posterior probability of the strain within the cluster; 0
            where no strains were found.
        copy_number: float32 (p,), depth relative to that of the cluster; nan without a cluster.
        evidence: numbers behind each division into strains.
        metric: metric learned in this run.
    """

    cluster: np.ndarray
    confidence: np.ndarray
    second: np.ndarray
    second_confidence: np.ndarray
    strain: np.ndarray
    strain_confidence: np.ndarray
    copy_number: np.ndarray
    evidence: list[dict[str, Any]]
    metric: Metric

    @property
    def n_clusters(self) -> int:
        """Number of genomes."""
        return int(self.cluster.max(initial=-1)) + 1


@dataclass(eq=False)
class Assignments:
    """Working table of all pieces, in any numbers; attributes as those of ``Genomes``."""

    cluster: np.ndarray
    confidence: np.ndarray
    second: np.ndarray
    second_confidence: np.ndarray
    strain: np.ndarray
    strain_confidence: np.ndarray
    evidence: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def none_yet(cls, p: int) -> Self:
        """Return a table of p pieces without genomes."""
        return cls(
            cluster=np.full(p, -1, np.int64),
            confidence=np.zeros(p),
            second=np.full(p, -1, np.int64),
            second_confidence=np.zeros(p),
            strain=np.zeros(p, np.int64),
            strain_confidence=np.zeros(p),
        )


def numbered(profiles: PieceProfiles, placed: Assignments, metric: Metric) -> Genomes:
    """Number genomes, and strains within them, by falling number of reads."""
    pieces = profiles.pieces
    cluster, number = _renumbered(placed.cluster, pieces.n_reads)
    strain = placed.strain.copy()
    for old in np.unique(placed.cluster[strain > 0]):
        members = np.flatnonzero((placed.cluster == old) & (strain > 0))
        strain[members] = 1 + _renumbered(strain[members] - 1, pieces.n_reads[members])[0]
    return Genomes(
        cluster=cluster.astype(np.int32),
        confidence=placed.confidence.astype(np.float32),
        second=number[placed.second].astype(np.int32),
        second_confidence=placed.second_confidence.astype(np.float32),
        strain=strain.astype(np.int32),
        strain_confidence=placed.strain_confidence.astype(np.float32),
        copy_number=copy_numbers(profiles, _strain_groups(cluster, strain)),
        evidence=[
            entry | {"cluster": int(number[entry["cluster"]])}
            for entry in sorted(placed.evidence, key=lambda entry: number[entry["cluster"]])
        ],
        metric=metric,
    )


def _renumbered(label: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number labels by falling weight, ties by first occurrence; -1 stays.

    Returns:
        int64 (n,), new numbers; int64 (labels + 1,), the new number of each old one, with -1 last.
    """
    n = int(label.max(initial=-1)) + 1
    known = label >= 0
    total = np.bincount(label[known], weights=weight[known], minlength=n)
    first = np.full(n, len(label))
    np.minimum.at(first, label[known], np.flatnonzero(known))
    number = np.full(n + 1, -1, np.int64)
    number[np.lexsort((first, -total))] = np.arange(n)
    return number[label], number


def _strain_groups(cluster: np.ndarray, strain: np.ndarray) -> np.ndarray:
    """Return one number for each strain, or cluster without strains; -1 without a cluster."""
    width = int(strain.max(initial=0)) + 1
    return np.where(cluster >= 0, cluster * width + strain, -1)


def copy_numbers(profiles: PieceProfiles, cluster: np.ndarray) -> np.ndarray:
    """Return the depth of each piece relative to the median base of its cluster.

    Args:
        profiles: of all pieces.
        cluster: int64 (p,), -1 for none.

    Returns:
        float32 (p,), nan without a cluster.
    """
    order = np.lexsort((profiles.log_depth, cluster))
    order = order[cluster[order] >= 0]
    copies = np.full(len(cluster), np.nan, np.float32)
    if not order.size:
        return copies
    bases = np.cumsum(profiles.length[order])
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    before = np.where(starts > 0, bases[starts - 1], 0)
    ends = np.append(starts[1:], len(order))
    middle = np.searchsorted(bases, (before + bases[ends - 1]) / 2)
    median = profiles.log_depth[order[np.minimum(middle, len(order) - 1)]]
    copies[order] = np.exp(profiles.log_depth[order] - np.repeat(median, ends - starts))
    return copies
