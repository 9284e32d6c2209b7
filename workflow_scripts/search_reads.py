"""Search: the best hits of queries in the reads, or in a database of DNA or proteins.

In:  queries (FASTA or FASTQ); the unaligned BAMs of all units, or a database (FASTA or FASTQ).
Out: the best targets of each query with alignment, bit score and E-value: Parquet, PAF and BLAST's
     table; counts as JSON.

Exhaustive, every query is compared with every target; otherwise (DNA only) with those that share
sampled k-mers. Runs on any number of MPI ranks, with the same result.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    log,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.formats.counts import Flow, write_counts
from readkin.formats.hits import HitFiles, write_hits
from readkin.formats.memory_use import write_memory_use
from readkin.kernels.kmers.signatures import KEY_SCHEMES
from readkin.parallel.mpi import Ranks, root_first, world
from readkin.parallel.peak_memory import PeakMemory
from readkin.provenance import fingerprint_of
from readkin.reads_on_node import reads_on_node
from readkin.search.alignment import listed_hits
from readkin.search.inputs import Named, reads_as_database, sequences_on_node
from readkin.search.on_ranks import align_in_order, search
from readkin.search.problem import make_problem
from readkin.search.results import (
    Reported,
    details_of,
    flows_of,
    queries_without_hit,
    reported_hits,
    table_of,
)
from readkin.search.settings import CHUNK_LETTERS, Settings, settings_of
from readkin.search.warm_up import compile_kernels

MOST_NAMES_TOLD = 10


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argument_parser("search_reads", __doc__)
    add = parser.add_argument
    add("--query", type=existing_file, required=True, help="FASTA or FASTQ")
    database = parser.add_mutually_exclusive_group(required=True)
    database.add_argument("--bam", type=existing_file, nargs="+", help="unaligned BAM of each unit")
    database.add_argument("--database", type=existing_file, help="FASTA or FASTQ")
    add("--alphabet", choices=("dna", "protein"), required=True)
    add("--match", type=int, help="DNA: score of two equal bases")
    add("--mismatch", type=int, help="DNA: score of two unequal bases, 0 or less")
    add("--matrix", help="proteins: substitution matrix, such as BLOSUM62")
    add("--gap-open", type=int, required=True, help="cost of the first letter of a gap")
    add("--gap-extend", type=int, required=True, help="cost of each further letter of a gap")
    add("--exhaustive", action="store_true", help="compare all with all; proteins always")
    add("--key-k", type=positive_int, default=16, help="length of the k-mers compared, bp")
    add("--key-fraction", type=fraction, default=0.2, help="share of k-mers compared")
    add("--key-seed", type=non_negative_int, default=1, help="chooses these k-mers")
    add("--key-scheme", choices=KEY_SCHEMES, default=KEY_SCHEMES[0], help="how they are chosen")
    add("--min-votes", type=positive_int, default=2, help="shared k-mers that a hit needs")
    add("--top-n", type=positive_int, required=True, help="targets kept per query")
    add("--max-evalue", type=float, required=True, help="hits with a larger E-value are dropped")
    add(
        "--chunk-letters",
        type=positive_int,
        default=CHUNK_LETTERS,
        help="of the database in one piece of work; no result depends on it",
    )
    add("--parquet", type=Path, required=True)
    add("--paf", type=Path, required=True, help="gzip-compressed PAF")
    add("--blast-table", type=Path, required=True, help="as BLAST's -outfmt 6")
    add("--counts", type=Path, required=True, help="JSON")
    add("--memory-used", type=Path, help="JSON: largest memory on each node")
    add("--ranks", type=positive_int, default=1, help="MPI ranks that were started")
    arguments = parser.parse_args(argv)
    try:
        arguments.settings = settings_of(arguments)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def search_reads(
    queries: Named, targets: Named, settings: Settings, files: HitFiles, ranks: Ranks
) -> tuple[list[Flow], dict[str, int]]:
    """Find, align and write the hits; returns counts and details."""
    problem = make_problem(queries.sequences, targets.sequences, settings)
    best, compared = search(problem, ranks)
    reported = ranks.broadcast(reported_hits(problem, listed_hits(best)) if ranks.is_root else None)
    sequences = queries.names_and_lengths(), targets.names_and_lengths()
    tables = (
        table_of(reported, *aligned, sequences)
        for aligned in align_in_order(problem, reported.found, ranks)
    )
    if ranks.is_root:
        write(tables, files, settings, (queries, targets))
        tell(reported, queries)
    else:
        list(tables)  # there is none, but this rank aligns its share
    return flows_of(problem, compared, reported), details_of(problem, compared, reported)


def write(
    tables: Iterator[pa.Table], files: HitFiles, settings: Settings, inputs: tuple[Named, Named]
) -> None:
    """Write all hits."""
    decisive = settings.parameters | {
        "query": inputs[0].fingerprint,
        "database": inputs[1].fingerprint,
    }
    write_hits(files, tables, settings.parameters, fingerprint_of(decisive, __file__))


def tell(reported: Reported, queries: Named) -> None:
    """Log what was found, and queries without a hit."""
    without = queries_without_hit(reported, len(queries.names))
    log.info("%d hits of %d queries", reported.rank.size, len(queries.names) - without.size)
    if without.size:
        names = ", ".join(queries.names.take(without[:MOST_NAMES_TOLD]).to_pylist())
        more = ", ..." * (without.size > MOST_NAMES_TOLD)
        log.info("queries without a hit: %d (%s%s)", without.size, names, more)


def stage(arguments: argparse.Namespace) -> None:
    """Search; the root writes hits and counts."""
    settings, ranks = arguments.settings, world(arguments.ranks)
    root_first(ranks, lambda: compile_kernels(settings))
    queries = sequences_on_node(arguments.query, settings.letters, ranks)
    if arguments.bam:
        targets = reads_as_database(reads_on_node(arguments.bam, ranks), ranks)
    else:
        targets = sequences_on_node(arguments.database, settings.letters, ranks)
    files = HitFiles(arguments.parquet, arguments.paf, arguments.blast_table)
    with PeakMemory() as memory:
        flows, details = search_reads(queries, targets, settings, files, ranks)
    write_memory_use(arguments.memory_used, memory.by_node(ranks))
    if ranks.is_root:
        write_counts(arguments.counts, "search_reads", flows, details)


def main(argv: list[str] | None = None) -> int:
    return run_command(stage, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
