"""What jobs ask for."""

import pytest

from rules.memory import NEEDS, megabytes, memory_mb, runtime_minutes


@pytest.mark.parametrize("stage", NEEDS)
def test_needs_grow_with_input_and_attempt(stage):
    for need in (memory_mb, runtime_minutes):
        assert isinstance(need(stage, 0.0, 1), int)
        assert need(stage, 0.0, 1) > 0
        assert need(stage, 10_000.0, 1) >= need(stage, 0.0, 1)
        assert need(stage, 500.0, 3) == pytest.approx(3 * need(stage, 500.0, 1), abs=2)


def test_every_stage_that_computes_has_needs(pytestconfig):
    rules = {path.stem for path in (pytestconfig.rootpath / "rules").glob("*.smk")}
    assert rules - {"common", "check"} == set(NEEDS)


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
