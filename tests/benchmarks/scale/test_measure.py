"""Runs that compiled kernels are not measured."""

from pathlib import Path

import pytest

from benchmarks.scale import measure


@pytest.fixture
def run_with(tmp_path, monkeypatch):
    """Return a function that measures runs of which each compiles a number of kernels."""
    cache, folder = tmp_path / "cache", tmp_path / "run"
    cache.mkdir()

    def run(*kernels: int) -> list[str]:
        remaining = iter(kernels)

        def workflow(where: Path, *_: object, **__: object) -> None:
            assert not where.exists(), "each run is complete"
            where.mkdir()
            for _ in range(next(remaining)):
                (cache / f"{len(list(cache.iterdir()))}.nbc").touch()

        monkeypatch.setattr(measure, "run_workflow", workflow)
        monkeypatch.setattr(measure, "cache_folder", lambda: cache)
        monkeypatch.setattr(measure, "_runs_in", lambda *_: iter([f"{len(kernels)} runs"]))
        found = list(measure.measured_runs(100, tmp_path, folder))
        assert not list(remaining)
        return found

    return run


@pytest.mark.parametrize("kernels", [(0,), (3, 0), (3, 1, 0)])
def test_a_run_that_compiled_kernels_is_repeated(kernels, run_with):
    assert run_with(*kernels) == [f"{len(kernels)} runs"]


def test_runs_that_always_compile_kernels_are_an_error(run_with):
    with pytest.raises(RuntimeError, match="100 reads: each of 3 runs compiled kernels"):
        run_with(1, 1, 1)
