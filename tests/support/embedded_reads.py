"""Embeddings of reads that are passed as strings, or of a BAM file."""

from pathlib import Path

import embed_reads
from support.genome_reads import write_bam

KEY_K, FRACTION, SEED = 14, 0.3, 1


def embed(
    folder: Path,
    reads: list[str],
    reads_per_shard: int = 30,
    scheme: str = "fracminhash",
    masks: bool = False,
    paired: bool = False,
) -> Path:
    """Embed reads; return the virtual file, which is in ``folder`` together with the shards.

    ``masks`` is whether bases of low complexity are masked, ``paired`` whether adjacent reads are
    mates.
    """
    bam = write_bam(folder / "reads.bam", reads, paired)
    return embed_bams([bam], folder, reads_per_shard, scheme, masks)


def embed_bams(
    bams: list[Path],
    folder: Path,
    reads_per_shard: int = 30,
    scheme: str = "fracminhash",
    masks: bool = False,
) -> Path:
    """Embed the reads of BAM files; see ``embed``."""
    settings = {
        "k": 5,
        "dimensions": 8,
        "seed": 1,
        "reads-per-shard": reads_per_shard,
        "key-k": KEY_K,
        "key-fraction": FRACTION,
        "key-seed": SEED,
        "key-scheme": scheme,
        "partial-dir": folder / "partial",
        "shards-dir": folder / "shards",
        "output": folder / "embeddings.h5",
        "reads": folder / "reads.parquet",
        "counts": folder / "embed_reads.json",
    }
    words = ["--bam", *map(str, bams)]
    words += [word for key, value in settings.items() for word in (f"--{key}", str(value))]
    assert embed_reads.main(words + ["--mask-low-complexity"] * masks) == 0
    return folder / "embeddings.h5"
