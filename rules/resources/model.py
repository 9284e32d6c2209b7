"""Resource model of a stage: memory, run time and MPI ranks from input size and attempt.

The numbers of each stage are in `rules/stages.py`; `right_size.py` shows after a run how much of
each request was used.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

USUAL_WORKERS = 8
MIN_RANKS_PER_NODE = 4  # for any input, however small
SMALL_INPUT_MB = 5  # 60,000 reads of 150 bp


@dataclass(frozen=True, kw_only=True)
class ResourceModel:
    """Resources of a job as linear functions of its input.

    Attributes:
        base_mb: memory of the libraries, before the first read, in megabytes.
        per_worker_mb: further memory of each MPI rank, Ray worker or thread on a node.
        per_input_mb: megabytes of memory for each megabyte of input files.
        per_worker_and_input_mb: further megabytes of each worker for each megabyte of input files,
            for arrays of all reads that each worker has.
        minutes: run time of a job with small input.
        minutes_per_input_gb: further run time for each gigabyte of input, on USUAL_WORKERS.
        input_mb_per_rank: input that justifies one MPI rank; infinite for a stage without MPI.
        input_per_fastq: bytes of input per byte of FASTQ.gz, for estimates before the run.
        max_threads: threads of a job with large input, for a stage whose rule does not set them.
    """

    base_mb: int
    per_worker_mb: int = 0
    per_input_mb: float = 0
    per_worker_and_input_mb: float = 0
    minutes: int
    minutes_per_input_gb: float
    input_mb_per_rank: float = math.inf
    input_per_fastq: float = 1
    max_threads: int = 1

    @property
    def is_mpi(self) -> bool:
        """Whether the stage runs on MPI ranks."""
        return math.isfinite(self.input_mb_per_rank)

    def memory_mb(self, input_mb: float, workers_on_node: int, attempt: int) -> int:
        """Return the megabytes to request on each node.

        Each further attempt adds the amount of the first one.
        """
        of_worker = self.per_worker_mb + self.per_worker_and_input_mb * input_mb
        first = self.base_mb + of_worker * workers_on_node + self.per_input_mb * input_mb
        return round(first * attempt)

    def runtime_minutes(self, input_mb: float, workers: int, attempt: int) -> int:
        """Return the minutes to request; each further attempt adds those of the first one.

        A stage without workers takes the same time on any number of processors.
        """
        share = USUAL_WORKERS / workers if self.per_worker_mb else 1.0
        first = self.minutes + self.minutes_per_input_gb * input_mb / 1000 * share
        return round(first * attempt)

    def threads(self, input_mb: float) -> int:
        """Return the number of threads that the input justifies: one if it takes about a second."""
        return self.max_threads if input_mb > SMALL_INPUT_MB else 1

    def ranks(self, input_mb: float, nodes: int, max_ranks: int) -> int:
        """Return the number of MPI ranks that the input justifies, the same on each node.

        Args:
            input_mb: size of the input files.
            nodes: number of nodes of the job.
            max_ranks: upper limit, a multiple of ``nodes``.
        """
        justified = math.ceil(input_mb / self.input_mb_per_rank / nodes)
        return min(max(justified, MIN_RANKS_PER_NODE), max_ranks // nodes) * nodes


def megabytes(paths: Iterable[str]) -> float:
    """Return the size of files, and of folders with their content; missing files count 0."""
    total = 0
    for path in map(Path, paths):
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        total += sum(file.stat().st_size for file in files if file.is_file())
    return total / 1e6


def even_ranks(ranks: int, nodes: int) -> str:
    """Return the option of sbatch and srun for equal numbers of ranks per node; "" for one node.

    Without it Slurm fills the first node and puts a single rank on the last one, although memory
    is requested per node.
    """
    return f"--ntasks-per-node={-(-ranks // nodes)}" if nodes > 1 else ""
