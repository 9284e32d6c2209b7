"""Asked against used, and the block that goes into the profile."""

import pytest
import yaml

from readkin.formats.benchmarks import JobCost
from readkin.report.right_sizing import SNAKEMAKE_MB, fitting_resources, sizing_text, sizings

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
COSTS = [
    JobCost("trim_reads", 30.0, 80.0, 2.5, requested=SINGLE),
    JobCost("trim_reads", 700.0, 210.0, 2.5, requested=SINGLE | {"mem_mb": 2000}),
    JobCost("find_pairs", 60.0, 900.0, 2.5, (1500.0, 2500.0), MPI),
]


def test_largest_job_and_fullest_node_decide():
    trim, find = sizings(COSTS)
    assert (trim.rule, trim.jobs, trim.asked_mb, trim.asked_minutes) == ("trim_reads", 2, 2000, 20)
    assert trim.used_mb == 210 + SNAKEMAKE_MB
    assert trim.used_minutes == pytest.approx(11.67, abs=0.01)
    assert find.used_mb == 2500 + SNAKEMAKE_MB, "not what Snakemake saw on the first node"


def test_fitting_sizes_are_round_and_have_room():
    for row in sizings(COSTS):
        assert row.fitting_mb % 100 == 0
        assert 1.3 * row.used_mb <= row.fitting_mb < 1.3 * row.used_mb + 100
        assert row.fitting_minutes % 5 == 0
        assert max(10, 2 * row.used_minutes) <= row.fitting_minutes


def test_block_holds_all_that_the_profile_set():
    block = yaml.safe_load(fitting_resources(sizings(COSTS)))["set-resources"]
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


def test_tasks_of_ray_stay_and_single_jobs_need_none():
    ray = MPI | {"slurm_extra": "--no-kill", "tasks": 2}
    del ray["max_tasks"]
    lone = MPI | {"mpi": None, "tasks": 1}
    del lone["max_tasks"]
    costs = [JobCost("embed_reads", 1.0, 1.0, 1.0, (5.0, 6.0), ray)]
    block = yaml.safe_load(fitting_resources(sizings(costs)))["set-resources"]["embed_reads"]
    assert (block["tasks"], block["slurm_extra"]) == (2, "--no-kill")
    block = fitting_resources(sizings([JobCost("find_pairs", 1.0, 1.0, 1.0, (), lone)]))
    assert "tasks" not in block
    assert "mpi:" not in block


def test_text_lines_up_and_says_what_to_do():
    text = sizing_text(sizings(COSTS))
    header, trim, find = text.split("\n\n")[1].splitlines()
    assert header.split() == [
        "rule",
        "jobs",
        "memory",
        "asked",
        "used",
        "fits",
        "time",
        "asked",
        "used",
        "fits",
    ]
    assert trim.split()[:4] == ["trim_reads", "2", "2.0", "GiB"]
    assert find.index("2") > 0
    assert len(trim) == len(find) == len(header)
    assert "in place of `set-resources:` in the profile" in text


def test_jobs_of_which_nothing_is_known_are_left_out():
    assert sizings([JobCost("trim_reads", 1.0, 80.0, 1.0)]) == []
    assert sizings([JobCost("trim_reads", 1.0, None, 1.0, requested=SINGLE)]) == []
    assert sizing_text([]) == ""
