"""How much memory and time a stage asks for: functions of input size and attempt, in one place."""

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


# Inputs are compressed (FASTQ.gz, BAM: about 0.5 byte a base), arrays hold one byte a base or more.
NEEDS = {
    "trim_reads": Need(1000, 0, 20, 30),
    "convert_fastq_to_bam": Need(500, 0, 20, 30),
    "map_to_reference": Need(2000, 1, 20, 120),
    "embed_reads": Need(4000, 2, 30, 60),
    "find_pairs": Need(1000, 10, 30, 60),
    "align_pairs": Need(1500, 10, 60, 240),
    "cluster_reads": Need(1000, 10, 20, 30),
    "compare_with_truth": Need(1000, 10, 20, 30),
    "write_report": Need(1000, 8, 10, 10),
}


def memory_mb(stage: str, input_mb: float, attempt: int) -> int:
    """Megabytes to ask for; each further attempt asks for the first one's amount more."""
    need = NEEDS[stage]
    return round((need.base_mb + need.per_input_mb * input_mb) * attempt)


def runtime_minutes(stage: str, input_mb: float, attempt: int) -> int:
    """Minutes to ask for; each further attempt asks for the first one's amount more."""
    need = NEEDS[stage]
    return round((need.minutes + need.minutes_per_input_gb * input_mb / 1000) * attempt)
