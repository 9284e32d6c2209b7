"""The job array of `make tradeoff`: items on a real Slurm, and a job that is killed."""

import pytest

from benchmarks.tradeoff.experiments import SLURM, engine_runners, kill_one
from benchmarks.tradeoff.work import Work, opened
from support.alignment_inputs import write_alignment_inputs
from support.cluster.slurm_cluster import SlurmCluster


@pytest.fixture(scope="module")
def slurm(cluster: SlurmCluster) -> dict[str, str]:
    """Variables of the private Slurm."""
    return {"PATH": cluster.environment()["PATH"]}


def test_a_killed_job_is_made_good_by_a_second_array(slurm, tmp_path):
    write_alignment_inputs(tmp_path)
    work = Work("align", tmp_path, tmp_path / "made", 0)
    work = work._replace(n_items=len(opened(work)))
    array, alone = engine_runners([SLURM, "one_process"], 2, slurm)
    for runner in (array, alone):
        runner.run(work)
        assert runner.failure == ""
    assert array.runs[0].digest == alone.runs[0].digest
    assert kill_one(array, work).is_same


def test_an_item_that_fails_is_a_failure_of_the_array(slurm, tmp_path):
    (array,) = engine_runners([SLURM], 2, slurm)
    array.run(Work("align", tmp_path, tmp_path / "made", 2))
    assert "items of the array ended as ['FAILED', 'FAILED']" in array.failure
