"""Resource models of the stages."""

import pytest

from rules.resources.model import MIN_RANKS_PER_NODE, USUAL_WORKERS, even_ranks, megabytes
from rules.stages import STAGES

MODELS = {name: stage.resources for name, stage in STAGES.items()}
MPI_STAGES = [name for name, model in MODELS.items() if model.is_mpi]


@pytest.mark.parametrize("stage", MODELS)
def test_requests_grow_with_input_and_attempt(stage):
    for amount in (MODELS[stage].memory_mb, MODELS[stage].runtime_minutes):
        assert isinstance(amount(0.0, 8, 1), int)
        assert amount(0.0, 8, 1) > 0
        assert amount(10_000.0, 8, 1) >= amount(0.0, 8, 1)
        assert amount(500.0, 8, 3) == pytest.approx(3 * amount(500.0, 8, 1), abs=2)


@pytest.mark.parametrize("stage", [*MPI_STAGES, "embed_reads"])
def test_nodes_with_many_cores_get_memory_for_all_workers(stage):
    few, many = (MODELS[stage].memory_mb(100.0, workers, 1) for workers in (4, 96))
    model = MODELS[stage]
    of_worker = model.per_worker_mb + 100 * model.per_worker_and_input_mb
    assert many - few == pytest.approx(92 * of_worker, abs=1)
    assert of_worker > 200


@pytest.mark.parametrize(
    ("input_mb", "ranks", "peak_mb"),
    [(441, 1, 650), (441, 2, 958), (4523, 2, 4755)],
)
def test_find_pairs_gets_twice_the_memory_that_it_was_seen_to_use(input_mb, ranks, peak_mb):
    """10^6 reads of depth 32 and 10^7 of depth 10 (docs/scale.md)."""
    assert 1.5 < MODELS["find_pairs"].memory_mb(input_mb, ranks, 1) / peak_mb < 3


@pytest.mark.parametrize("stage", [*MPI_STAGES, "embed_reads"])
def test_more_workers_take_less_time(stage):
    model = MODELS[stage]
    usual = model.runtime_minutes(10_000.0, USUAL_WORKERS, 1)
    assert usual == model.minutes + 10 * model.minutes_per_input_gb
    assert model.runtime_minutes(10_000.0, 1, 1) > usual
    assert model.runtime_minutes(10_000.0, 96, 1) < usual
    assert model.runtime_minutes(10_000.0, 10_000, 1) >= model.minutes


def test_stages_without_workers_take_the_same_time_on_any_number_of_processors():
    runtime = MODELS["cluster_reads"].runtime_minutes
    assert runtime(5000.0, 1, 1) == runtime(5000.0, 64, 1)


def test_small_input_gets_one_thread():
    assert [MODELS["trim_reads"].threads(mb) for mb in (0.0, 1.0, 500.0)] == [1, 1, 4]
    assert MODELS["convert_fastq_to_bam"].threads(500.0) == 1


def test_mpi_stages():
    assert set(MPI_STAGES) == {"find_pairs", "align_pairs", "join_reads", "search_reads"}


@pytest.mark.parametrize("stage", MPI_STAGES)
@pytest.mark.parametrize(("nodes", "most"), [(2, 8), (2, 192), (1, 1), (3, 288), (4, 8)])
def test_ranks_grow_with_the_input_up_to_the_limit(stage, nodes, most):
    started = [MODELS[stage].ranks(float(mb), nodes, most) for mb in range(0, 20_000, 97)]
    assert started == sorted(started)
    assert started[0] == min(MIN_RANKS_PER_NODE * nodes, most)
    assert started[-1] == most
    assert all(ranks % nodes == 0 and ranks <= most for ranks in started)


def test_ranks_are_spread_evenly():
    assert even_ranks(8, 2) == "--ntasks-per-node=4"
    assert even_ranks(7, 2) == "--ntasks-per-node=4"
    assert even_ranks(8, 1) == ""


def test_input_that_justifies_some_ranks_gets_them():
    model = MODELS["find_pairs"]
    assert model.input_mb_per_rank == 50
    assert model.ranks(1000.0, 2, 192) == 20
    assert model.ranks(1001.0, 2, 192) == 22


def test_size_of_files_and_folders(tmp_path):
    (tmp_path / "shards" / "deep").mkdir(parents=True)
    for name, size in (
        ("a.bam", 1_000_000),
        ("shards/1.h5", 500_000),
        ("shards/deep/2.h5", 250_000),
    ):
        (tmp_path / name).write_bytes(bytes(size))
    paths = [str(tmp_path / name) for name in ("a.bam", "shards", "missing")]
    assert megabytes(paths) == 1.75
