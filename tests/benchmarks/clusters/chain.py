"""Run the workflow on the reads of a set, and read what each stage cost."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.launching import LAST_LINES, Cost
from readkin.formats.benchmarks import read_job_costs
from readkin.parallel.launch import program_environment
from support.repository import REPOSITORY

BYTES_PER_MEBIBYTE = 1 << 20


def run_workflow(
    folder: Path,
    reads: Path,
    targets: Sequence[str],
    settings: Mapping[str, Any] | None = None,
    cores: int = 1,
) -> None:
    """Run the workflow in a folder, up to stages.

    Args:
        folder: working directory; results of earlier runs in it are used again.
        reads: folder with samples.tsv and truth.tsv.gz.
        targets: the last stages.
        settings: settings that differ from their defaults.
        cores: cores for Snakemake.

    Raises:
        RuntimeError: a stage failed; the message is the end of Snakemake's output.
    """
    files = {"samples": str(reads / "samples.tsv"), "truth": str(reads / "truth.tsv.gz")}
    config = folder / "config" / "config.yaml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(yaml.safe_dump(files | dict(settings or {})))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    options = ["--directory", str(folder), "--cores", str(cores), "--rerun-incomplete"]
    done = subprocess.run(
        [*command, *options, "--quiet", "all", "--until", *targets],
        env=program_environment() | {"PATH": search_path()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stdout.splitlines()[-LAST_LINES:]
        raise RuntimeError("\n".join([f"snakemake: exit {done.returncode}", *last]))


def search_path() -> str:
    """Return PATH with the programs of this environment first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def stage_costs(folder: Path) -> dict[str, Cost]:
    """Return the cost of each stage of a run by name; the units of a stage are summed up."""
    costs: dict[str, Cost] = {}
    for job in read_job_costs(folder / "benchmarks"):
        cpu, wall, memory = costs.get(job.stage, Cost(0, 0, 0))
        peak = round((job.peak_on_a_node_mb or 0) * BYTES_PER_MEBIBYTE)
        costs[job.stage] = Cost(cpu + (job.cpu_seconds or 0), wall + job.seconds, max(memory, peak))
    return costs
