"""Group reads into clusters: connected components of the kin graph.

In:  alignments.parquet; the unaligned BAMs, for ids, mates and units of all reads.
Out: clusters.parquet and clusters.tsv, one row per read; counts JSON.

An alignment joins two reads if it reaches the minimum length (without bases of low complexity) and
identity and is a proper overlap:
only a few bases may be unaligned where both reads continue. (An alignment that ends inside both
reads is a repeat.)
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from readkin.clusters.kin_graph import (
    EDGE_COLUMNS,
    EdgeRule,
    edges_of,
    numbered_components,
    representatives,
)
from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    log,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.formats.alignments import check_reads, read_alignments
from readkin.formats.clusters import write_clusters
from readkin.formats.counts import Flow, write_counts
from readkin.formats.reads import NO_MATE, Reads, load_reads
from readkin.formats.unaligned_bam import UnitName, unit_of_bam


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("cluster_reads", __doc__)
    parser.add_argument("--alignments", type=existing_file, required=True)
    parser.add_argument(
        "--bam", type=existing_file, nargs="+", required=True, help="unaligned BAM of each unit"
    )
    parser.add_argument("--method", choices=["connected_components"], required=True)
    parser.add_argument("--min-identity", type=fraction, required=True)
    parser.add_argument("--min-overlap-bp", type=positive_int, required=True)
    parser.add_argument("--max-overhang-bp", type=non_negative_int, required=True)
    parser.add_argument("--join-mates", action="store_true", help="mates share a cluster")
    parser.add_argument("--parquet", type=Path, required=True)
    parser.add_argument("--tsv", type=Path, required=True)
    parser.add_argument("--counts", type=Path, required=True, help="JSON")
    return parser.parse_args(argv)


def cluster_reads(
    reads: Reads, alignments: pa.Table, rule: EdgeRule, join_mates: bool
) -> tuple[np.ndarray, np.ndarray, list[Flow]]:
    """Find the clusters.

    Args:
        reads: all n reads.
        alignments: table with ``EDGE_COLUMNS``.
        rule: settings that decide which alignments are edges.
        join_mates: whether mates are always in one cluster.

    Returns:
        Cluster number of each read, int64 (n,), 1 is the largest; read_index of the representative
        of each cluster, int64 (clusters,); the counts.
    """
    kept, dropped = edges_of(alignments, rule)
    read_a = alignments["read_a"].to_numpy()[kept].astype(np.int64)
    read_b = alignments["read_b"].to_numpy()[kept].astype(np.int64)
    kin = np.bincount(read_a, minlength=len(reads)) + np.bincount(read_b, minlength=len(reads))
    if join_mates:
        paired = np.flatnonzero(reads.mate_index != NO_MATE)
        read_a = np.concatenate([read_a, paired])
        read_b = np.concatenate([read_b, reads.mate_index[paired].astype(np.int64)])
    cluster = numbered_components(read_a, read_b, len(reads))
    flows = [
        Flow("reads", len(reads), len(cluster)),
        Flow("alignments", len(alignments), int(kept.sum()), dropped),
    ]
    return cluster, representatives(cluster, kin), flows


def cluster_table(
    reads: Reads, units: list[UnitName], cluster: np.ndarray, representative: np.ndarray
) -> pa.Table:
    """Return one row per read with the columns of ``formats.clusters``."""
    ids = pa.array(reads.ids(), pa.string())
    samples, names = zip(*units, strict=True)
    size = np.bincount(cluster)
    return pa.table(
        {
            "read_index": pa.array(np.arange(len(reads), dtype=np.uint64)),
            "read_id": ids,
            "sample": pa.array(samples, pa.string()).take(pa.array(reads.unit)),
            "unit": pa.array(names, pa.string()).take(pa.array(reads.unit)),
            "cluster": pa.array(cluster.astype(np.uint64)),
            "size": pa.array(size[cluster].astype(np.uint64)),
            "representative": ids.take(pa.array(representative[cluster - 1])),
        }
    )


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    reads = load_reads(arguments.bam)
    alignments = read_alignments(arguments.alignments, EDGE_COLUMNS)
    check_reads(arguments.alignments, alignments, reads)
    log.info("cluster: %d reads, %d alignments", len(reads), len(alignments))
    rule = EdgeRule(**{name: getattr(arguments, name) for name in EdgeRule._fields})
    cluster, representative, flows = cluster_reads(reads, alignments, rule, arguments.join_mates)
    units = [unit_of_bam(bam) for bam in arguments.bam]
    table = cluster_table(reads, units, cluster, representative)
    write_clusters(table, arguments.parquet, arguments.tsv)
    size = np.bincount(cluster)[1:]
    details: dict[str, Any] = {
        "clusters": len(size),
        "clusters of one read": int((size == 1).sum()),
        "largest cluster": int(size.max(initial=0)),
    }
    log.info("cluster: %d clusters, the largest of %d reads", len(size), size.max(initial=0))
    write_counts(arguments.counts, "cluster_reads", flows, details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
