"""The workflow with each job as a Ray task: MPI stages, and one whose workers are tasks."""

import gzip

import pytest

from support.clone import Clone
from support.repository import REPOSITORY

pytestmark = pytest.mark.slow


def test_stages_run_as_ray_tasks(tmp_path):
    clone = Clone(tmp_path / "clone")
    clone.simulate(fragments=40)
    file = "workflow_scripts/embed_reads.py"
    clone.set("SERIAL_BELOW_MB = 200\n", "SERIAL_BELOW_MB = 0\n", file)  # uses Ray for this input
    # Found without `make install`, which may be older than the plugin.
    path = str(REPOSITORY / "executors" / "ray" / "src")
    said = clone.snakemake(
        *("--profile", "profiles/ray", "find_pairs"),
        PYTHONPATH=path,
        RAY_ADDRESS="127.0.0.1:9",  # of another Ray
    )
    assert "Error in rule" not in said, "a second attempt"
    assert (clone.folder / "results/pairs.h5").exists()
    assert "Resources requested and used" in said
    log = (clone.folder / "logs/embed_reads/embed_reads.log").read_text()
    assert "embed_reads: joining the Ray cluster at" in log

    # The last read of a unit has one quality less than bases, which `check` does not look for.
    reads = clone.folder / "demo/day8.lane1_R2.fastq.gz"
    reads.write_bytes(gzip.compress(gzip.decompress(reads.read_bytes())[:-2] + b"\n"))
    options = "--profile", "profiles/ray", "trimmed_reads"
    said = clone.snakemake(*options, fails=True, PYTHONPATH=path)
    assert "FAILED: trim_reads of day8.lane1" in said
    assert said.count("trim_reads: demo/day8.lane1_R2.fastq.gz: record 20 (line 80)") >= 1
    logs = (clone.folder / ".snakemake/ray_logs/trim_reads").glob("day8_lane1_*.log")
    texts = {log.name.split(".")[-2]: log.read_text() for log in logs}
    assert sorted(texts) == ["attempt1", "attempt2", "attempt3"]
    is_tried = {name: "Not tried again" not in text for name, text in texts.items()}
    assert is_tried == {"attempt1": True, "attempt2": False, "attempt3": False}
