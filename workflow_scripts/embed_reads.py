"""Embed reads: a dense vector and a sparse signature of sampled k-mers for each read.

In:  unaligned BAM files of all units, in sheet order
Out: HDF5 shards of a fixed number of reads, manifest.json, and one virtual embeddings.h5 over
     them; counts as JSON

An interrupted run goes on from its finished shards, which it keeps in --partial-dir.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from command_line import (
    Progress,
    argument_parser,
    existing_file,
    fraction,
    non_negative_int,
    positive_int,
    run_command,
)
from embedding_methods import METHODS, EmbeddingSettings
from formats.counts import Flow, write_counts
from formats.embedding_shards import Shard, publish_shards, read_shard, shard_name, write_shard
from formats.embeddings import write_index
from formats.errors import InputError
from formats.fingerprints import fingerprint_of
from formats.memory_use import write_memory_use
from formats.reads import Reads, ReadsFingerprint, iterate_reads, reads_fingerprint
from kernels.kmer_codes import LONGEST_K
from parallel.ray_on_slurm import ray_over_nodes
from parallel.ray_workers import ordered_map


class Task(NamedTuple):
    """One shard to make."""

    path: Path
    reads: Reads
    settings: EmbeddingSettings


class Places(NamedTuple):
    """Where the output goes: the virtual file, the shards, and shards of an unfinished run."""

    embeddings: Path
    shards: Path
    partial: Path


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argument_parser("embed_reads", __doc__)
    add = parser.add_argument
    add("--bam", type=existing_file, nargs="+", required=True, help="unaligned BAM of each unit")
    add("--method", choices=sorted(METHODS), default="count_sketch", help="of the dense vectors")
    add("--k", type=positive_int, required=True, help="k-mer length of the vectors, bp")
    add("--dimensions", type=positive_int, required=True, help="length of a vector")
    add("--seed", type=non_negative_int, required=True, help="of the vectors' hash function")
    add("--key-k", type=positive_int, required=True, help="k-mer length of the keys, bp")
    add("--key-fraction", type=fraction, required=True, help="share of k-mers that are keys")
    add("--key-seed", type=non_negative_int, required=True, help="of the keys' hash function")
    add("--reads-per-shard", type=positive_int, required=True, help="reads")
    add("--workers", type=non_negative_int, default=0, help="Ray workers; 0: in this process")
    add("--nodes", type=positive_int, default=1, help="of the Slurm job, --workers on each")
    add("--partial-dir", type=Path, required=True, help="of this stage alone; removed at the end")
    add("--shards-dir", type=Path, required=True, help="folder of the finished shards")
    add("--output", type=Path, required=True, help="virtual HDF5 file over the shards")
    add("--counts", type=Path, required=True, help="JSON")
    add("--memory-used", type=Path, help="JSON: largest memory on each node")
    arguments = parser.parse_args(argv)
    for name in ("k", "key_k"):
        if getattr(arguments, name) > LONGEST_K:
            parser.error(f"--{name.replace('_', '-')}: at most {LONGEST_K}")
    if arguments.key_fraction == 0:
        parser.error("--key-fraction: found 0, expected above 0")
    if arguments.nodes > 1 and arguments.workers == 0:
        parser.error("--workers: found 0, expected 1 or more on each of --nodes")
    return arguments


def embed_shard(task: Task) -> Shard:
    """Make one shard, unless an interrupted run has left it; runs in a worker."""
    run, fingerprint = task.settings.run(), reads_fingerprint(task.reads)
    first = task.reads.first_index
    try:
        return read_shard(task.path, run, first, fingerprint)
    except InputError:  # not there yet, or of other reads
        write_shard(task.path, run, first, fingerprint, task.settings.arrays(task.reads))
    return read_shard(task.path, run, first, fingerprint)


def embed_reads(
    bams: Sequence[Path],
    settings: EmbeddingSettings,
    reads_per_shard: int,
    places: Places,
    workers: int,
) -> tuple[list[Shard], Flow]:
    """Make shards, manifest and virtual file; return the shards and the counts.

    Raises:
        InputError: if a BAM cannot be read.
    """
    run, whole = settings.run(), ReadsFingerprint()
    entered = 0
    key = fingerprint_of({"run": run.fingerprint, "reads_per_shard": reads_per_shard})[:16]
    partial = places.partial / key

    def tasks() -> Iterator[Task]:
        nonlocal entered
        for number, reads in enumerate(iterate_reads(bams, reads_per_shard)):
            entered += len(reads)
            whole.update(reads)
            yield Task(partial / shard_name(number), reads, settings)

    shards = []
    with Progress("embed", None, "reads") as progress:
        for shard in ordered_map(embed_shard, tasks(), workers):
            shards.append(shard)
            progress.advance(shard.rows)
    flow = Flow("reads", entered, sum(shard.rows for shard in shards))
    places.embeddings.unlink(missing_ok=True)  # it must not speak of shards that are being replaced
    publish_shards(shards, partial, places.shards)
    write_index(places.embeddings, places.shards, shards, run, whole.hexdigest())
    shutil.rmtree(places.partial, ignore_errors=True)
    return shards, flow


def stage(arguments: argparse.Namespace) -> None:
    """Embed the reads and write the counts."""
    method = METHODS[arguments.method](arguments.k, arguments.dimensions, arguments.seed)
    settings = EmbeddingSettings(
        method, arguments.key_k, arguments.key_fraction, arguments.key_seed
    )
    places = Places(arguments.output, arguments.shards_dir, arguments.partial_dir)
    workers = arguments.workers * arguments.nodes
    shared = arguments.partial_dir.parent
    with ray_over_nodes(arguments.nodes, arguments.workers, shared) as at_work:
        shards, flow = embed_reads(
            arguments.bam, settings, arguments.reads_per_shard, places, workers
        )
        write_memory_use(arguments.memory_used, at_work.peaks_mb())
    details = {
        "reads without a key": sum(shard.reads_without_key for shard in shards),
        "reads with a zero vector": sum(shard.zero_vectors for shard in shards),
        "keys": sum(shard.keys for shard in shards),
        "shards": len(shards),
        "fingerprint": settings.run().fingerprint,
    }
    write_counts(arguments.counts, "embed_reads", [flow], details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(stage, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
