"""The workflow with each job as a Ray task: MPI stages, and a stage with a Ray of its own."""

import os
import subprocess
import sys

import pytest

from support.clone import Clone
from support.repository import REPOSITORY

pytestmark = pytest.mark.slow


def test_stages_run_as_ray_tasks(tmp_path):
    clone = Clone(tmp_path / "clone")
    clone.simulate(fragments=40)
    file = "workflow_scripts/embed_reads.py"
    clone.set("SERIAL_BELOW_MB = 200\n", "SERIAL_BELOW_MB = 0\n", file)  # uses Ray for this input
    environment = os.environ | {
        "READKIN_CACHE": str(REPOSITORY / ".numba_cache"),
        # Found without `make install`, which may be older than the plugin.
        "PYTHONPATH": str(REPOSITORY / "executors" / "ray" / "src"),
        # Of another Ray: must not reach the stage that starts its own.
        "RAY_ADDRESS": "127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "snakemake", "--profile", "profiles/ray", "find_pairs"],
        cwd=clone.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Error in rule" not in done.stdout, "a second attempt"
    assert (clone.folder / "results/pairs.h5").exists()
    assert "Resources requested and used" in done.stdout
    log = (clone.folder / "logs/embed_reads/embed_reads.log").read_text()
    assert "embed_reads: starting Ray with" in log
