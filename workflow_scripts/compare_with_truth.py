"""Compare kin pairs and clusters with the true origins of the reads.

In:  folder of alignments, clusters.parquet, pairs.h5 (exact duplicates, which another read
     represents), embeddings.h5 with its shards (lengths of the trimmed reads) and a truth table
     that simulate_reads wrote.
Out: JSON. All ratios are from 0 to 1, or null if the denominator is 0:

    format, format_version   "readkin-truth-comparison", 2
    settings                 min_kin_overlap_bp, min_true_overlap_bp
    reads                    number of reads compared
    kin_pairs
      true                   pairs whose origins overlap by at least min_kin_overlap_bp
      true_found, recall     true pairs that were aligned, or whose originals were if a read is an
                             exact duplicate; true_found / true
      found                  pairs that were aligned, or whose originals were
      right, precision       found pairs whose origins overlap by at least min_true_overlap_bp;
                             right / found
      by_overlap             list of from_bp, to_bp (inclusive), true, found, recall
      wrong                  found pairs that are not right: list of genomes (two names; twice the
                             same if the overlap on one genome is too short or missing), pairs;
                             most pairs first
    clusters                 each read by its most probable cluster; a read without any is a
                             cluster of its own
      reads, clusters, genomes_present, unclustered
                             numbers of reads, of clusters with at least one read, of genomes, and
                             of reads without a cluster
      homogeneity, completeness, v_measure, adjusted_rand
                             of clusters against genomes (Rosenberg and Hirschberg 2007; Hubert and
                             Arabie 1985, doi:10.1007/BF01908075); null with fewer than two genomes
      purity                 share of reads whose genome is the most frequent one of their cluster
      recovered_half         genomes of which one cluster has at least half of the reads and is at
                             least 90 % pure
      recovered_nearly_all   the same with 90 % of the reads and 95 % purity
      by_confidence          for reads with a cluster and at least min_confidence (.5, .8, .95):
                             share_placed (of all reads), and the same scores of these reads
      calibration            classes of confidence: from, to, reads, mean (confidence), right (share
                             of reads whose genome is the most frequent one of their cluster)
      strains                null if no strains were found; else the number of clusters, and the
                             same scores of all reads, if each strain is a cluster of its own
      genomes                list of genome, reads, unclustered, clusters, largest_cluster (its
                             number), largest_cluster_reads, largest_cluster_share (of the genome's
                             reads), largest_cluster_purity
      mixed                  genomes that share clusters: list of genomes (two names), clusters
                             (with reads of both), reads (sum over these clusters, of the genome
                             with fewer reads in the cluster); most reads first
      largest                the 20 largest clusters: list of cluster (its number), reads (of each
                             genome, in the order of genomes)

An origin is that of the trimmed read: trimming removes bases at the 3' end only. Origins overlap
only within one sequence (chromosome, plasmid, contig) of one genome. The origin of a chimeric read
is that of its longer part.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from readkin.command import (
    argument_parser,
    existing_file,
    existing_folder,
    log,
    positive_int,
    run_command,
)
from readkin.errors import InputError
from readkin.formats.alignment_parts import open_alignments
from readkin.formats.clusters import NO_CLUSTER, read_clusters
from readkin.formats.counts import write_json
from readkin.formats.embeddings import open_embeddings
from readkin.formats.pairs import CandidatePairs
from readkin.formats.truth_table import read_truth
from readkin.kernels.statistics.kin_truth import Origins, trimmed_origins
from readkin.truth.clusters import Labels, compare_clusters
from readkin.truth.kin_pairs import OverlapRule, Pairs, compare_pairs, with_duplicates


class TrueOrigins(NamedTuple):
    """Where the n reads come from.

    Attributes:
        origins: origins of the trimmed reads.
        genome: int32 (n,), index of the genome of each read.
        genomes: names of the genomes.
    """

    origins: Origins
    genome: np.ndarray
    genomes: Sequence[str]


class Inputs(NamedTuple):
    """Paths of the input files."""

    alignments: Path
    clusters: Path
    pairs: Path
    embeddings: Path
    truth: Path


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("compare_with_truth", __doc__)
    for name in Inputs._fields:
        kind = existing_folder if name == "alignments" else existing_file
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument("--min-kin-overlap-bp", type=positive_int, required=True)
    parser.add_argument("--min-true-overlap-bp", type=positive_int, required=True)
    parser.add_argument("--output", type=Path, required=True, help="JSON")
    return parser.parse_args(argv)


def compare_with_truth(inputs: Inputs, rule: OverlapRule) -> dict[str, Any]:
    """Compare found pairs and clusters with the origins of the n reads.

    The origins are released before the clusters are read; pairs are read in blocks.

    Args:
        inputs: paths of the files.
        rule: minimum overlaps.

    Returns:
        The content of the output, as in the module docstring.

    Raises:
        InputError: if the files belong to different reads.
    """
    truth = read_origins(inputs)
    n_reads, genomes = len(truth.genome), truth.genomes
    with CandidatePairs(inputs.pairs) as candidates:
        duplicates = candidates.duplicates()
        if candidates.n_reads != n_reads:
            found, expected = f"{candidates.n_reads} reads", f"{n_reads} as in embeddings"
            raise InputError(inputs.pairs, found, expected, "run find_pairs again")
    alignments = open_alignments(inputs.alignments)

    def blocks() -> Iterator[Pairs]:
        for table in alignments.tables(["read_a", "read_b"]):
            highest = int(table["read_b"].to_numpy().max(initial=0))
            if highest >= n_reads and len(table):
                raise _other_reads(inputs.alignments, highest + 1, n_reads, inputs.embeddings)
            read_a, read_b = (table[name].to_numpy() for name in ("read_a", "read_b"))
            yield read_a.astype(np.int64), read_b.astype(np.int64)

    pairs = with_duplicates(
        blocks, (duplicates[0].astype(np.int64), duplicates[1].astype(np.int64)), n_reads
    )
    kin_pairs = compare_pairs(truth.origins, truth.genome, genomes, pairs, rule)
    genome = truth.genome
    del truth
    return {
        "format": "readkin-truth-comparison",
        "format_version": 2,
        "settings": rule._asdict(),
        "reads": n_reads,
        "kin_pairs": kin_pairs,
        "clusters": compare_clusters(genome, genomes, read_labels(inputs.clusters)),
    }


def read_origins(inputs: Inputs) -> TrueOrigins:
    """Read where the reads of the clusters come from.

    Raises:
        InputError: if the files belong to different reads.
    """
    with open_embeddings(inputs.embeddings) as embeddings:
        length = embeddings["read_length"][:]
    read_ids = read_clusters(inputs.clusters, ["read_id"])["read_id"]
    if len(read_ids) != len(length):
        raise _other_reads(inputs.clusters, len(read_ids), len(length), inputs.embeddings)
    truth = read_truth(inputs.truth, read_ids)
    origins = Origins(
        sequence=truth.sequence, start=truth.start, end=truth.end, circle=truth.circle_length
    )
    trimmed = trimmed_origins(origins, truth.is_reverse, length, truth.offset)
    return TrueOrigins(trimmed, truth.genome, truth.genomes)


def _other_reads(path: Path, found: int, expected: int, embeddings: Path) -> InputError:
    return InputError(
        path,
        f"{found} reads",
        f"{expected} as in {embeddings}",
        "run the stages after embed_reads again",
    )


def read_labels(path: Path) -> Labels:
    """Read the cluster of each read from clusters.parquet."""
    clusters = read_clusters(path, ["cluster", "strain", "confidence"])
    number = clusters["cluster"].to_numpy().astype(np.int64)
    number[number == NO_CLUSTER] = -1
    return Labels(
        cluster=number,
        strain=clusters["strain"].to_numpy(),
        confidence=clusters["confidence"].to_numpy(),
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the stage with the parsed arguments."""
    inputs = Inputs(**{name: getattr(arguments, name) for name in Inputs._fields})
    rule = OverlapRule(arguments.min_kin_overlap_bp, arguments.min_true_overlap_bp)
    comparison = compare_with_truth(inputs, rule)
    write_json(arguments.output, comparison)
    pairs, clusters = comparison["kin_pairs"], comparison["clusters"]
    for name, value in (
        ("recall of kin pairs", pairs["recall"]),
        ("precision of kin pairs", pairs["precision"]),
        ("V-measure of clusters", clusters["v_measure"]),
        ("adjusted Rand index of clusters", clusters["adjusted_rand"]),
    ):
        log.info("%s: %s", name, "does not apply" if value is None else f"{value:.4f}")
    return comparison


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
