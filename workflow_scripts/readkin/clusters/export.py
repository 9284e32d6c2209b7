"""Which reads of which clusters are written to which files.

A pair is kept together: both mates go to the cluster of the mate that is placed or, if both are, to
that of the mate with the higher confidence (of equal ones the first mate).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from readkin.clusters.samples import Samples
from readkin.formats.clusters import NO_CLUSTER, PLACED
from readkin.formats.counts import Flow
from readkin.formats.reads import NO_MATE, Reads

TOO_SMALL = "cluster below cluster.export_min_reads"


@dataclass(frozen=True, eq=False, kw_only=True)
class Destinations:
    """Where n reads are written.

    Attributes:
        cluster: int64 (n,), cluster in whose files the read is; NO_CLUSTER: none.
        with_mate: bool (n,), whether the read is there because of its mate only.
        too_small: bool (n,), whether the read has a cluster that is too small.
        divided_pairs: number of pairs whose mates are placed in different clusters.
    """

    cluster: np.ndarray
    with_mate: np.ndarray
    too_small: np.ndarray
    divided_pairs: int


@dataclass(frozen=True, eq=False, kw_only=True)
class ExportedGroup:
    """Reads of one cluster, of all samples or of one.

    Attributes:
        cluster: number of the cluster.
        sample: name of the sample; "" for all.
        first: int64 (pairs,), first mates in order of read_index; the second ones follow them.
        single: int64 (singles,), reads without mate.
    """

    cluster: int
    sample: str
    first: np.ndarray
    single: np.ndarray

    @property
    def reads(self) -> np.ndarray:
        """All reads in order of read_index, int64."""
        return np.sort(np.concatenate([self.first, self.first + 1, self.single]))


def destinations(reads: Reads, clusters: pa.Table, min_reads: int) -> Destinations:
    """Return where each read is written.

    Args:
        reads: all n reads; second mates follow first ones.
        clusters: columns cluster, confidence and status of the reads.
        min_reads: least reads of a cluster that is written.
    """
    is_placed = clusters["status"].to_numpy(zero_copy_only=False) == PLACED
    own = np.where(is_placed, clusters["cluster"].to_numpy().astype(np.int64), NO_CLUSTER)
    confidence = np.where(is_placed, clusters["confidence"].to_numpy(), -1)
    first = np.flatnonzero(reads.mate_number == 1)
    better = first + (confidence[first + 1] > confidence[first])
    cluster = own.copy()
    cluster[first] = cluster[first + 1] = own[better]
    has_cluster = cluster != NO_CLUSTER
    too_small = has_cluster & (np.bincount(cluster)[cluster] < min_reads)
    both = is_placed[first] & is_placed[first + 1]
    return Destinations(
        cluster=np.where(too_small, NO_CLUSTER, cluster),
        with_mate=has_cluster & ~too_small & (own != cluster),
        too_small=too_small,
        divided_pairs=int(np.count_nonzero(both & (own[first] != own[first + 1]))),
    )


def export_flow(found: Destinations, clusters: pa.Table) -> Flow:
    """Return the flow of reads: those written, and the others by reason."""
    is_written = found.cluster != NO_CLUSTER
    status = clusters["status"].to_numpy(zero_copy_only=False)
    reasons = np.where(found.too_small, TOO_SMALL, status)[~is_written]
    names, numbers = np.unique(reasons.astype(str), return_counts=True)
    dropped = dict(zip(names.tolist(), numbers.tolist(), strict=True))
    return Flow("reads", len(is_written), int(is_written.sum()), dropped)


def export_details(found: Destinations) -> dict[str, int]:
    """Return further numbers for the counts file."""
    return {
        "clusters": len(np.unique(found.cluster[found.cluster != NO_CLUSTER])),
        "reads written with their mate": int(found.with_mate.sum()),
        "pairs placed in different clusters": found.divided_pairs,
    }


def exported_groups(
    reads: Reads, cluster: np.ndarray, samples: Samples | None
) -> Iterator[ExportedGroup]:
    """Yield the reads of each cluster, or of each cluster and sample that has any.

    Args:
        reads: all n reads.
        cluster: int64 (n,), cluster in whose files each read is; NO_CLUSTER: none.
        samples: samples to keep apart; None to keep all together.
    """
    n_samples = len(samples.names) if samples else 1
    key = cluster * n_samples + (samples.of_read if samples else 0)
    order = np.argsort(key, kind="stable")
    order = order[cluster[order] != NO_CLUSTER]
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    for members in np.split(order, starts[1:]) if order.size else ():
        number, sample = divmod(int(key[members[0]]), n_samples)
        yield ExportedGroup(
            cluster=number,
            sample=samples.names[sample] if samples else "",
            first=members[reads.mate_number[members] == 1],
            single=members[reads.mate_index[members] == NO_MATE],
        )


def files_of(group: ExportedGroup, name: str, is_bam: bool) -> dict[str, np.ndarray]:
    """Return the indices of the reads of each file of a group, by the name of the file.

    Args:
        group: reads of a cluster.
        name: name of the cluster; "" for none.
        is_bam: whether all reads are in one file.
    """
    stem = stem_of(group, name)
    if is_bam:
        return {f"{stem}.bam": group.reads}
    return {f"{stem}_{part}.fastq.gz": index for part, index in parts_of(group).items()}


def stem_of(group: ExportedGroup, name: str) -> str:
    """Return how the names of the files of a group begin; ``name`` is that of the cluster."""
    return ".".join(filter(None, (f"cluster_{group.cluster}", name, group.sample)))


def parts_of(group: ExportedGroup) -> dict[str, np.ndarray]:
    """Return the indices of first mates (R1), second mates (R2) and single reads that a group has.

    The mates are in the same order.
    """
    parts = {"R1": group.first, "R2": group.first + 1, "single": group.single}
    return {part: index for part, index in parts.items() if index.size}


def manifest_row(
    reads: Reads, group: ExportedGroup, name: str, files: Sequence[str]
) -> dict[str, Any]:
    """Return the row of a group in the manifest (formats.exported_reads)."""
    index = group.reads
    return {
        "cluster": group.cluster,
        "name": name,
        "sample": group.sample,
        "reads": len(index),
        "pairs": len(group.first),
        "bases": int(reads.lengths[index].sum()),
        "files": list(files),
    }
