"""What jobs ask for."""

import math

import pytest

from rules.resources.model import (
    LEAST_RANKS_PER_NODE,
    NEEDS,
    USUAL_WORKERS,
    even_ranks,
    megabytes,
    memory_mb,
    runtime_minutes,
    tasks_to_start,
)

MPI_STAGES = [stage for stage, need in NEEDS.items() if math.isfinite(need.input_mb_per_rank)]


@pytest.mark.parametrize("stage", NEEDS)
def test_needs_grow_with_input_and_attempt(stage):
    for need in (memory_mb, runtime_minutes):
        assert isinstance(need(stage, 0.0, 8, 1), int)
        assert need(stage, 0.0, 8, 1) > 0
        assert need(stage, 10_000.0, 8, 1) >= need(stage, 0.0, 8, 1)
        assert need(stage, 500.0, 8, 3) == pytest.approx(3 * need(stage, 500.0, 8, 1), abs=2)


@pytest.mark.parametrize("stage", [*MPI_STAGES, "embed_reads"])
def test_whole_nodes_with_many_cores_ask_for_memory_of_all_ranks(stage):
    few, many = memory_mb(stage, 100.0, 4, 1), memory_mb(stage, 100.0, 96, 1)
    assert many - few == 92 * NEEDS[stage].per_worker_mb > 92 * 200


@pytest.mark.parametrize("stage", [*MPI_STAGES, "embed_reads"])
def test_more_workers_take_less_time(stage):
    usual = runtime_minutes(stage, 10_000.0, USUAL_WORKERS, 1)
    assert usual == NEEDS[stage].minutes + 10 * NEEDS[stage].minutes_per_input_gb
    assert runtime_minutes(stage, 10_000.0, 1, 1) > usual
    assert runtime_minutes(stage, 10_000.0, 96, 1) < usual
    assert runtime_minutes(stage, 10_000.0, 10_000, 1) >= NEEDS[stage].minutes


def test_stages_on_one_processor_ask_for_the_same_time_on_any_number():
    assert runtime_minutes("cluster_reads", 5000.0, 1, 1) == runtime_minutes(
        "cluster_reads", 5000.0, 64, 1
    )


def test_mpi_stages_are_those_that_ask_for_ranks():
    assert set(MPI_STAGES) == {"find_pairs", "align_pairs", "search_reads"}


@pytest.mark.parametrize("stage", MPI_STAGES)
@pytest.mark.parametrize(("nodes", "most"), [(2, 8), (2, 192), (1, 1), (3, 288), (4, 8)])
def test_ranks_grow_with_the_input_up_to_what_there_is_room_for(stage, nodes, most):
    started = [tasks_to_start(stage, float(mb), nodes, most) for mb in range(0, 20_000, 97)]
    assert started == sorted(started)
    assert started[0] == min(LEAST_RANKS_PER_NODE * nodes, most)
    assert started[-1] == most
    assert all(ranks % nodes == 0 and ranks <= most for ranks in started)


def test_ranks_are_spread_evenly():
    assert even_ranks(8, 2) == "--ntasks-per-node=4"
    assert even_ranks(7, 2) == "--ntasks-per-node=4"
    assert even_ranks(8, 1) == ""


def test_input_that_is_worth_some_ranks_gets_them():
    assert NEEDS["find_pairs"].input_mb_per_rank == 50
    assert tasks_to_start("find_pairs", 1000.0, 2, 192) == 20
    assert tasks_to_start("find_pairs", 1001.0, 2, 192) == 22


def test_every_stage_that_computes_has_needs(pytestconfig):
    rules = {path.stem for path in (pytestconfig.rootpath / "rules").glob("*.smk")}
    assert rules - {"common", "check", "stage_targets", "run_hooks"} == set(NEEDS)


def test_size_of_files_and_folders(tmp_path):
    (tmp_path / "shards" / "deep").mkdir(parents=True)
    for name, size in (
        ("a.bam", 1_000_000),
        ("shards/1.h5", 500_000),
        ("shards/deep/2.h5", 250_000),
    ):
        (tmp_path / name).write_bytes(bytes(size))
    paths = [str(tmp_path / name) for name in ("a.bam", "shards", "not there yet")]
    assert megabytes(paths) == 1.75
