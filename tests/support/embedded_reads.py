"""Embeddings of reads given as strings, for tests of what reads them."""

from pathlib import Path

import embed_reads
from support.genome_reads import write_bam

KEY_K, FRACTION, SEED = 14, 0.3, 1


def embed(
    folder: Path, reads: list[str], reads_per_shard: int = 30, scheme: str = "fracminhash"
) -> Path:
    """Embed reads and return the index file; shards lie beside it."""
    bam = write_bam(folder / "reads.bam", reads, paired=False)
    settings = {
        "bam": bam,
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
        "counts": folder / "embed_reads.json",
    }
    words = [word for key, value in settings.items() for word in (f"--{key}", str(value))]
    assert embed_reads.main(words) == 0
    return folder / "embeddings.h5"
