"""Find candidate pairs: reads that share sampled k-mers, with votes, strand and diagonal.

In:  embeddings.h5 (its keys)
Out: pairs.h5; counts as JSON

Runs on any number of MPI ranks, with the same result (distributed_join.py).
"""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np

import distributed_join
from command_line import Progress, argument_parser, existing_file, positive_int, run_command
from formats.counts import Flow, write_counts
from formats.embeddings import open_embeddings
from formats.fingerprints import fingerprint_of
from formats.memory_use import write_memory_use
from formats.pairs import PairsWriter, pairs_writer
from kernels import lsh_join, radix_sort
from parallel.memory_use import PeakMemory
from parallel.mpi_ranks import Ranks, root_first, world

COLLISIONS_PER_RANK = 1 << 23


class Settings(NamedTuple):
    """Settings of the join; the last bounds the memory and has no influence on the pairs."""

    max_bucket_size: int
    min_votes: int
    collisions_per_rank: int = COLLISIONS_PER_RANK

    def parameters(self) -> dict[str, int]:
        """What decides the pairs."""
        return {"max_bucket_size": self.max_bucket_size, "min_votes": self.min_votes}


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argument_parser("find_pairs", __doc__)
    add = parser.add_argument
    add("--embeddings", type=existing_file, required=True, help="HDF5 file of embed_reads")
    add("--max-bucket-size", type=positive_int, required=True, help="reads; larger are skipped")
    add("--min-votes", type=positive_int, required=True, help="shared keys that a pair needs")
    add("--collisions-per-rank", type=positive_int, default=COLLISIONS_PER_RANK,
        help="held in memory at one time, about 100 bytes each")  # fmt: skip
    add("--ranks", type=positive_int, default=1, help="MPI ranks that were started")
    add("--output", type=Path, required=True, help="HDF5 file of pairs")
    add("--counts", type=Path, required=True, help="JSON")
    add("--memory-used", type=Path, help="JSON: largest memory on each node")
    return parser.parse_args(argv)


class Found(NamedTuple):
    """What the join found, over all ranks."""

    collisions: int
    distinct: int
    kept: int


def find_pairs(
    embeddings: Path, output: Path, settings: Settings, ranks: Ranks
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
        counts = file["keys/count"][:]
        attributes = {
            "reads_fingerprint": file.attrs["reads_fingerprint"],
            "embeddings_fingerprint": file.attrs["fingerprint"],
            "n_reads": len(counts),
        }
        buckets = distributed_join.bucket_keys(file, settings.max_bucket_size, ranks)
    decisive = {**settings.parameters(), "embeddings": attributes["embeddings_fingerprint"]}
    fingerprint = fingerprint_of(decisive, [lsh_join, radix_sort])
    writer = pairs_writer(output, settings.parameters(), fingerprint, attributes)
    with writer if ranks.is_root else nullcontext() as write:
        found = join(buckets, len(counts), settings, ranks, write)
    few = {"fewer votes than min_votes": found.distinct - found.kept}
    flows = [
        flow_of_keys(buckets, int(counts.sum()), ranks),
        Flow("pairs", found.distinct, found.kept, few),
    ]
    details = {
        "buckets skipped": ranks.sum(buckets.buckets_skipped),
        "reads in the largest bucket skipped": max(ranks.all_gather(buckets.largest_skipped)),
        "reads without a key": int((counts == 0).sum()),
        "collisions": found.collisions,
    }
    return flows, details


def join(
    buckets: lsh_join.Buckets,
    n_reads: int,
    settings: Settings,
    ranks: Ranks,
    write: PairsWriter | None,
) -> Found:
    """Make the pairs stripe by stripe and hand them, in order, to ``write`` on the root."""
    most = settings.collisions_per_rank * ranks.size
    stripes = distributed_join.plan_stripes(buckets, n_reads, ranks, most)
    total = sum(stripe.collisions for stripe in stripes)
    distinct = kept = 0
    with Progress("join", total, "collisions", ranks.is_root) as progress:
        for stripe in stripes:
            pairs = distributed_join.join_stripe(buckets, stripe, ranks)
            enough = pairs.votes >= settings.min_votes
            distinct += len(enough)
            kept += int(enough.sum())
            pieces = ranks.gather([column[enough] for column in pairs])
            for columns in pieces or []:
                if write is not None:
                    write(columns)
            progress.advance(stripe.collisions)
    return Found(total, ranks.sum(distinct), ranks.sum(kept))


def flow_of_keys(buckets: lsh_join.Buckets, n_keys: int, ranks: Ranks) -> Flow:
    """Keys in, keys in joined buckets out."""
    dropped = {
        "key seen in one read only": ranks.sum(buckets.keys_alone),
        "bucket larger than max_bucket_size": ranks.sum(buckets.keys_skipped),
    }
    joined = ranks.sum(int(np.diff(buckets.bounds, axis=1).sum()))
    return Flow("keys", n_keys, joined, dropped)


def stage(arguments: argparse.Namespace) -> None:
    """Find the pairs; the root writes the counts."""
    ranks = world(arguments.ranks)
    root_first(ranks, lsh_join.compile_kernels)
    settings = Settings(
        arguments.max_bucket_size, arguments.min_votes, arguments.collisions_per_rank
    )
    with PeakMemory() as memory:
        flows, details = find_pairs(arguments.embeddings, arguments.output, settings, ranks)
    write_memory_use(arguments.memory_used, memory.by_node(ranks))
    if ranks.is_root:
        write_counts(arguments.counts, "find_pairs", flows, details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(stage, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
