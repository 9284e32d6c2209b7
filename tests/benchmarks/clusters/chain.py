"""Run the workflow on the reads of a set, and measure what each stage costs.

Snakemake samples the processor time of its jobs and misses the end of each. Here ``python`` in the
rules is a script that measures the whole process, as for all other tools.
"""

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.launching import LAST_LINES, ONE_THREAD, Cost, costs_in, meter_command
from readkin.parallel.launch import program_environment
from rules.stages import STAGES
from support.repository import REPOSITORY

COSTS = "costs"
PYTHON = """#!/bin/sh
for command; do case "$command" in *.py) break;; esac; done
costs={folder}/$(basename "$command" .py)
mkdir -p "$costs"
exec {meter} "$costs" {python} "$@"
"""


def run_workflow(
    folder: Path,
    reads: Path,
    last_stage: str,
    settings: Mapping[str, Any] | None = None,
    cores: int = 1,
    again_from: str = "",
) -> None:
    """Run the workflow in a folder, up to a stage.

    Args:
        folder: working directory; results of earlier runs in it are used again.
        reads: folder with samples.tsv and truth.tsv.gz.
        last_stage: name of the stage.
        settings: settings that differ from their defaults.
        cores: of Snakemake; stages on MPI have as many ranks.
        again_from: name of a stage that is run again with all that follow, though it has results.

    Raises:
        RuntimeError: a stage failed; the message is the end of Snakemake's output.
    """
    files = {"samples": str(reads / "samples.tsv"), "truth": str(reads / "truth.tsv.gz")}
    config = folder / "config" / "config.yaml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(yaml.safe_dump(files | dict(settings or {})))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    options = ["--directory", str(folder), "--cores", str(cores), "--rerun-incomplete"]
    options += ["--forcerun", again_from] if again_from else []
    done = subprocess.run(
        [*command, *options, "--quiet", "all", "--until", last_stage],
        env=program_environment() | ONE_THREAD | {"BASH_ENV": str(metered_python(folder))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stdout.splitlines()[-LAST_LINES:]
        raise RuntimeError("\n".join([f"snakemake: exit {done.returncode}", *last]))


def metered_python(folder: Path) -> Path:
    """Write a script ``python`` that writes the cost of each stage.

    Returns:
        A file for BASH_ENV, which puts this script first on the PATH of the rules' shells.
    """
    script = folder / "bin" / "python"
    script.parent.mkdir(exist_ok=True)
    text = PYTHON.format(
        folder=shlex.quote(str(folder / COSTS)),
        meter=shlex.join(meter_command("")[:-1]),
        python=shlex.quote(sys.executable),
    )
    script.write_text(text)
    script.chmod(0o755)
    start = folder / "bin" / "start.sh"
    start.write_text(f"PATH={shlex.quote(str(script.parent))}:$PATH\n")
    return start


def stage_costs(folder: Path) -> dict[str, Cost]:
    """Return the cost of each stage of a run by name.

    Time is the sum over units or ranks, memory that of the largest unit, or of all ranks.
    """
    return {
        name: Cost(
            cpu=sum(cost.cpu for cost in costs),
            wall=sum(cost.wall for cost in costs),
            memory=(sum if stage.resources.is_mpi else max)(cost.memory for cost in costs),
        )
        for name, stage in STAGES.items()
        if (folder / COSTS / name).is_dir() and (costs := costs_in(folder / COSTS / name))
    }
