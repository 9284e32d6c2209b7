"""Search for queries in the reads, or in a database of DNA or proteins.

In:  queries (FASTA or FASTQ); the embedded reads (embeddings.h5 for their bases, reads.parquet for
     their names), or a database (FASTA or FASTQ).
Out: the best targets of each query with alignment, bit score and E-value, as Parquet, PAF and
     BLAST's table; counts as JSON.

An exhaustive search compares every query with every target. A filtered search (DNA only) compares
those that share sampled k-mers. The result is the same for any number of MPI ranks.
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
from readkin.kernels.kmers.signatures import KEY_SCHEMES, KeySettings
from readkin.kernels.sequences.sequences import Sequences
from readkin.parallel.mpi import Ranks, root_first, world
from readkin.parallel.peak_memory import PeakMemory
from readkin.provenance import fingerprint_of
from readkin.search.alignment import hit_list
from readkin.search.inputs import InputSequences, reads_as_database, sequences_on_node
from readkin.search.on_ranks import align_in_order, compile_kernels, search
from readkin.search.results import (
    ReportedHits,
    details_of,
    flows_of,
    queries_without_hit,
    reported_hits,
    table_of,
)
from readkin.search.task import (
    CHUNK_RESIDUES,
    ScoringSystem,
    SearchSettings,
    Targets,
    dna_system,
    protein_system,
    search_task,
)

MAX_NAMES_LOGGED = 10


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("search_reads", __doc__)
    add = parser.add_argument
    add("--query", type=existing_file, required=True, help="FASTA or FASTQ")
    database = parser.add_mutually_exclusive_group(required=True)
    database.add_argument(
        "--embeddings", type=existing_file, help="HDF5 file of embed_reads; needs --reads"
    )
    database.add_argument("--database", type=existing_file, help="FASTA or FASTQ")
    add("--reads", type=existing_file, help="reads.parquet of embed_reads, for the names")
    add("--alphabet", choices=("dna", "protein"), required=True, help="of queries and database")
    add("--match", type=int, help="DNA: score of two equal bases")
    add("--mismatch", type=int, help="DNA: score of two different bases, 0 or less")
    add("--matrix", help="proteins: substitution matrix, for example BLOSUM62")
    add("--gap-open", type=int, required=True, help="cost of the first residue of a gap")
    add("--gap-extend", type=int, required=True, help="cost of each further residue of a gap")
    add("--exhaustive", action="store_true", help="compare all pairs; proteins always do")
    add("--key-k", type=positive_int, default=16, help="length of the compared k-mers, bp")
    add("--key-fraction", type=fraction, default=0.2, help="fraction of k-mers to compare")
    add("--key-seed", type=non_negative_int, default=1, help="seed of the sampling of k-mers")
    add("--key-scheme", choices=KEY_SCHEMES, default=KEY_SCHEMES[0], help="sampling scheme")
    add(
        "--mask-low-complexity",
        action="store_true",
        help="do not compare k-mers in stretches of one base or of short repeats",
    )
    add("--min-votes", type=positive_int, default=2, help="least number of shared k-mers of a hit")
    add("--top-n", type=positive_int, required=True, help="largest number of targets per query")
    add("--max-evalue", type=float, required=True, help="largest E-value of a hit")
    add(
        "--chunk-letters",
        type=positive_int,
        default=CHUNK_RESIDUES,
        metavar="RESIDUES",
        help="size of a work item of the database; does not affect the result",
    )
    add("--parquet", type=Path, required=True, help="table of hits to write")
    add("--paf", type=Path, required=True, help="the same as PAF, gzip-compressed")
    add("--blast-table", type=Path, required=True, help="the same as BLAST's -outfmt 6")
    add("--counts", type=Path, required=True, help="JSON to write")
    add("--memory-used", type=Path, help="JSON to write: peak memory on each node")
    add("--ranks", type=positive_int, default=1, help="number of MPI ranks of this run")
    arguments = parser.parse_args(argv)
    if arguments.embeddings and not arguments.reads:
        parser.error("--embeddings: needs --reads, for the names of the reads")
    try:
        arguments.settings = search_settings(arguments)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def search_settings(arguments: argparse.Namespace) -> SearchSettings:
    """Map the arguments to settings.

    Raises:
        ValueError: if arguments exclude each other, or as ``dna_system`` and ``protein_system``.
    """
    return SearchSettings(
        system=scoring_system(arguments),
        keys=KeySettings(
            k=arguments.key_k,
            fraction=arguments.key_fraction,
            seed=arguments.key_seed,
            scheme=arguments.key_scheme,
            mask_low_complexity=arguments.mask_low_complexity,
        ),
        is_exhaustive=arguments.exhaustive or arguments.alphabet == "protein",
        min_votes=arguments.min_votes,
        top_n=arguments.top_n,
        max_evalue=arguments.max_evalue,
        chunk_residues=arguments.chunk_letters,
    )


def scoring_system(arguments: argparse.Namespace) -> ScoringSystem:
    """Map the arguments to the scoring system of the alphabet; raises as ``search_settings``."""
    match, mismatch, matrix = arguments.match, arguments.mismatch, arguments.matrix
    if arguments.alphabet == "dna":
        if match is None or mismatch is None or matrix is not None:
            raise ValueError("--alphabet dna: needs --match and --mismatch, not --matrix")
        return dna_system(match, mismatch, arguments.gap_open, arguments.gap_extend)
    if matrix is None or match is not None or mismatch is not None:
        raise ValueError("--alphabet protein: needs --matrix, not --match and --mismatch")
    if arguments.embeddings:
        raise ValueError("--alphabet protein: needs --database, not --embeddings: reads are DNA")
    return protein_system(matrix, arguments.gap_open, arguments.gap_extend)


def search_reads(
    queries: InputSequences[Sequences],
    targets: InputSequences[Targets],
    settings: SearchSettings,
    files: HitFiles,
    ranks: Ranks,
) -> tuple[list[Flow], dict[str, int]]:
    """Find the hits, align them, and write them; all ranks must call it.

    Args:
        queries, targets: the sequences.
        settings: that determine the hits.
        files: output.
        ranks: of the run.

    Returns:
        Counts and details, complete on the root.
    """
    task = search_task(queries.sequences, targets.sequences, settings)
    best, compared = search(task, ranks)
    reported = ranks.broadcast(reported_hits(task, hit_list(best)) if ranks.is_root else None)
    sequences = queries.names_and_lengths(), targets.names_and_lengths()
    tables = (
        table_of(reported, *aligned, sequences)
        for aligned in align_in_order(task, reported.hits, ranks)
    )
    if ranks.is_root:
        write_tables(tables, files, settings, (queries, targets))
        log_hits(reported, queries)
    else:
        list(tables)  # yields nothing, but aligns this rank's share of the hits
    return flows_of(task, compared, reported), details_of(task, compared, reported)


def write_tables(
    tables: Iterator[pa.Table],
    files: HitFiles,
    settings: SearchSettings,
    inputs: tuple[InputSequences[Sequences], InputSequences[Targets]],
) -> None:
    """Write all hits."""
    decisive = settings.parameters | {
        "query": inputs[0].fingerprint,
        "database": inputs[1].fingerprint,
    }
    write_hits(files, tables, settings.parameters, fingerprint_of(decisive, __file__))


def log_hits(reported: ReportedHits, queries: InputSequences[Sequences]) -> None:
    """Log the number of hits, and the queries without a hit."""
    without = queries_without_hit(reported, len(queries.names))
    log.info("%d hits of %d queries", reported.rank.size, len(queries.names) - without.size)
    if without.size:
        names = ", ".join(queries.names.take(without[:MAX_NAMES_LOGGED]).to_pylist())
        more = ", ..." * (without.size > MAX_NAMES_LOGGED)
        log.info("queries without a hit: %d (%s%s)", without.size, names, more)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    settings, ranks = arguments.settings, world(arguments.ranks)
    root_first(ranks, lambda: compile_kernels(settings))
    queries = sequences_on_node(arguments.query, settings.system.residues, ranks)
    targets: InputSequences[Targets]
    if arguments.embeddings:
        targets = reads_as_database(arguments.embeddings, arguments.reads, ranks)
    else:
        targets = sequences_on_node(arguments.database, settings.system.residues, ranks)
    files = HitFiles(arguments.parquet, arguments.paf, arguments.blast_table)
    with PeakMemory() as memory:
        flows, details = search_reads(queries, targets, settings, files, ranks)
    write_memory_use(arguments.memory_used, memory.by_node(ranks))
    if ranks.is_root:
        write_counts(arguments.counts, "search_reads", flows, details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
