"""Run commands, and the profile `parallelcluster`, in a clone on a cluster."""

import shlex
import subprocess
import sys
from pathlib import Path

from support.clone import Clone
from support.cluster.slurm_cluster import SlurmCluster
from support.repository import REPOSITORY


def run_on(cluster: SlurmCluster, clone: Clone, command: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` on the cluster's head node, with the venv activated."""
    environment = cluster.environment() | {"READKIN_CACHE": str(REPOSITORY / ".numba_cache")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=clone.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )


def run_profile(cluster: SlurmCluster, clone: Clone, *options: str) -> tuple[int, str]:
    """Run the profile in a clone; return exit code and output."""
    command = ["snakemake", "--profile", "parallelcluster", *options]
    done = run_on(cluster, clone, shlex.join(command))
    return done.returncode, done.stdout
