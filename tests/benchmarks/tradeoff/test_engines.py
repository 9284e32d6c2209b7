"""Engines do every item once and pass errors on; what is measured is what has happened."""

import importlib
import platform
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from benchmarks.tradeoff.adapter_size import lines_of_code, packages_mb, required, size_of
from benchmarks.tradeoff.experiments import (
    ENGINES,
    THREADS,
    Runner,
    busiest_worker,
    command_line,
    engine_runners,
    finished_in,
    instruction_set_in,
    kill_one,
    race,
)
from benchmarks.tradeoff.running import (
    ON_RANKS,
    EngineError,
    EngineRun,
    Spent,
    counters,
    run_engine,
    spent_since,
    start,
    wait_for,
)
from benchmarks.tradeoff.work import Work, function_of, opened
from support.alignment_inputs import write_alignment_inputs
from support.noted_items import UNLUCKY, note
from support.processors import host_features, processor

OTHER = {"embed": "mpi", "align": "mpi_with_threads"}
LOCAL = ["one_process", "threads", "processes", "mpi"]


def run(engine: str, folder: Path, n_items: int) -> None:
    """Do items on two workers of an engine; those on MPI have one rank here."""
    module = importlib.import_module(f"benchmarks.tradeoff.engines.{engine}")
    module.run(partial(note, folder), n_items, 1 if engine in ON_RANKS else 2)


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
    runs = [
        run_engine(engine, Work(name, results, tmp_path / engine, n_items), 2, {THREADS: "2"})
        for engine in ("one_process", OTHER[name])
    ]
    assert runs[0].digest == runs[1].digest
    for measured in runs:
        assert measured.first > 0
        assert measured.first <= measured.spent.wall
        assert measured.spent.cpu > 0
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


def test_a_program_that_hangs_is_ended_with_its_descendants(tmp_path):
    script = "sleep 100 & echo $!; wait"
    child = start(["sh", "-c", script], tmp_path, {})
    with pytest.raises(EngineError, match=r"x: not finished after 1 s\n\d+$") as raised:
        wait_for(child, "x", 1)
    (descendant,) = str(raised.value).splitlines()[1:]
    while command_line(descendant):
        pass


def test_bytes_on_the_loopback_interface_are_counted():
    before = counters()
    sent = b"x" * 100_000
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            client.sendall(sent)
        connection, _ = server.accept()
        with connection:
            while connection.recv(1 << 20):
                pass
    spent = spent_since(before)
    assert spent.loopback >= len(sent)
    assert spent.wall > 0


def test_engines_that_made_other_files_fail(monkeypatch, tmp_path):
    digests = iter("aabb" + "ab")

    def run_engine(*arguments: object) -> EngineRun:
        return EngineRun(spent=Spent(1, 1, 0), first=1, memory=1, digest=next(digests))

    monkeypatch.setattr("benchmarks.tradeoff.experiments.run_engine", run_engine)
    work = Work("align", tmp_path, tmp_path / "made", 1)
    for fails in (False, False, True):
        runners = [Runner("x", "one_process", 1), Runner("y", "threads", 2)]
        race(runners, work, 1)
        assert [bool(runner.failure) for runner in runners] == [fails] * 2


def test_files_that_a_killed_worker_has_begun_are_not_finished(tmp_path):
    for path in (tmp_path / ".partial-host-1-0.parquet", tmp_path / "0.parquet"):
        path.touch()
    finished = finished_in(Work("align", tmp_path, tmp_path, 1))
    assert finished == [tmp_path / "0.parquet"]


def test_a_killed_process_is_started_again(results, tmp_path):
    work = Work("align", results, tmp_path / "made", 1)
    (runner,) = engine_runners(["one_process"], 1, {})
    runner.run(work)
    (undisturbed,) = runner.runs
    killed = kill_one(runner, work)
    assert killed.is_same
    assert killed.lost == pytest.approx(killed.wall - undisturbed.spent.wall)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_threads_of_a_rank_do_every_item_once(threads, tmp_path, monkeypatch):
    monkeypatch.setenv(THREADS, threads)
    run("mpi_with_threads", tmp_path, UNLUCKY)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        str(item): "done\n" for item in range(UNLUCKY)
    }
    with pytest.raises(ValueError, match=f"item {UNLUCKY}"):
        run("mpi_with_threads", tmp_path, UNLUCKY + 1)


def test_the_instruction_set_is_that_of_the_machine_code():
    sets = [instruction_set_in(processor(name)) for name in ("native", "generic")]
    is_x86 = platform.machine() in ("x86_64", "AMD64")
    assert sets[1] == ("SSE2" if is_x86 else "no vectors of x86")
    features = host_features()
    if is_x86 and features.get("avx2"):
        assert sets[0] == ("AVX-512" if features.get("avx512bw") else "AVX2")


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


def test_packages_of_the_kernels_do_not_count():
    assert packages_mb("threads") == 0
    assert 1 < packages_mb("mpi") < packages_mb("ray_tasks")


def test_requirements_are_followed_with_extras():
    assert "click" in required(["ray"])
    assert "py-partiql-parser" not in required(["moto"])
    assert required(["moto[s3]"]) == required(["moto"]) | {"py-partiql-parser"}
