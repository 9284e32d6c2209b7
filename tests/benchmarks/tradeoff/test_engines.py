"""Engines do every item once and pass errors on; what is measured is what has happened."""

import importlib
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from benchmarks.tradeoff.adapter_size import lines_of_code, size_of
from benchmarks.tradeoff.experiments import (
    ENGINES,
    Runner,
    busiest_worker,
    engine_runners,
    race,
)
from benchmarks.tradeoff.running import EngineError, EngineRun, run_engine
from benchmarks.tradeoff.work import Work, function_of, opened
from support.alignment_inputs import write_alignment_inputs
from support.noted_items import UNLUCKY, note

LOCAL = ["one_process", "threads", "processes", "mpi"]


def run(engine: str, folder: Path, n_items: int) -> None:
    """Do items on two workers of an engine; MPI has one rank here."""
    module = importlib.import_module(f"benchmarks.tradeoff.engines.{engine}")
    module.run(partial(note, folder), n_items, 1 if engine == "mpi" else 2)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """A folder with bam/, embeddings.h5 and pairs.h5."""
    folder = tmp_path_factory.mktemp("results")
    write_alignment_inputs(folder)
    (folder / "bam").mkdir()
    (folder / "bam" / "a.b.unaligned.bam").hardlink_to(folder / "reads.bam")
    return folder


@pytest.mark.parametrize("engine", LOCAL)
def test_every_item_is_done_once(engine, tmp_path):
    run(engine, tmp_path, UNLUCKY)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        str(item): "done\n" for item in range(UNLUCKY)
    }


@pytest.mark.parametrize("engine", LOCAL)
def test_the_error_of_an_item_is_raised(engine, tmp_path):
    with pytest.raises(ValueError, match=f"item {UNLUCKY}"):
        run(engine, tmp_path, UNLUCKY + 1)


@pytest.mark.parametrize("name", ["embed", "align"])
def test_engines_make_the_same_files(name, results, tmp_path):
    n_items = len(opened(Work(name, results, tmp_path, 0)))
    runs = {
        engine: run_engine(engine, Work(name, results, tmp_path / engine, n_items), 2)
        for engine in ("one_process", "mpi")
    }
    assert runs["one_process"].digest == runs["mpi"].digest
    for measured in runs.values():
        assert 0 < measured.first <= measured.wall
        assert measured.cpu > 0
        assert measured.memory > 1e6


def test_items_are_not_done_again(results, tmp_path):
    work = Work("align", results, tmp_path, 1)
    for _ in range(2):
        function_of(work)(0)
        (made,) = (path for path in tmp_path.rglob("*") if path.is_file())
        made.touch()  # a second write would replace the file
        number = made.stat().st_ino
    assert made.stat().st_ino == number


def test_a_failure_shows_the_end_of_the_output(tmp_path):
    with pytest.raises(EngineError, match=r"one_process: exit 1\n(.*\n)*.*embeddings.h5"):
        run_engine("one_process", Work("embed", tmp_path, tmp_path / "made", 1), 2)


def test_engines_that_made_other_files_fail(monkeypatch, tmp_path):
    digests = iter("aabb" + "ab")

    def run_engine(*arguments: object) -> EngineRun:
        return EngineRun(wall=1, cpu=1, first=1, memory=1, digest=next(digests))

    monkeypatch.setattr("benchmarks.tradeoff.experiments.run_engine", run_engine)
    work = Work("align", tmp_path, tmp_path / "made", 1)
    for fails in (False, False, True):
        runners = [Runner("x", "one_process"), Runner("y", "threads")]
        race(runners, work, 1, 2)
        assert [bool(runner.failure) for runner in runners] == [fails] * 2


def test_without_slurm_there_is_no_array():
    assert [bool(r.failure) for r in engine_runners(["mpi", "slurm_array"], None)] == [False, True]
    assert not any(r.failure for r in engine_runners(["mpi", "slurm_array"], {"PATH": "x"}))


def test_the_busiest_worker_is_a_descendant_that_computes():
    loop = "from multiprocessing import Process\nimport time\n"
    loop += "def f(n):\n  while n: pass\n  time.sleep(60)\n"
    loop += "children = [Process(target=f, args=(n,)) for n in (0, 1)]\n"
    loop += "[child.start() for child in children]\nprint(children[1].pid, flush=True)\n"
    loop += "time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", loop, "benchmarks.tradeoff"], stdout=subprocess.PIPE, text=True
    ) as main:
        computing = main.stdout.readline().strip()
        while busiest_worker(main.pid) != computing:
            pass
        subprocess.run(["pkill", "-9", "-P", str(main.pid)], check=True)
        main.kill()


def test_lines_of_code():
    source = '"""Text\n\nof a module."""\n\nimport x\n\n\ndef f():\n    """Text."""\n'
    source += '    # why\n    return x.y(\n        "a",\n    )\n'
    assert lines_of_code(source) == 5


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_has_code(engine):
    assert size_of(engine) > 3
