"""What `check` is told that the jobs will ask for."""

from types import SimpleNamespace

import pytest

from rules.resources.expected_jobs import INPUT_PER_FASTQ, expected_jobs
from rules.resources.model import NEEDS, memory_mb, runtime_minutes


class Resources:
    """Snakemake's resources of a rule: a missing one has no value."""

    def __init__(self, **values):
        self.values = values

    def get(self, name):
        return SimpleNamespace(raw=self.values.get(name))


def jobs(fastq_mb=100.0, **rules):
    """Expected jobs by rule, of rules with such resources."""
    workflow = SimpleNamespace(
        rules=[SimpleNamespace(name=name, resources=Resources(**r)) for name, r in rules.items()],
        is_local=lambda rule: rule.name == "write_report",
    )
    return {job.rule: job for job in expected_jobs(workflow, fastq_mb)}


def test_only_submitted_rules_that_know_their_needs():
    found = jobs(trim_reads={}, all={}, write_report={}, check={})
    assert list(found) == ["trim_reads"]


def test_needs_are_those_of_the_rules():
    own = {"_cores": 8, "nodes": 2, "slurm_partition": "spot,cpu", "mem_mb": len, "runtime": len}
    assert jobs(embed_reads=own)["embed_reads"] == (
        "embed_reads",
        "spot,cpu",
        2,
        8,
        memory_mb("embed_reads", 100.0, 8, 1),
        runtime_minutes("embed_reads", 100.0, 16, 1),
    )


def test_ranks_grow_with_the_estimated_input():
    mpi = {"_cores": 1, "nodes": 2, "max_tasks": 192, "slurm_partition": "mpi"}
    small, large = (jobs(fastq_mb, find_pairs=mpi)["find_pairs"] for fastq_mb in (1.0, 1000.0))
    assert (small.cpus, large.cpus) == (4, 40)
    input_mb = 1000.0 * INPUT_PER_FASTQ["find_pairs"]
    assert large.memory_mb == memory_mb("find_pairs", input_mb, 40, 1)


@pytest.mark.parametrize("written", [1500, "1500 * attempt"])
def test_profile_goes_before_estimates(written):
    (job,) = jobs(trim_reads={"mem_mb": written, "runtime": written}).values()
    assert (job.memory_mb, job.minutes) == (1500, 1500)


def test_no_partition_is_the_default_one():
    assert jobs(trim_reads={"slurm_partition": "None"})["trim_reads"].partitions == ""


def test_estimates_are_of_stages():
    assert set(INPUT_PER_FASTQ) <= set(NEEDS)
