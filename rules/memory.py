"""How much memory and time a stage asks for: functions of input size and attempt, in one place."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Need(NamedTuple):
    """What a job asks for.

    Attributes:
        base_mb: memory of the libraries, before the first read.
        per_input_mb: megabytes of memory for each megabyte of input files.
        minutes: time of a job with small input.
        minutes_per_input_gb: further time for each gigabyte of input.
    """

    base_mb: int
    per_input_mb: float
    minutes: int
    minutes_per_input_gb: float


# Inputs are compressed (FASTQ.gz, BAM: about 0.5 byte a base), arrays hold a byte a base or more.
# Slurm grants memory per node: stages on MPI are for four ranks, as in the profiles; on the demo
# (6 MB of BAM, 24 MB of embeddings) two ranks of find_pairs and align_pairs took 1.5 and 0.7 GB.
NEEDS = {
    "trim_reads": Need(1000, 0, 20, 30),
    "convert_fastq_to_bam": Need(500, 0, 20, 30),
    "map_to_reference": Need(2000, 1, 20, 120),
    "embed_reads": Need(4000, 2, 30, 60),
    "find_pairs": Need(5000, 10, 30, 60),
    "align_pairs": Need(2500, 8, 60, 240),
    "cluster_reads": Need(1000, 10, 20, 30),
    "search_reads": Need(4000, 20, 120, 240),
    "compare_with_truth": Need(1000, 10, 20, 30),
    "write_report": Need(1000, 8, 10, 10),
}


def megabytes(paths: Iterable[str]) -> float:
    """Size of files, and of folders with all that is in them; what is not there yet counts 0."""
    total = 0
    for path in map(Path, paths):
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        total += sum(file.stat().st_size for file in files if file.is_file())
    return total / 1e6


def memory_mb(stage: str, input_mb: float, attempt: int) -> int:
    """Megabytes to ask for; each further attempt asks for the first one's amount more."""
    need = NEEDS[stage]
    return round((need.base_mb + need.per_input_mb * input_mb) * attempt)


def runtime_minutes(stage: str, input_mb: float, attempt: int) -> int:
    """Minutes to ask for; each further attempt asks for the first one's amount more."""
    need = NEEDS[stage]
    return round((need.minutes + need.minutes_per_input_gb * input_mb / 1000) * attempt)
