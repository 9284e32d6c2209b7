"""Embed reads: a dense vector and a sparse signature of sampled k-mers for each read.

In:  unaligned BAM files of all units, in sheet order
Out: HDF5 shards of a fixed number of reads, manifest.json, and one virtual embeddings.h5 over
     them; counts as JSON

An interrupted run goes on from its finished shards, which it keeps in --partial-dir.
"""

import argparse
import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.embedding.lshvec import POOLINGS
from readkin.embedding.methods import METHODS
from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.embedding.shards import EmbeddingSettings, Stopwatch, Task, embed_shard
from readkin.formats.atomic_write import stop_if_superseded
from readkin.formats.counts import Flow, write_counts
from readkin.formats.embedding_shards import Shard, publish_shards, shard_name
from readkin.formats.embeddings import write_index
from readkin.formats.memory_use import write_memory_use
from readkin.formats.reads import ReadsFingerprint, iterate_reads
from readkin.kernels.kmers.codes import LONGEST_K
from readkin.kernels.kmers.signatures import KEY_SCHEMES, KeySettings
from readkin.parallel.ray_map import map_in_background, ordered_map
from readkin.parallel.ray_on_slurm import ray_over_nodes
from readkin.progress import Progress
from readkin.provenance import fingerprint_of

# Before its first result Ray took 9 s (two busy cores); meanwhile this process alone embeds 2 to 3
# million reads of 150 bp, which take 75 bytes each in BAM.
SERIAL_BELOW_MB = 200

log = logging.getLogger("readkin")


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
    add("--key-scheme", choices=KEY_SCHEMES, default=KEY_SCHEMES[0], help="which k-mers are keys")
    add("--key-k", type=positive_int, required=True, help="k-mer length of the keys, bp")
    add("--key-fraction", type=fraction, required=True, help="share of k-mers that are keys")
    add("--key-seed", type=non_negative_int, required=True, help="of the keys' hash function")
    add("--reads-per-shard", type=positive_int, required=True, help="reads")
    add("--model", type=Path, help="folder of a Hugging Face model (method hf)")
    add("--pooling", choices=POOLINGS, default=POOLINGS[1], help="of word vectors (method lshvec)")
    add("--workers", type=non_negative_int, default=0, help="Ray workers; 0: in this process")
    add("--nodes", type=positive_int, default=1, help="of the Slurm job, --workers on each")
    add(
        "--serial-below-mb",
        type=non_negative_int,
        default=SERIAL_BELOW_MB,
        help="with less BAM than this Ray is not worth its start; 0: always Ray",
    )
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


def embed_reads(
    bams: Sequence[Path],
    settings: EmbeddingSettings,
    reads_per_shard: int,
    places: Places,
    workers: int,
) -> tuple[list[Shard], Flow]:
    """Make shards, manifest and virtual file; return the shards and the counts.

    Args:
        workers: Ray workers; 0 for this process alone.

    Raises:
        InputError: if a BAM cannot be read.
    """
    run, whole = settings.run(), ReadsFingerprint()
    entered = 0
    key = fingerprint_of({"run": run.fingerprint, "reads_per_shard": reads_per_shard})[:16]
    partial = places.partial / key
    watch = Stopwatch()

    def tasks() -> Iterator[Task]:
        nonlocal entered
        batches = enumerate(iterate_reads(bams, reads_per_shard))
        while True:
            with watch.part("decode"):
                number, reads = next(batches, (0, None))
                if reads is None:
                    return
                whole.update(reads)
            entered += len(reads)
            yield Task(partial / shard_name(number), reads, settings, run)

    shards = []
    with Progress("embed", None, "reads") as progress:
        if workers:
            made = ordered_map(embed_shard, tasks(), workers, settings.method.is_heavy)
        else:
            made = map_in_background(embed_shard, tasks())
        for shard, times in made:
            shards.append(shard)
            watch.include(times)
            progress.advance(shard.rows)
    log.info("embed: %s", watch)
    flow = Flow("reads", entered, sum(shard.rows for shard in shards))
    stop_if_superseded()
    places.embeddings.unlink(missing_ok=True)  # it must not speak of shards that are being replaced
    publish_shards(shards, settings.method.products(), partial, places.shards)
    write_index(places.embeddings, places.shards, shards, run, whole.hexdigest())
    shutil.rmtree(places.partial, ignore_errors=True)
    return shards, flow


def stage(arguments: argparse.Namespace) -> None:
    """Embed the reads and write the counts."""
    method = METHODS[arguments.method](
        MethodSettings(
            arguments.k, arguments.dimensions, arguments.seed, arguments.model, arguments.pooling
        ),
        TrainingReads(tuple(arguments.bam), arguments.partial_dir),
    )
    keys = KeySettings(
        arguments.key_k, arguments.key_fraction, arguments.key_seed, arguments.key_scheme
    )
    places = Places(arguments.output, arguments.shards_dir, arguments.partial_dir)
    size_mb = sum(bam.stat().st_size for bam in arguments.bam) / 1e6
    is_small = size_mb < arguments.serial_below_mb and not method.is_heavy
    nodes, workers = (1, 0) if is_small else (arguments.nodes, arguments.workers)
    with ray_over_nodes(nodes, workers, arguments.partial_dir.parent) as at_work:
        shards, flow = embed_reads(
            arguments.bam,
            EmbeddingSettings(method, keys),
            arguments.reads_per_shard,
            places,
            workers * nodes,
        )
        write_memory_use(arguments.memory_used, at_work.peaks_mb())
    details = {
        "reads without a key": sum(shard.reads_without_key for shard in shards),
        "reads with a zero vector": sum(shard.zero_vectors for shard in shards),
        "keys": sum(shard.keys for shard in shards),
        "shards": len(shards),
        "fingerprint": EmbeddingSettings(method, keys).run().fingerprint,
    }
    write_counts(arguments.counts, "embed_reads", [flow], details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(stage, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
