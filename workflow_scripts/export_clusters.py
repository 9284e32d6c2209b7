"""Write the reads of each cluster to files of its own, ready for an assembler.

In:  clusters.parquet, cluster_summary.tsv (names); the unaligned BAMs of all units.
Out: a folder with manifest.tsv, which lists all files, and for each cluster
     cluster_<number>.<name>_R1.fastq.gz, ..._R2.fastq.gz (mates in the same order) and
     ..._single.fastq.gz (reads without mate), or one .bam; with --by-sample
     cluster_<number>.<name>.<sample>...; counts JSON.

A pair is kept together: both mates go to the cluster of the mate that is placed or, if both are, to
that of the mate with the higher confidence. Reads of which neither they nor their mates are placed,
and those of clusters with fewer than --min-reads reads to write, are left out and counted. Bases
other than A, C, G, T are written as N.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from readkin.clusters.export import (
    destinations,
    export_details,
    export_flow,
    exported_groups,
    files_of,
    manifest_row,
)
from readkin.clusters.samples import Samples, samples_of
from readkin.command import argument_parser, existing_file, log, positive_int, run_command
from readkin.formats.cluster_summary import read_cluster_summary
from readkin.formats.clusters import check_reads, read_clusters
from readkin.formats.counts import write_counts
from readkin.formats.exported_reads import Write, bam_writer, fastq_writer, write_folder
from readkin.formats.reads import Reads, load_reads, reads_fingerprint
from readkin.formats.unaligned_bam import read_group_of_bam, unit_of_bam


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("export_clusters", __doc__)
    add = parser.add_argument
    add("--clusters", type=existing_file, required=True, help="Parquet, of cluster_reads")
    add("--summary", type=existing_file, required=True, help="TSV, of cluster_reads")
    add("--bam", type=existing_file, nargs="+", required=True, help="unaligned BAM of each unit")
    add("--format", choices=["fastq", "bam"], required=True)
    add("--min-reads", type=positive_int, required=True, help="of a cluster that is written")
    add("--by-sample", action="store_true", help="write the reads of each sample apart")
    add("--threads", type=positive_int, default=1)
    add("--output", type=Path, required=True, help="folder to write")
    add("--counts", type=Path, required=True, help="JSON, to write")
    return parser.parse_args(argv)


def export_clusters(
    reads: Reads,
    cluster: np.ndarray,
    samples: Samples | None,
    names: Sequence[str],
    is_bam: bool,
) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Divide the reads into files.

    Args:
        reads: all n reads.
        cluster: int64 (n,), cluster in whose files each read is, from 1; 0 for none.
        samples: samples whose reads are kept apart; None to keep all together.
        names: name of each cluster.
        is_bam: whether all reads of a group are in one file.

    Returns:
        Rows of the manifest, and the indices of the reads of each file by its name.
    """
    rows: list[dict[str, Any]] = []
    files: dict[str, np.ndarray] = {}
    for group in exported_groups(reads, cluster, samples):
        name = names[group.cluster - 1]
        of_group = files_of(group, name, is_bam)
        rows.append(manifest_row(reads, group, name, list(of_group)))
        files |= of_group
    return rows, files


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    reads = load_reads(arguments.bam, with_qualities=True)
    clusters = read_clusters(arguments.clusters, ["cluster", "confidence", "status"])
    check_reads(arguments.clusters, clusters, reads_fingerprint(reads))
    names = read_cluster_summary(arguments.summary)["name"].to_pylist()
    samples = None
    if arguments.by_sample:
        samples = samples_of([unit_of_bam(bam) for bam in arguments.bam], reads.unit)
    found = destinations(reads, clusters, arguments.min_reads)
    is_bam = arguments.format == "bam"
    rows, files = export_clusters(reads, found.cluster, samples, names, is_bam)
    if is_bam:
        write: Write = bam_writer(reads, [read_group_of_bam(bam) for bam in arguments.bam])
    else:
        write = fastq_writer(reads)
    write_folder(arguments.output, rows, files.items(), write, arguments.threads)
    flow, details = export_flow(found, clusters), export_details(found) | {"files": len(files)}
    log.info("export: %d of %d reads in %d files", flow.left, flow.entered, len(files))
    write_counts(arguments.counts, "export_clusters", [flow], details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
