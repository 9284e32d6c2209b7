"""Group reads into clusters: one for each genome as far as possible, with a confidence per read.

Method genomes: the pieces that join_reads found are joined by composition, by depth in every sample
and by their alignments. The metric of composition is learned again from the clusters found.
Method connected_components: reads that a chain of alignments connects are one cluster. An alignment
counts if it reaches the minimum length (without bases of low complexity) and identity and is a
proper overlap: only a few bases may be unaligned where both reads continue. (An alignment that ends
inside both reads is a repeat.)

In:  pieces.h5; the unaligned BAMs, for ids, mates and samples of all reads; for method
     connected_components the folder of alignments.
Out: clusters.parquet and clusters.tsv, one row per read; cluster_summary.tsv, one row per cluster;
     counts JSON; for method genomes pieces.parquet, one row per piece, and learned_embedding.h5,
     the metric.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from readkin.clusters import genomes as genomes_module
from readkin.clusters import kin_graph, read_clusters
from readkin.clusters import piece_columns as columns_module
from readkin.clusters.common_stretches import strains_of_reads
from readkin.clusters.counted_reads import CountedReads, count_reads
from readkin.clusters.genomes import GenomeRules, find_genomes
from readkin.clusters.kin_graph import EDGE_COLUMNS, EdgeRule, edges_of, numbered_components
from readkin.clusters.piece_columns import depth_in_samples, piece_columns, piece_flow
from readkin.clusters.read_clusters import (
    ReadClusters,
    cluster_tables,
    clusters_of_components,
    clusters_of_genomes,
)
from readkin.clusters.samples import Samples, samples_of
from readkin.clusters.summary import Summary
from readkin.command import (
    argument_parser,
    existing_file,
    existing_folder,
    fraction,
    log,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.formats.alignment_parts import open_alignments
from readkin.formats.alignments import Provenance
from readkin.formats.cluster_summary import write_cluster_summary
from readkin.formats.clusters import STATUSES, write_clusters
from readkin.formats.counts import Flow, write_counts
from readkin.formats.metric import metric_fingerprint, read_metric, write_metric
from readkin.formats.piece_table import write_piece_table
from readkin.formats.pieces import Pieces, read_pieces
from readkin.formats.pieces import check_reads as check_reads_of_pieces
from readkin.formats.unaligned_bam import unit_of_bam
from readkin.provenance import fingerprint_of

# The modules that determine the content of the output.
CODE = [
    str(module.__file__) for module in (genomes_module, kin_graph, columns_module, read_clusters)
]
NEEDED = {
    "genomes": ("min_confidence", "rounds", "seed", "piece_table", "learned_embedding"),
    "connected_components": ("alignments", *EdgeRule._fields),
}
"""Options that each method requires, besides those that both do."""


class Clustering(NamedTuple):
    """Result of either method.

    Attributes:
        found: clusters of the reads.
        summary: numbers of the clusters.
        flow: of the items that form the clusters.
        parameters: settings that determine the result.
    """

    found: ReadClusters
    summary: Summary
    flow: Flow
    parameters: Mapping[str, Any]


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("cluster_reads", __doc__)
    add = parser.add_argument
    add("--bam", type=existing_file, nargs="+", required=True, help="unaligned BAM of each unit")
    add("--pieces", type=existing_file, required=True, help="HDF5, of join_reads")
    add("--method", choices=list(NEEDED), required=True)
    add("--parquet", type=Path, required=True, help="clusters of the reads, to write")
    add("--tsv", type=Path, required=True, help="the same as text, to write")
    add("--summary", type=Path, required=True, help="TSV of the clusters, to write")
    add("--counts", type=Path, required=True, help="JSON, to write")
    genomes = parser.add_argument_group("method genomes").add_argument
    genomes("--min-confidence", type=fraction, help="of reads that are placed")
    genomes("--rounds", type=non_negative_int, help="in which the metric is learned again")
    genomes("--seed", type=non_negative_int, help="of the search for communities")
    genomes("--strains", action="store_true", help="look for strains")
    genomes("--start-embedding", type=existing_file, help="HDF5: metric to start with")
    genomes("--threads", type=positive_int, default=1)
    genomes("--piece-table", type=Path, help="Parquet of the pieces, to write")
    genomes("--learned-embedding", type=Path, help="HDF5, to write")
    components = parser.add_argument_group("method connected_components").add_argument
    components("--alignments", type=existing_folder, help="folder, of align_pairs")
    components("--min-identity", type=fraction, help="of alignments that join reads")
    components("--min-overlap-bp", type=positive_int, help="of alignments that join reads")
    components("--max-overhang-bp", type=non_negative_int, help="of alignments that join reads")
    components("--join-mates", action="store_true", help="mates share a cluster")
    arguments = parser.parse_args(argv)
    missing = [name for name in NEEDED[arguments.method] if getattr(arguments, name) is None]
    if missing:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        parser.error(f"method {arguments.method} requires {options}")
    return arguments


def connected_clusters(
    reads: CountedReads, alignments: Iterable[pa.Table], rule: EdgeRule, join_mates: bool
) -> tuple[np.ndarray, Flow]:
    """Find the connected components of the kin graph.

    Args:
        reads: all n reads.
        alignments: tables with ``EDGE_COLUMNS``, of which only the edges are kept.
        rule: settings that decide which alignments are edges.
        join_mates: whether mates are always in one cluster.

    Returns:
        Cluster number of each read, int64 (n,), 1 is the largest; the flow of alignments.
    """
    ends: list[list[np.ndarray]] = [[np.empty(0, np.int32)], [np.empty(0, np.int32)]]
    entered, left = 0, 0
    dropped: Counter[str] = Counter()
    for table in alignments:
        kept, of_table = edges_of(table, rule)
        for parts, name in zip(ends, ("read_a", "read_b"), strict=True):
            parts.append(table[name].to_numpy()[kept].astype(np.int32))
        entered, left = entered + len(table), left + int(kept.sum())
        dropped.update(of_table)
    if join_mates:
        first = np.flatnonzero(reads.mate_number == 1).astype(np.int32)
        ends[0].append(first)
        ends[1].append(first + np.int32(1))
    read_a, read_b = (np.concatenate(parts) for parts in ends)
    flow = Flow("alignments", entered, left, dict(dropped))
    return numbered_components(read_a, read_b, len(reads)), flow


def run_components(
    arguments: argparse.Namespace, reads: CountedReads, pieces: Pieces
) -> Clustering:
    """Run the method connected_components."""
    folder = open_alignments(arguments.alignments)
    folder.check_reads(reads.fingerprint)
    alignments = folder.tables(EDGE_COLUMNS)
    rule = EdgeRule(**{name: getattr(arguments, name) for name in EdgeRule._fields})
    cluster, flow = connected_clusters(reads, alignments, rule, arguments.join_mates)
    found = clusters_of_components(cluster, pieces)
    return Clustering(
        found=found,
        summary=Summary(reads, found, int(cluster.max(initial=0))),
        flow=flow,
        parameters=rule._asdict() | {"join_mates": arguments.join_mates},
    )


def run_genomes(
    arguments: argparse.Namespace, reads: CountedReads, pieces: Pieces, samples: Samples
) -> Clustering:
    """Run the method genomes; write the table of pieces and the learned metric."""
    rules = GenomeRules(rounds=arguments.rounds, strains=arguments.strains, seed=arguments.seed)
    start = read_metric(arguments.start_embedding)
    of_read, n_samples = samples.of_read, len(samples.names)
    genomes = find_genomes(pieces, of_read, n_samples, rules, start, arguments.threads)
    names = ("rounds", "seed", "strains", "min_confidence")
    parameters = {name: getattr(arguments, name) for name in names}
    parameters["start_embedding"] = metric_fingerprint(arguments.start_embedding)
    provenance = parameters, fingerprint_of(parameters | {"pieces": pieces.fingerprint}, *CODE)
    write_metric(arguments.learned_embedding, genomes.metric, *provenance)
    columns = piece_columns(pieces, genomes, of_read, n_samples)
    depths = depth_in_samples(pieces, reads.lengths, of_read, n_samples)
    write_piece_table(arguments.piece_table, columns, samples.names, depths, provenance)
    strains = strains_of_reads(pieces, genomes, of_read, n_samples)
    found = clusters_of_genomes(pieces, genomes, strains, arguments.min_confidence)
    summary = Summary(reads, found, genomes.n_clusters)
    summary.add_genomes(pieces, genomes)
    flow = piece_flow(genomes, arguments.min_confidence)
    return Clustering(found=found, summary=summary, flow=flow, parameters=parameters)


def details_of(clustering: Clustering) -> dict[str, int]:
    """Return the numbers of clusters, and of reads by their status."""
    size = clustering.summary.columns["reads"]
    status = np.bincount(clustering.found.status, minlength=len(STATUSES))
    of_reads = {f"reads: {name}": int(n) for name, n in zip(STATUSES, status, strict=True)}
    largest = int(size.max(initial=0))
    singletons = int((size == 1).sum())
    return {
        "clusters": len(size),
        "clusters of one read": singletons,
        "largest cluster": largest,
        **of_reads,
    }


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    reads = count_reads(arguments.bam)
    units = [unit_of_bam(bam) for bam in arguments.bam]
    samples = samples_of(units, reads.unit)
    pieces = read_pieces(arguments.pieces)
    check_reads_of_pieces(arguments.pieces, pieces, reads.fingerprint)
    log.info("cluster: %d reads in %d pieces", len(reads), len(pieces))
    if arguments.method == "genomes":
        clustering = run_genomes(arguments, reads, pieces, samples)
    else:
        clustering = run_components(arguments, reads, pieces)
    parameters = {"method": arguments.method, **clustering.parameters}
    fingerprint = fingerprint_of(parameters | {"pieces": pieces.fingerprint}, *CODE)
    provenance = Provenance(parameters, fingerprint, pieces.reads_fingerprint)
    tables = cluster_tables(reads, units, clustering.found)
    rows = write_clusters(tables, arguments.parquet, arguments.tsv, provenance)
    clustering.summary.add_samples(samples)
    write_cluster_summary(arguments.summary, clustering.summary.columns)
    details = details_of(clustering)
    log.info("cluster: %s", ", ".join(f"{name} {number}" for name, number in details.items()))
    flow = Flow("reads", len(reads), rows)
    write_counts(arguments.counts, "cluster_reads", [flow, clustering.flow], details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
