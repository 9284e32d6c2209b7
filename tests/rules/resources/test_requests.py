"""Resource requests: the functions of the rules, and the largest requests for `check`."""

from types import SimpleNamespace

import pytest

from rules.resources.requests import ResourceRequest, largest_requests, resource_functions
from rules.stages import STAGES


class Resources:
    """Snakemake's resources of a rule: a missing one has no value."""

    def __init__(self, **values):
        self.values = values

    def get(self, name):
        return SimpleNamespace(raw=self.values.get(name))


def jobs(fastq_mb=100.0, **rules):
    """Largest requests by rule, of rules with these resources."""
    workflow = SimpleNamespace(
        rules=[SimpleNamespace(name=name, resources=Resources(**r)) for name, r in rules.items()],
        is_local=lambda rule: rule.name == "write_report",
    )
    return {job.rule: job for job in largest_requests(workflow, fastq_mb)}


def test_only_submitted_stages():
    found = jobs(trim_reads={}, all={}, write_report={}, check={})
    assert list(found) == ["trim_reads"]


def test_request_follows_from_rule_and_profile():
    own = {"_cores": 8, "nodes": 2, "slurm_partition": "spot,cpu", "mem_mb": len, "runtime": len}
    model = STAGES["embed_reads"].resources
    assert jobs(embed_reads=own)["embed_reads"] == ResourceRequest(
        rule="embed_reads",
        partitions="spot,cpu",
        nodes=2,
        cpus=8,
        memory_mb=model.memory_mb(100.0, 8, 1),
        minutes=model.runtime_minutes(100.0, 16, 1),
    )


def test_ranks_grow_with_the_estimated_input():
    mpi = {"_cores": 1, "nodes": 2, "max_tasks": 192, "slurm_partition": "mpi"}
    small, large = (jobs(fastq_mb, find_pairs=mpi)["find_pairs"] for fastq_mb in (1.0, 1000.0))
    assert (small.cpus, large.cpus) == (4, 40)
    assert large.memory_mb == STAGES["find_pairs"].resources.memory_mb(4000.0, 40, 1)


@pytest.mark.parametrize("written", [1500, "1500 * attempt"])
def test_profile_overrides_estimates(written):
    (job,) = jobs(trim_reads={"mem_mb": written, "runtime": written}).values()
    assert (job.memory_mb, job.minutes) == (1500, 1500)


def test_no_partition_is_the_default_one():
    assert jobs(trim_reads={"slurm_partition": "None"})["trim_reads"].partitions == ""


def functions_of(stage, **resources):
    rule = SimpleNamespace(resources=Resources(**resources))
    return resource_functions(SimpleNamespace(get_rule={stage: rule}.get), stage)


def test_functions_of_an_mpi_stage(tmp_path):
    (tmp_path / "pairs.h5").write_bytes(bytes(1_000_000))
    files = [str(tmp_path / "pairs.h5")]
    model = STAGES["align_pairs"].resources
    locally = functions_of("align_pairs")
    assert locally["tasks"](None, files, 3) == 3
    assert locally["slurm_extra"](None, files, 3) == ""
    assert locally["mem_mb"](None, files, 3, 2) == model.memory_mb(1.0, 3, 2)
    assert locally["runtime"](None, files, 3, 2) == model.runtime_minutes(1.0, 3, 2)
    assert locally["mpi"].startswith("mpiexec")
    on_nodes = functions_of("align_pairs", nodes=2, max_tasks=16)
    assert on_nodes["tasks"](None, files, 1) == 8
    assert on_nodes["slurm_extra"](None, files, 1) == "--ntasks-per-node=4"
    assert on_nodes["mem_mb"](None, files, 1, 1) == model.memory_mb(1.0, 4, 1)
    assert on_nodes["runtime"](None, files, 1, 1) == model.runtime_minutes(1.0, 8, 1)


def test_functions_of_other_stages():
    for name, stage in STAGES.items():
        functions = functions_of(name)
        assert set(functions) >= {"mem_mb", "runtime"}
        assert ("tasks" in functions) == stage.resources.is_mpi
    assert functions_of("embed_reads", nodes=2)["mem_mb"](None, [], 8, 1) == 2000 + 8 * 250
