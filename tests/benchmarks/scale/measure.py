"""Run the workflow on communities of different sizes and equal depth; collect the stages' costs."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clusters.chain import COSTS, run_workflow, stage_costs
from benchmarks.scale.model import MILLION, StageRun
from benchmarks.scale.stages import BY_PAIRS
from readkin.kernels import cache_folder
from rules.stages import STAGES

LAST_STAGE = "write_report"
MOST_RUNS = 3
ON_RANKS = [name for name in BY_PAIRS if STAGES[name].resources.is_mpi]
OUTPUT = {
    "trim_reads": "work/trimmed",
    "convert_fastq_to_bam": "results/bam",
    "embed_reads": "results/embeddings_shards",
    "find_pairs": "results/pairs_shards",
    "align_pairs": "results/alignments",
    "join_reads": "work/pieces.h5",
    "cluster_reads": "results/clusters.parquet",
}
# embed_reads prints the time of its steps; its workers share all but these.
STEP, SERIAL_STEPS = re.compile(r"(\w+) ([\d.]+) s"), {"index", "collect", "publish"}
# The stages on MPI print what each rank needed: the least and the greatest values.
OF_RANKS = re.compile(
    r"ranks?, each: CPU (?:[\d.]+ to )?([\d.]+) s.*sent (?:[\d.]+ to )?([\d.]+) MB"
)


def measured_runs(reads: int, source: Path, folder: Path) -> Iterator[StageRun]:
    """Run the workflow on one core; yield what each stage took.

    It runs again if it has compiled kernels, as some are needed by larger communities only.

    Args:
        reads: number of reads.
        source: folder with their sample sheet and FASTQ files.
        folder: new working directory.

    Raises:
        RuntimeError: a stage failed, or all runs compiled kernels.
    """
    for _ in range(MOST_RUNS):
        shutil.rmtree(folder, ignore_errors=True)
        before = _compiled_kernels()
        run_workflow(folder, source, LAST_STAGE, cores=1)
        if _compiled_kernels() == before:
            yield from _runs_in(folder, reads, 1)
            return
    raise RuntimeError(f"{reads} reads: each of {MOST_RUNS} runs compiled kernels")


def runs_on_more_ranks(
    reads: int, source: Path, processes: int, folder: Path
) -> Iterator[StageRun]:
    """Run the stages on MPI again, in a folder of `measured_runs`; yield what each took.

    More ranks than cores show how processor time grows with the ranks; elapsed time means nothing.
    """
    shutil.rmtree(folder / COSTS)
    run_workflow(folder, source, ON_RANKS[-1], cores=processes, again_from=ON_RANKS[0])
    for run in _runs_in(folder, reads, processes):
        if run.processes != processes:
            raise ValueError(f"{run.stage}: ran on {run.processes} ranks, expected {processes}")
        yield run


def _compiled_kernels() -> int:
    """Return how many compiled kernels the cache holds."""
    return sum(1 for _ in cache_folder().rglob("*.nbc"))


def _runs_in(folder: Path, reads: int, processes: int) -> Iterator[StageRun]:
    counts = folder / "work" / "counts"
    (pairs,) = (
        flow["out"]
        for flow in json.loads((counts / "find_pairs.json").read_text())["flows"]
        if flow["what"] == "pairs"
    )
    cells = json.loads((counts / "align_pairs.json").read_text())["details"]["cells"]
    for stage, cost in stage_costs(folder).items():
        log = folder / "logs" / stage / f"{stage}.log"
        last = log.read_text().splitlines()[-1] if log.is_file() else ""
        of_ranks = OF_RANKS.search(last)
        yield StageRun(
            stage=stage,
            size=(pairs if stage in BY_PAIRS else reads) / MILLION,
            processes=processes if of_ranks else 1,
            cpu=float(of_ranks[1]) if of_ranks else cost.cpu,
            memory=cost.memory,
            output=_bytes_of(folder / OUTPUT[stage]) if stage in OUTPUT else 0,
            sent=float(of_ranks[2]) * 1e6 if of_ranks else 0.0,
            serial=_serial(last),
            cells=cells / 1e12 if stage == "align_pairs" else 0.0,
        )


def _bytes_of(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def _serial(line: str) -> float | None:
    """Return the s of the serial steps in the line of embed_reads, None for other lines."""
    steps = dict(STEP.findall(line))
    return sum(float(steps[name]) for name in SERIAL_STEPS) if set(steps) >= SERIAL_STEPS else None
