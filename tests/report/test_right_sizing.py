"""Requested and used resources, and the block for the profile."""

import pytest
import yaml

from readkin.formats.benchmarks import JobCost
from readkin.report.right_sizing import SNAKEMAKE_MB, job_sizes, recommended_resources, sizing_text

SINGLE = {"mem_mb": 1000, "runtime": 20, "slurm_partition": "spot,cpu", "tmpdir": "/tmp"}
MPI = {
    "mem_mb": 8000,
    "runtime": 60,
    "slurm_partition": "mpi",
    "nodes": 2,
    "max_tasks": 16,
    "tasks": 8,
    "mpi": "srun --mpi=pmix --kill-on-bad-exit=1",
    "slurm_extra": "--ntasks-per-node=4",
}


def job(stage, seconds, memory_mb, resources, node_peaks_mb=()):
    """Return the measured costs of a job that requested these resources."""
    return JobCost(
        stage=stage,
        seconds=seconds,
        peak_memory_mb=memory_mb,
        cpu_seconds=2.5,
        node_peaks_mb=node_peaks_mb,
        requested=resources,
    )


COSTS = [
    job("trim_reads", 30.0, 80.0, SINGLE),
    job("trim_reads", 700.0, 210.0, SINGLE | {"mem_mb": 2000}),
    job("find_pairs", 60.0, 900.0, MPI, (1500.0, 2500.0)),
]


def test_largest_job_and_node_with_most_memory_decide():
    trim, find = job_sizes(COSTS)
    assert (trim.rule, trim.jobs, trim.requested_mb, trim.requested_minutes) == (
        "trim_reads",
        2,
        2000,
        20,
    )
    assert trim.used_mb == 210 + SNAKEMAKE_MB
    assert trim.used_minutes == pytest.approx(11.67, abs=0.01)
    assert find.used_mb == 2500 + SNAKEMAKE_MB, "not what Snakemake measured on the first node"


def test_recommended_sizes_are_round_and_have_a_margin():
    for row in job_sizes(COSTS):
        assert row.recommended_mb % 100 == 0
        assert 1.3 * row.used_mb <= row.recommended_mb < 1.3 * row.used_mb + 100
        assert row.recommended_minutes % 5 == 0
        assert max(10, 2 * row.used_minutes) <= row.recommended_minutes


def test_block_has_all_resources_of_the_profile():
    block = yaml.safe_load(recommended_resources(job_sizes(COSTS)))["set-resources"]
    assert block == {
        "trim_reads": {
            "slurm_partition": "spot,cpu",
            "mem_mb": "800 * attempt",
            "runtime": "25 * attempt",
        },
        "find_pairs": {
            "slurm_partition": "mpi",
            "nodes": 2,
            "max_tasks": 16,
            "mpi": MPI["mpi"],
            "mem_mb": "3800 * attempt",
            "runtime": "10 * attempt",
        },
    }


def test_tasks_of_ray_are_kept_and_single_jobs_need_none():
    ray = MPI | {"slurm_extra": "--no-kill", "tasks": 2}
    del ray["max_tasks"]
    lone = MPI | {"mpi": None, "tasks": 1}
    del lone["max_tasks"]
    costs = [job("embed_reads", 1.0, 1.0, ray, (5.0, 6.0))]
    block = yaml.safe_load(recommended_resources(job_sizes(costs)))["set-resources"]["embed_reads"]
    assert (block["tasks"], block["slurm_extra"]) == (2, "--no-kill")
    block = recommended_resources(job_sizes([job("find_pairs", 1.0, 1.0, lone)]))
    assert "tasks" not in block
    assert "mpi:" not in block


def test_text_is_aligned_and_says_what_to_do():
    text = sizing_text(job_sizes(COSTS))
    header, trim, find = text.split("\n\n")[1].splitlines()
    titles = "rule jobs memory requested used recommended time requested used recommended"
    assert header.split() == titles.split()
    assert trim.split()[:4] == ["trim_reads", "2", "2.0", "GiB"]
    assert find.index("2") > 0
    assert len(trim) == len(find) == len(header)
    assert "to replace `set-resources:` in the profile" in text


def test_jobs_without_requests_or_measurements_are_left_out():
    assert job_sizes([job("trim_reads", 1.0, 80.0, {})]) == []
    assert job_sizes([job("trim_reads", 1.0, None, SINGLE)]) == []
    assert sizing_text([]) == ""
