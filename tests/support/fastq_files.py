"""Small FASTQ files for tests."""

import gzip
from pathlib import Path

import numpy as np

Record = tuple[str, str, str]


def random_records(
    count: int, seed: int, length: int = 100, ending: str = "", quality: str = "I"
) -> list[Record]:
    """Return ``count`` records of random bases, named r0, r1, ... followed by ``ending``.

    They end in TTT, which is not the beginning of an adapter.
    """
    generator = np.random.default_rng(seed)
    return [
        (
            f"r{i}{ending}",
            "".join(generator.choice(list("ACGT"), length - 3)) + "TTT",
            quality * length,
        )
        for i in range(count)
    ]


def write_fastq(path: Path, records: list[Record], line_end: str = "\n") -> Path:
    """Write plain or, by suffix, gzip-compressed FASTQ."""
    lines = [
        f"@{name}{line_end}{bases}{line_end}+{line_end}{quality}{line_end}"
        for name, bases, quality in records
    ]
    content = "".join(lines).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
