"""What a job asks for, memory, time and MPI ranks: functions of input size and attempt, all here.

`right_size.py` shows after a run how much of it was used.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Need(NamedTuple):
    """What a job asks for.

    Attributes:
        base_mb: memory of the libraries, before the first read.
        per_worker_mb: further memory of each MPI rank, Ray worker or thread on a node.
        per_input_mb: megabytes of memory for each megabyte of input files.
        minutes: time of a job with small input.
        minutes_per_input_gb: further time for each gigabyte of input, on USUAL_WORKERS.
        input_mb_per_rank: input that is worth a rank of its own; MPI stages only.
    """

    base_mb: int
    per_worker_mb: int
    per_input_mb: float
    minutes: int
    minutes_per_input_gb: float
    input_mb_per_rank: float = math.inf


USUAL_WORKERS = 8
LEAST_RANKS_PER_NODE = 4  # however small the input

# Slurm grants memory per node. Inputs are compressed (FASTQ.gz, BAM: about 0.5 byte a base), arrays
# hold a byte a base or more. base_mb includes what Snakemake itself takes in each job.
NEEDS = {
    "trim_reads": Need(1000, 0, 0, 20, 30),
    "convert_fastq_to_bam": Need(500, 0, 0, 20, 30),
    "map_to_reference": Need(2000, 0, 1, 20, 120),
    "embed_reads": Need(2000, 250, 2, 30, 60),
    "find_pairs": Need(2000, 750, 10, 30, 60, input_mb_per_rank=50),
    "align_pairs": Need(1500, 250, 8, 60, 240, input_mb_per_rank=20),
    "cluster_reads": Need(1000, 0, 10, 20, 30),
    "search_reads": Need(2000, 500, 20, 120, 240, input_mb_per_rank=20),
    "compare_with_truth": Need(1000, 0, 10, 20, 30),
    "write_report": Need(1000, 0, 8, 10, 10),
}


def megabytes(paths: Iterable[str]) -> float:
    """Size of files, and of folders with all that is in them; what is not there yet counts 0."""
    total = 0
    for path in map(Path, paths):
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        total += sum(file.stat().st_size for file in files if file.is_file())
    return total / 1e6


def memory_mb(stage: str, input_mb: float, workers_on_node: int, attempt: int) -> int:
    """Megabytes on each node; each further attempt asks for the first one's amount more."""
    need = NEEDS[stage]
    first = need.base_mb + need.per_worker_mb * workers_on_node + need.per_input_mb * input_mb
    return round(first * attempt)


def runtime_minutes(stage: str, input_mb: float, workers: int, attempt: int) -> int:
    """Minutes to ask for; each further attempt asks for the first one's amount more.

    Stages that do not use more than one processor take the same time on all of them.
    """
    need = NEEDS[stage]
    share = USUAL_WORKERS / workers if need.per_worker_mb else 1.0
    return round((need.minutes + need.minutes_per_input_gb * input_mb / 1000 * share) * attempt)


def tasks_to_start(stage: str, input_mb: float, nodes: int, most: int) -> int:
    """MPI ranks that the input is worth: the same number on each node, ``most`` of them in all.

    Args:
        stage: an MPI stage.
        input_mb: size of its input files.
        nodes: that the job gets.
        most: ranks that there is room for, a multiple of ``nodes``.
    """
    worth = math.ceil(input_mb / NEEDS[stage].input_mb_per_rank / nodes)
    return min(max(worth, LEAST_RANKS_PER_NODE), most // nodes) * nodes


def even_ranks(tasks: int, nodes: int) -> str:
    """Option of sbatch and srun for as many ranks on each node; "" for one node.

    Without it Slurm fills the first node and puts a single rank on the last one, while memory is
    asked for per node.
    """
    return f"--ntasks-per-node={-(-tasks // nodes)}" if nodes > 1 else ""
