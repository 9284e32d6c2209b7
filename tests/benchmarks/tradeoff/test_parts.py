"""Records have the names that docs/trade-offs.md reads; failures and gaps are stated."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.tradeoff.__main__ import SIZES, is_complete, parse_arguments, slurm_in
from benchmarks.tradeoff.engine_records import (
    records_of,
    records_of_instructions,
    records_of_killed,
    survival_table,
)
from benchmarks.tradeoff.experiments import KilledRun, Runner
from benchmarks.tradeoff.parts import Results, measure_code, measure_empty, measure_failures
from benchmarks.tradeoff.running import EngineRun, Spent
from benchmarks.tradeoff.work import Work, opened
from support.alignment_inputs import write_alignment_inputs


def runner_of(name: str, *walls: float, workers: int = 2) -> Runner:
    """A runner with runs of these elapsed times."""
    runs = [
        EngineRun(spent=Spent(wall, 2 * wall, 3_000_000), first=1, memory=4_000_000, digest="d")
        for wall in walls
    ]
    return Runner(name, name, workers, runs=runs)


@pytest.fixture
def found() -> Results:
    """Results without measurements."""
    return Results(Console(file=io.StringIO()))


def medians(records) -> dict[tuple[str, str, str], float]:
    return {(row["tool"], row["metric"], row["unit"]): row["median"] for row in records}


def test_records_of_engines(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    runners = [
        runner_of("one_process", 4, 5),
        runner_of("mpi", 4, 2.5),
        runner_of("slurm_array", 8),
    ]
    records = list(records_of("align", 8, runners, "one_process", 10**10))
    assert {(row["work"], row["items"]) for row in records} == {("align", 8)}
    found = medians(records)
    assert found["mpi", "wall", "s"] == 3.25
    assert found["mpi", "cpu", "s"] == 6.5
    assert found["mpi", "loopback", "MB"] == 3
    assert found["mpi", "memory", "MB"] == 4
    assert found["mpi", "first result", "s"] == 1
    assert found["mpi", "efficiency", ""] == (4 / 4 / 2 + 5 / 2.5 / 2) / 2
    assert found["one_process", "efficiency", ""] == 1
    assert found["slurm_array", "efficiency", ""] == 4 / 8 / 2
    assert found["mpi", "speed", "GCUPS"] == (10 / 4 + 10 / 2.5) / 2
    assert ("slurm_array", "memory", "MB") not in found


def test_engines_that_failed_have_no_records():
    assert list(records_of("empty", 1, [runner_of("mpi")])) == []


def test_the_speed_of_instructions_leaves_out_the_start(tmp_path: Path):
    write_alignment_inputs(tmp_path)
    work = Work("align", tmp_path, tmp_path / "made", 1)
    records = medians(records_of_instructions(work, [runner_of("AVX2", 3)]))
    assert records == {("AVX2", "wall", "s"): 3, ("AVX2", "speed", "GCUPS"): 0}
    assert opened(work).cells(1) > 0


def test_killed_workers_are_shown():
    killed = KilledRun(in_time=True, survived=False, wall=9, lost=4, is_same=True)
    records = list(records_of_killed("mpi", 8, killed))
    assert medians(records) == {("mpi", "wall", "s"): 9, ("mpi", "time lost", "s"): 4}
    assert [(row["work"], row["survived"], row["same_files"]) for row in records] == [
        ("killed", False, True)
    ] * 2
    console = Console(file=io.StringIO())
    console.print(survival_table(records))
    assert console.file.getvalue().splitlines()[-2].split("│")[1:-1] == [
        *(" mpi    ", " no             ", " yes        ", " 4.0          ")
    ]


def test_each_number_of_empty_items_has_its_rounds(found, tmp_path):
    runner = Runner("one_process", "one_process", 1)
    measure_empty(found, Work("align", tmp_path, tmp_path / "made", 1), runner, {1: 2, 5: 1})
    walls = [row for row in found.records if row["metric"] == "wall"]
    assert [(row["work"], row["items"], row["n"]) for row in walls] == [
        ("empty", 1, 2),
        ("empty", 5, 1),
    ]
    assert found.failures == []


def test_slurm_needs_no_python_package(found):
    measure_code(found, ["threads", "slurm_array"])
    names = [(row["work"], row["tool"], row["metric"], row["unit"]) for row in found.records]
    assert names == [
        ("code", "threads", "lines", "lines"),
        ("code", "threads", "packages", "MB"),
        ("code", "slurm_array", "lines", "lines"),
    ]


def test_the_time_of_each_part_is_printed(found):
    with found.part("nothing"):
        pass
    assert found.console.file.getvalue() == "nothing: 0 s\n"


def test_an_exception_ends_one_part_and_is_a_failure(found):
    with found.part("one"):
        raise ValueError("text")
    with found.part("two"):
        pass
    (failure,) = found.failures
    assert failure.startswith("one: Traceback")
    assert failure.endswith("ValueError: text\n")


@pytest.mark.parametrize(
    ("in_time", "is_same", "failure"),
    [
        ([True], True, ""),
        ([True], False, "mpi: other files after a killed worker"),
        ([False, True], True, ""),
        ([False] * 3, True, "mpi: ended before a worker could be killed"),
    ],
)
def test_kills_that_came_too_late_or_changed_files(in_time, is_same, failure, found, monkeypatch):
    killed = [
        KilledRun(in_time=each, survived=True, wall=9, lost=4, is_same=is_same) for each in in_time
    ]
    monkeypatch.setattr("benchmarks.tradeoff.parts.kill_one", lambda *_: killed.pop(0))
    measure_failures(found, Work("align", Path(), Path(), 8), [runner_of("mpi", 5)])
    assert found.failures == ([failure] if failure else [])
    assert bool(found.records) == in_time[-1]
    assert not killed


@pytest.mark.parametrize("is_required", [False, True])
def test_a_missing_slurm_is_stated(is_required, found, monkeypatch):
    monkeypatch.setenv("READKIN_REQUIRE_CLUSTER", str(int(is_required)))
    monkeypatch.setattr("benchmarks.tradeoff.__main__.obstacle", lambda: "not installed: x")
    assert slurm_in(None, found) is None
    stated, other = found.failures, found.not_measured
    if not is_required:
        stated, other = other, stated
    assert stated == ["job array, and executors Slurm and Ray + bridge: not installed: x"]
    assert other == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], True),
        (["--json", "x.json"], True),
        (["--reads", "60000"], False),
        (["--rounds", "1"], False),
        (["--engines", "mpi"], False),
    ],
)
def test_only_complete_runs_are_published(options, expected):
    assert is_complete(parse_arguments(options, SIZES), SIZES) == expected


def test_quick_runs_are_not_published():
    quick = SIZES._replace(rounds=1)
    assert not is_complete(parse_arguments([], quick), quick)
