"""Embed reads: a dense vector and a sparse signature of sampled k-mers for each read.

In:  unaligned BAM files of all units, in sheet order
Out: HDF5 shards of a fixed number of reads, manifest.json, and embeddings.h5, a virtual HDF5 file
     over the shards; reads.parquet, the names, mates and units of all reads; counts as JSON

An interrupted run resumes from its finished shards, which are kept in --partial-dir.
"""

import argparse
import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
from readkin.embedding.shards import (
    EmbeddingSettings,
    ShardTasks,
    Stopwatch,
    embed_shard,
    names_path,
)
from readkin.formats.atomic_write import stop_if_superseded
from readkin.formats.counts import LOW_COMPLEXITY, Flow, write_counts
from readkin.formats.embedding_shards import publish_shards
from readkin.formats.embeddings import write_index
from readkin.formats.memory_use import write_memory_use
from readkin.formats.read_table import write_read_table
from readkin.formats.reads import ReadsFingerprint
from readkin.kernels.kmers.codes import LONGEST_K
from readkin.kernels.kmers.signatures import KEY_SCHEMES, KeySettings
from readkin.parallel.ray_map import ordered_map
from readkin.parallel.ray_on_slurm import ray_over_nodes
from readkin.progress import Progress

# Ray needed 9 s before its first result (two busy cores). In this time one process embeds 2 to 3
# million reads of 150 bp, which take 75 bytes each in BAM.
SERIAL_BELOW_MB = 200

log = logging.getLogger("readkin")


class OutputPaths(NamedTuple):
    """Paths of the output.

    Attributes:
        embeddings: the virtual file.
        reads: the table of all reads.
        shards: folder of the finished shards.
        partial: folder for the shards of an unfinished run.
    """

    embeddings: Path
    reads: Path
    shards: Path
    partial: Path


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("embed_reads", __doc__)
    add = parser.add_argument
    add("--bam", type=existing_file, nargs="+", required=True, help="unaligned BAM of each unit")
    add("--method", choices=sorted(METHODS), default="count_sketch", help="embedding method")
    add("--k", type=positive_int, required=True, help="k-mer length of the vectors, bp")
    add("--dimensions", type=positive_int, required=True, help="length of a vector")
    add("--seed", type=non_negative_int, required=True, help="seed of the vectors")
    add(
        "--key-scheme",
        choices=KEY_SCHEMES,
        default=KEY_SCHEMES[0],
        help="scheme that selects the keys",
    )
    add("--key-k", type=positive_int, required=True, help="k-mer length of the keys, bp")
    add("--key-fraction", type=fraction, required=True, help="share of k-mers that are keys")
    add("--key-seed", type=non_negative_int, required=True, help="seed of the keys")
    add(
        "--mask-low-complexity",
        action="store_true",
        help="no keys in stretches of one base or of short repeats",
    )
    add("--reads-per-shard", type=positive_int, required=True, help="reads in each shard")
    add("--model", type=Path, help="folder of a Hugging Face model (method hf)")
    add(
        "--pooling",
        choices=POOLINGS,
        default=POOLINGS[1],
        help="how word vectors are combined (method lshvec)",
    )
    add("--workers", type=non_negative_int, default=0, help="Ray workers; 0: no Ray")
    add("--nodes", type=positive_int, default=1, help="nodes of the Slurm job, each with --workers")
    add(
        "--serial-below-mb",
        type=non_negative_int,
        default=SERIAL_BELOW_MB,
        help="do not start Ray if the BAM files are smaller; 0: always start it",
    )
    add(
        "--partial-dir",
        type=Path,
        required=True,
        help="folder for unfinished runs of this stage only; removed at the end",
    )
    add("--shards-dir", type=Path, required=True, help="folder of the finished shards")
    add("--output", type=Path, required=True, help="virtual HDF5 file over the shards")
    add("--reads", type=Path, required=True, help="Parquet table of all reads")
    add("--counts", type=Path, required=True, help="JSON file of counts")
    add("--memory-used", type=Path, help="JSON file of the peak memory on each node")
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
    paths: OutputPaths,
    workers: int,
) -> tuple[Flow, dict[str, Any]]:
    """Embed the reads and write shards, manifest and virtual file.

    Args:
        bams: unaligned BAM of each unit.
        settings: how to embed the reads.
        reads_per_shard: reads.
        paths: of the output.
        workers: Ray workers; 0: this process alone.

    Returns:
        The flow of reads, and details for the counts.

    Raises:
        InputError: if a BAM cannot be read.
    """
    stopwatch, fingerprint = Stopwatch(), ReadsFingerprint()
    with stopwatch.part("index"):
        tasks = ShardTasks(bams, reads_per_shard, settings, paths.partial)
    shards = []
    with Progress("embed", tasks.n_reads, "reads") as progress:
        for shard, hashes, times in ordered_map(
            embed_shard, tasks, workers, settings.method.is_heavy
        ):
            with stopwatch.part("collect"):
                fingerprint.update(hashes)
                shards.append(shard)
                stopwatch.include(times)
                progress.advance(shard.rows)
    stop_if_superseded()
    paths.embeddings.unlink(missing_ok=True)  # it must not refer to shards that are being replaced
    with stopwatch.part("publish"):
        publish_shards(shards, settings.method.products(), tasks.folder, paths.shards)
        parts = [names_path(tasks.folder / shard.name) for shard in shards]
        write_read_table(paths.reads, parts, fingerprint.hexdigest())
        write_index(paths.embeddings, paths.shards, shards, tasks.run, fingerprint.hexdigest())
    log.info("embed: %s", stopwatch)
    shutil.rmtree(paths.partial, ignore_errors=True)
    return Flow("reads", tasks.n_reads, sum(shard.rows for shard in shards)), {
        "reads without a key": sum(shard.reads_without_key for shard in shards),
        LOW_COMPLEXITY: sum(shard.masked_without_key for shard in shards),
        "bases of low complexity": sum(shard.masked_bases for shard in shards),
        "reads with a zero vector": sum(shard.zero_vectors for shard in shards),
        "keys": sum(shard.keys for shard in shards),
        "shards": len(shards),
        "fingerprint": tasks.run.fingerprint,
    }


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    method_settings = MethodSettings(
        k=arguments.k,
        dimensions=arguments.dimensions,
        seed=arguments.seed,
        model=arguments.model,
        pooling=arguments.pooling,
    )
    training_reads = TrainingReads(tuple(arguments.bam), arguments.partial_dir)
    method = METHODS[arguments.method](method_settings, training_reads)
    keys = KeySettings(
        k=arguments.key_k,
        fraction=arguments.key_fraction,
        seed=arguments.key_seed,
        scheme=arguments.key_scheme,
        mask_low_complexity=arguments.mask_low_complexity,
    )
    paths = OutputPaths(
        embeddings=arguments.output,
        reads=arguments.reads,
        shards=arguments.shards_dir,
        partial=arguments.partial_dir,
    )
    size_mb = sum(bam.stat().st_size for bam in arguments.bam) / 1e6
    is_small = size_mb < arguments.serial_below_mb and not method.is_heavy
    nodes, workers = (1, 0) if is_small else (arguments.nodes, arguments.workers)
    with ray_over_nodes(nodes, workers, arguments.partial_dir.parent) as ray_nodes:
        flow, details = embed_reads(
            arguments.bam,
            EmbeddingSettings(method, keys),
            arguments.reads_per_shard,
            paths,
            workers * nodes,
        )
        write_memory_use(arguments.memory_used, ray_nodes.peaks_mb())
    write_counts(arguments.counts, "embed_reads", [flow], details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
