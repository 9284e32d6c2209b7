"""The workflow with each job as a Ray task: MPI stages, and one whose workers are tasks."""

import pytest

from support.clone import Clone
from support.repository import REPOSITORY

pytestmark = pytest.mark.slow


def test_stages_run_as_ray_tasks(tmp_path):
    clone = Clone(tmp_path / "clone")
    clone.simulate(fragments=40)
    file = "workflow_scripts/embed_reads.py"
    clone.set("SERIAL_BELOW_MB = 200\n", "SERIAL_BELOW_MB = 0\n", file)  # uses Ray for this input
    said = clone.snakemake(
        *("--profile", "profiles/ray", "find_pairs"),
        # Found without `make install`, which may be older than the plugin.
        PYTHONPATH=str(REPOSITORY / "executors" / "ray" / "src"),
        RAY_ADDRESS="127.0.0.1:9",  # of another Ray
    )
    assert "Error in rule" not in said, "a second attempt"
    assert (clone.folder / "results/pairs.h5").exists()
    assert "Resources requested and used" in said
    log = (clone.folder / "logs/embed_reads/embed_reads.log").read_text()
    assert "embed_reads: joining the Ray cluster at" in log
