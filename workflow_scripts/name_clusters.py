"""Name clusters after known sequences: the best hits of windows of their pieces.

In:  pieces.h5, pieces.parquet and cluster_summary.tsv; known sequences, usually genomes (FASTA).
Out: cluster_names.tsv, one row per cluster; counts JSON.

The consensus of the placed pieces of each cluster is cut into windows of 1000 bp. Each window is
searched by shared k-mers, as search_reads does, and votes for the sequence of its best alignment.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from readkin.clusters.naming import BestHitsOfWindows, name_rows
from readkin.clusters.windows import Windows, windows_of_clusters
from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    log,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.errors import InputError
from readkin.formats.cluster_names import write_cluster_names
from readkin.formats.cluster_summary import read_cluster_summary
from readkin.formats.clusters import NO_CLUSTER
from readkin.formats.counts import Flow, write_counts
from readkin.formats.hits import NamesAndLengths
from readkin.formats.piece_table import PIECE_TABLE, read_piece_table
from readkin.formats.pieces import read_pieces
from readkin.formats.sequences import DNA
from readkin.kernels.kmers.signatures import KEY_SCHEMES, KeySettings
from readkin.kernels.sequences.sequences import Sequences
from readkin.parallel.mpi import OneProcess
from readkin.search.alignment import hit_list
from readkin.search.inputs import InputSequences, sequences_on_node
from readkin.search.on_ranks import align_in_order, search
from readkin.search.results import reported_hits, table_of
from readkin.search.task import SearchSettings, dna_system, search_task

MAX_EVALUE = 1e-10
MAX_WINDOWS = 100_000
"""Windows of all clusters together, about."""
MAX_WINDOWS_OF_CLUSTER = 2000


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("name_clusters", __doc__)
    add = parser.add_argument
    add("--pieces", type=existing_file, required=True, help="HDF5, of join_reads")
    add("--piece-table", type=existing_file, required=True, help="Parquet, of cluster_reads")
    add("--summary", type=existing_file, required=True, help="TSV, of cluster_reads")
    add("--known", type=existing_file, required=True, help="FASTA of known sequences")
    add("--min-confidence", type=fraction, required=True, help="of pieces that are placed")
    add("--match", type=int, required=True, help="score of two equal bases")
    add("--mismatch", type=int, required=True, help="score of two different bases, 0 or less")
    add("--gap-open", type=int, required=True, help="cost of the first base of a gap")
    add("--gap-extend", type=int, required=True, help="cost of each further base of a gap")
    add("--key-k", type=positive_int, required=True, help="length of the compared k-mers, bp")
    add("--key-fraction", type=fraction, required=True, help="fraction of k-mers to compare")
    add("--key-seed", type=non_negative_int, required=True, help="of the sampling of k-mers")
    add("--key-scheme", choices=KEY_SCHEMES, required=True, help="sampling scheme")
    add("--mask-low-complexity", action="store_true", help="compare no k-mers of short repeats")
    add("--min-votes", type=positive_int, required=True, help="shared k-mers of a hit")
    add("--output", type=Path, required=True, help="TSV, to write")
    add("--counts", type=Path, required=True, help="JSON, to write")
    return parser.parse_args(argv)


def search_settings(arguments: argparse.Namespace) -> SearchSettings:
    """Map the arguments to settings of a search for the best hit of each window."""
    scores = (arguments.match, arguments.mismatch, arguments.gap_open, arguments.gap_extend)
    return SearchSettings(
        system=dna_system(*scores),
        keys=KeySettings(
            k=arguments.key_k,
            fraction=arguments.key_fraction,
            seed=arguments.key_seed,
            scheme=arguments.key_scheme,
            mask_low_complexity=arguments.mask_low_complexity,
        ),
        is_exhaustive=False,
        min_votes=arguments.min_votes,
        top_n=1,
        max_evalue=MAX_EVALUE,
    )


def load_windows(
    pieces_file: Path, piece_table: Path, min_confidence: float, n_clusters: int
) -> tuple[Sequences, Windows]:
    """Return the windows of all placed pieces, and their consensus.

    Raises:
        InputError: if the files belong to different pieces, or are other files.
    """
    pieces = read_pieces(pieces_file)
    table = read_piece_table(piece_table, ["cluster", "confidence", "is_shared"])
    if len(table) != len(pieces):
        found, expected = f"{len(table)} pieces", f"the {len(pieces)} of {pieces_file}"
        raise InputError(piece_table, found, expected, PIECE_TABLE.remedy)
    is_good = table["confidence"].to_numpy() >= np.float32(min_confidence)
    is_good &= ~table["is_shared"].to_numpy(zero_copy_only=False)
    cluster = np.where(is_good, table["cluster"].to_numpy(), NO_CLUSTER)
    most = min(MAX_WINDOWS_OF_CLUSTER, max(MAX_WINDOWS // max(n_clusters, 1), 1))
    windows = windows_of_clusters(pieces, cluster, most)
    return windows.sequences(pieces), windows


def best_hits(
    queries: Sequences, targets: InputSequences[Sequences], settings: SearchSettings
) -> pa.Table:
    """Return query_index, target_index, matches and alignment_length of the best hits."""
    ranks = OneProcess()
    task = search_task(queries, targets.sequences, settings)
    reported = reported_hits(task, hit_list(search(task, ranks)[0]))
    lengths = np.diff(queries.offsets)
    unnamed = pa.array([""] * len(lengths), pa.string())
    sequences = NamesAndLengths(unnamed, lengths), targets.names_and_lengths()
    columns = ["query_index", "target_index", "matches", "alignment_length"]
    tables = [
        table_of(reported, *aligned, sequences).select(columns)
        for aligned in align_in_order(task, reported.hits, ranks)
    ]
    nothing = pa.table({name: pa.array([], pa.int64()) for name in columns})
    return pa.concat_tables(tables) if tables else nothing


def write_names(
    hits: pa.Table, windows: Windows, names: list[str], targets: list[str], output: Path
) -> Flow:
    """Write the table of names; return the flow of windows."""
    column = {name: hits[name].to_numpy().astype(np.int64) for name in hits.column_names}
    best = BestHitsOfWindows(
        cluster=windows.cluster[column["query_index"]],
        target=column["target_index"],
        matches=column["matches"],
        columns=column["alignment_length"],
    )
    number = np.bincount(windows.cluster, minlength=len(names) + 1)[1:]
    rows = name_rows(best, number, names, targets)
    write_cluster_names(output, rows)
    named = sum("hit" in row for row in rows)
    log.info("names: %d of %d clusters have a hit", named, len(rows))
    without = len(windows) - len(hits)
    return Flow("windows", len(windows), len(hits), {"no hit": without})


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    names = read_cluster_summary(arguments.summary)["name"].to_pylist()
    targets = sequences_on_node(arguments.known, DNA, OneProcess())
    known = targets.names.to_pylist()
    queries, windows = load_windows(
        arguments.pieces, arguments.piece_table, arguments.min_confidence, len(names)
    )
    hits = best_hits(queries, targets, search_settings(arguments))
    flow = write_names(hits, windows, names, known, arguments.output)
    write_counts(arguments.counts, "name_clusters", [flow], {"known sequences": len(known)})


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
