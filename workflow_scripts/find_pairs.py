"""Find candidate pairs: reads that share sampled k-mers, with votes, strand and diagonal.

In:  embeddings.h5 (its keys and bases)
Out: pairs.h5, a virtual file over the shards in --shards-dir; counts as JSON

A read that is an exact duplicate of an earlier read is paired with the first such read only; reads
of low complexity are no duplicates. The
result does not depend on the number of MPI ranks.
"""

import argparse
import sys
from pathlib import Path

from readkin.command import argument_parser, existing_file, fraction, positive_int, run_command
from readkin.errors import UsageError
from readkin.formats.counts import write_counts
from readkin.formats.memory_use import write_memory_use
from readkin.join.candidate_pairs import (
    KeyAndPairCounts,
    PairSettings,
    PairsPaths,
    write_candidate_pairs,
)
from readkin.join.key_join import compile_kernels
from readkin.join.memory_share import share_of_memory
from readkin.parallel.measured_ranks import MeasuredRanks, summary
from readkin.parallel.mpi import Ranks, root_first, world
from readkin.parallel.peak_memory import PeakMemory
from readkin.progress import log


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("find_pairs", __doc__)
    add = parser.add_argument
    add("--embeddings", type=existing_file, required=True, help="HDF5 file of embed_reads")
    add("--min-votes", type=positive_int, required=True, help="keys that a pair must share")
    add(
        "--max-mismatch-rate",
        type=fraction,
        required=True,
        help="largest share of unequal bases in the overlap",
    )
    add(
        "--min-overlap-bp",
        type=positive_int,
        required=True,
        help="shortest overlap, on the diagonal of the shared keys",
    )
    add(
        "--max-bucket-size",
        type=positive_int,
        required=True,
        help="reads that share a key; if there are more, each is paired with its neighbours only",
    )
    add(
        "--max-pairs-per-read",
        type=positive_int,
        required=True,
        help="the pairs with most votes are kept",
    )
    add("--memory-mb", type=positive_int, default=4000, help="memory of all ranks together")
    add(
        "--scratch-dir",
        type=Path,
        help="folder for buckets that do not fit into memory; default: that of --output",
    )
    add("--ranks", type=positive_int, default=1, help="number of MPI ranks that were started")
    add("--output", type=Path, required=True, help="HDF5 file over the shards of pairs")
    add("--shards-dir", type=Path, required=True, help="folder for the shards of pairs")
    add("--counts", type=Path, required=True, help="JSON file of counts")
    add("--memory-used", type=Path, help="JSON file of the peak memory on each node")
    return parser.parse_args(argv)


def find_pairs(
    embeddings: Path,
    paths: PairsPaths,
    settings: PairSettings,
    memory_mb: int,
    scratch_dir: Path,
    ranks: Ranks,
) -> KeyAndPairCounts:
    """Find the candidate pairs of embedded reads and write them; all ranks must call it.

    Args:
        embeddings: HDF5 file of embed_reads.
        paths: files to write.
        settings: which pairs are candidates.
        memory_mb: memory of all ranks together.
        scratch_dir: folder for buckets that do not fit into memory.
        ranks: all ranks.

    Raises:
        UsageError: if there is too little memory.
        InputError: if the embeddings are damaged, or have too many reads for their length.
    """
    memory = share_of_memory(memory_mb * 10**6, scratch_dir, ranks)
    if memory is None:
        found, expected = f"{memory_mb} MB", f"more for {ranks.size} ranks"
        raise UsageError("--memory-mb", found, expected, "increase it or use fewer ranks")
    return write_candidate_pairs(embeddings, paths, settings, memory, ranks)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    settings = PairSettings(**{name: getattr(arguments, name) for name in PairSettings._fields})
    ranks = MeasuredRanks(world(arguments.ranks))
    root_first(ranks, compile_kernels)
    with PeakMemory() as memory:
        counts = find_pairs(
            arguments.embeddings,
            PairsPaths(arguments.output, arguments.shards_dir),
            settings,
            arguments.memory_mb,
            arguments.scratch_dir or arguments.output.parent,
            ranks,
        )
    costs = ranks.costs()
    write_memory_use(arguments.memory_used, memory.by_node(ranks))
    if ranks.is_root:
        log.info(summary(costs))
        write_counts(arguments.counts, "find_pairs", counts.flows(), counts.details())


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
