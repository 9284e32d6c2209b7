"""Find candidate pairs: reads that share sampled k-mers, with votes, strand and diagonal.

In:  embeddings.h5 (its keys and bases)
Out: pairs.h5; counts as JSON

Exact duplicates are paired with the first read of their kind alone, which stands for them in the
join. Runs on any number of MPI ranks, with the same result (distributed_join.py).
"""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.command import argument_parser, existing_file, fraction, positive_int, run_command
from readkin.errors import InputError, UsageError
from readkin.formats.counts import Flow, write_counts
from readkin.formats.embeddings import open_embeddings
from readkin.formats.memory_use import write_memory_use
from readkin.formats.pairs import PairsFile
from readkin.join.distributed import MemoryShare, beside_reads, share_of_memory
from readkin.join.keys import duplicates_of, key_source, read_bases, stars_of
from readkin.join.pair_cap import PartnerCounts, thin
from readkin.join.pairs import compile_kernels, flows_of, join
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.lsh_join import Rule
from readkin.parallel.mpi import Ranks, root_first, world
from readkin.parallel.peak_memory import PeakMemory
from readkin.provenance import fingerprint_of

SPARE_MISMATCHES = 3


class Settings(NamedTuple):
    """What decides the pairs."""

    max_bucket_size: int
    min_votes: int
    min_overlap_bp: int
    max_mismatch_rate: float
    max_pairs_per_read: int

    @property
    def rule(self) -> Rule:
        """As the kernels take it."""
        return Rule(self.min_votes, self.min_overlap_bp, self.max_mismatch_rate, SPARE_MISMATCHES)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argument_parser("find_pairs", __doc__)
    add = parser.add_argument
    add("--embeddings", type=existing_file, required=True, help="HDF5 file of embed_reads")
    add("--min-votes", type=positive_int, required=True, help="shared keys that a pair needs")
    add(
        "--max-mismatch-rate",
        type=fraction,
        required=True,
        help="unequal bases in the overlap, share",
    )
    add("--min-overlap-bp", type=positive_int, required=True, help="as the keys' diagonal says")
    add(
        "--max-bucket-size",
        type=positive_int,
        required=True,
        help="reads; in larger buckets each is paired with its neighbours only",
    )
    add("--max-pairs-per-read", type=positive_int, required=True, help="the best by votes stay")
    add("--memory-mb", type=positive_int, default=4000, help="of all ranks together")
    add("--scratch-dir", type=Path, help="for what memory has no room for; default: beside output")
    add("--ranks", type=positive_int, default=1, help="MPI ranks that were started")
    add("--output", type=Path, required=True, help="HDF5 file of pairs")
    add("--counts", type=Path, required=True, help="JSON")
    add("--memory-used", type=Path, help="JSON: largest memory on each node")
    return parser.parse_args(argv)


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings among the arguments."""
    return Settings(**{name: getattr(arguments, name) for name in Settings._fields})


def find_pairs(
    embeddings: Path, output: Path, settings: Settings, memory: MemoryShare, ranks: Ranks
) -> tuple[list[Flow], dict[str, int]]:
    """Join the keys of ``embeddings`` and write the pairs; all ranks must call it.

    Returns:
        Flows of keys and pairs, and details, for the counts.

    Raises:
        InputError: if the embeddings are damaged.
    """
    if ranks.is_root:  # so that one rank alone complains of what all would see
        open_embeddings(embeddings, slice(0)).close()
    ranks.barrier()
    with open_embeddings(embeddings, slice(ranks.rank, None, ranks.size)) as file:
        key_counts = file["keys/count"][:]
        attributes = {
            "reads_fingerprint": file.attrs["reads_fingerprint"],
            "embeddings_fingerprint": file.attrs["fingerprint"],
            "n_reads": len(key_counts),
        }
        try:
            reads = read_bases(file, ranks)
        except OverflowError as error:
            raise InputError(
                embeddings, str(error), "fewer or shorter reads", "split them"
            ) from None
        duplicates = duplicates_of(file, reads.packed, settings.min_overlap_bp, ranks)
        is_duplicate = np.zeros(len(key_counts), np.bool_)
        is_duplicate[duplicates.duplicate] = True
        memory = beside_reads(memory, reads.packed, ranks)
        source = key_source(file, reads, is_duplicate, ranks)
        decisive = {**settings._asdict(), "embeddings": attributes["embeddings_fingerprint"]}
        writer = PairsFile(
            output, settings._asdict(), fingerprint_of(decisive, __file__), attributes
        )
        partners = PartnerCounts(is_duplicate)
        thinned_out = 0
        with writer if ranks.is_root else nullcontext() as pairs:

            def write(piece: Candidates) -> None:
                if pairs is not None:
                    pairs.write(piece)
                    partners.add(piece)

            joined = join(
                source,
                reads,
                stars_of(duplicates, key_counts),
                settings.rule,
                settings.max_bucket_size,
                memory,
                ranks,
                write,
            )
            if pairs is not None:
                pairs.write_duplicates(duplicates.duplicate, duplicates.original)
                thinned_out = thin(
                    pairs, partners.partners, is_duplicate, settings.max_pairs_per_read
                )
    lost_keys = int(key_counts[is_duplicate].sum())
    n_keys = int(key_counts.sum())
    return flows_of(joined, n_keys, lost_keys, len(duplicates.original), thinned_out), {
        "exact duplicates": len(duplicates.original),
        "reads without a key": int((key_counts == 0).sum()),
        "shared keys": joined.votes,
        "crowded buckets": joined.keys.crowded_buckets,
        "keys in crowded buckets": joined.keys.crowded,
        "pairs of keys left out in crowded buckets": joined.keys.pairs_left_out,
        "reads in the largest bucket": joined.keys.largest,
    }


def stage(arguments: argparse.Namespace) -> None:
    """Find the pairs; the root writes the counts."""
    ranks = world(arguments.ranks)
    root_first(ranks, compile_kernels)
    settings = settings_of(arguments)
    folder = arguments.scratch_dir or arguments.output.parent
    memory = share_of_memory(arguments.memory_mb * 10**6, folder, ranks)
    if memory is None:
        found, expected = f"{arguments.memory_mb} MB", f"more for {ranks.size} ranks"
        raise UsageError("--memory-mb", found, expected, "give more memory or take fewer ranks")
    with PeakMemory() as used:
        flows, details = find_pairs(arguments.embeddings, arguments.output, settings, memory, ranks)
    write_memory_use(arguments.memory_used, used.by_node(ranks))
    if ranks.is_root:
        write_counts(arguments.counts, "find_pairs", flows, details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(stage, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
