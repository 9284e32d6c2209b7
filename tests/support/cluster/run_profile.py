"""Run the profile `parallelcluster` in a clone."""

import subprocess
import sys
from pathlib import Path

from support.clone import Clone
from support.cluster.slurm_cluster import SlurmCluster
from support.repository import REPOSITORY


def run_profile(cluster: SlurmCluster, clone: Clone, *options: str) -> tuple[int, str]:
    """Run the profile in a clone; return exit code and output."""
    environment = cluster.environment() | {"READKIN_CACHE": str(REPOSITORY / ".numba_cache")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["snakemake", "--profile", "parallelcluster", *options],
        cwd=clone.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    return done.returncode, done.stdout
