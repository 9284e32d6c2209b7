"""Run the workflow on many units of three read pairs each: `make verify-many-units`.

Prints the seconds per unit: of the whole run, and of the jobs of each stage. With --slurm the jobs
run on a private Slurm on this machine, with the profile `parallelcluster`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from readkin.formats.benchmarks import read_job_costs
from support.clone import Clone
from support.cluster.slurm_cluster import ClusterSettings, running_cluster
from support.many_units import write_units
from support.repository import REPOSITORY


def run(folder: Path, slurm: bool) -> float:
    """Run the workflow in a clone and return the seconds that it took; its output is in run.txt."""
    options = ["--profile", "parallelcluster"] if slurm else ["--cores", str(os.cpu_count())]
    command = ["snakemake", *options, "--configfile", "units.yaml"]
    with ExitStack() as stack, (folder / "run.txt").open("w") as output:
        environment = dict(os.environ)
        if slurm:
            cluster = stack.enter_context(running_cluster(ClusterSettings(nodes=2)))
            environment = dict(cluster.environment())
        environment["READKIN_CACHE"] = str(REPOSITORY / ".numba_cache")
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=output, stderr=output, check=False
        )
        seconds = time.monotonic() - started
    if done.returncode:
        sys.exit("\n".join((folder / "run.txt").read_text().splitlines()[-40:]))
    return seconds


def units_clustered(folder: Path) -> int:
    """Return the number of units whose reads are in the clusters."""
    with (folder / "results" / "clusters.tsv").open() as table:
        next(table)
        return len({tuple(line.split("\t")[2:4]) for line in table})


def main() -> None:
    """Make the units, run the workflow and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=5000)
    parser.add_argument("--slurm", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="readkin-units-") as scratch:
        clone = Clone(Path(scratch) / "clone")
        write_units(clone.folder, arguments.units)
        seconds = run(clone.folder, arguments.slurm)
        found = units_clustered(clone.folder)
        print(f"{found} of {arguments.units} units to the end in {seconds:.0f} s,")
        print(f"{seconds / arguments.units:.2f} s per unit on {os.cpu_count()} cores; jobs:")
        totals: Counter[str] = Counter()
        for job in read_job_costs(clone.folder / "benchmarks"):
            totals[job.stage] += job.seconds
        for stage, total in totals.items():
            print(f"  {stage:<22}{total:9.1f} s, {total / arguments.units:7.3f} s per unit")
        page = clone.folder / "results" / "report.html"
        print(f"  {page.name}: {page.stat().st_size / 1e6:.1f} MB")
        sys.exit(found != arguments.units)


if __name__ == "__main__":
    main()
