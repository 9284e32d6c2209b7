"""The file of the runs has the newest two of one machine, each with its commit."""

import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.records import record
from benchmarks.scale.model import StageRun
from benchmarks.tradeoff.measurements import commit_of, publish, read_runs, run_of, write_runs


def test_a_run_is_identified():
    started = datetime.now(UTC) - timedelta(minutes=3)
    stage = StageRun(stage="find_pairs", size=1, processes=2, cpu=3, memory=4, output=5)
    run = run_of(started, [record("align", "mpi", "wall", "s", [1, 2], items=12)], [stage])
    assert run.id == started.strftime("%Y%m%d-%H%M")
    assert run.date == started.date().isoformat()
    assert run.minutes == pytest.approx(3, abs=0.1)
    (row,) = run.records
    assert row == {
        **{"work": "align", "tool": "mpi", "metric": "wall", "unit": "s", "items": 12},
        **{"median": 1.5, "min": 1.0, "max": 2.0, "n": 2},
    }
    assert run.stage_runs == [stage]


def test_a_run_is_read_as_it_was_written(tmp_path):
    stage = StageRun(stage="find_pairs", size=1, processes=2, cpu=3, memory=4, output=5)
    records = [record("align", "mpi", "wall", "s", [1, 2], items=12)] * 2
    run = run_of(datetime.now(UTC), records, [stage])
    write_runs([run, run._replace(stage_runs=[])], tmp_path / "runs.json")
    assert read_runs(tmp_path / "runs.json") == [run, run._replace(stage_runs=[])]
    lines = (tmp_path / "runs.json").read_text().splitlines()
    assert sum(line.startswith('  {"work": "align"') for line in lines) == 4
    assert run.find("align", "mpi", "wall", items=12) == run.records[0]
    assert run.find("align", "mpi", "wall", items=1) is None
    assert run.tools("align") == ["mpi"]
    assert run.counts("align") == [2, 2]


def test_the_newest_two_runs_of_a_machine_are_kept(tmp_path):
    path = tmp_path / "measurements" / "tradeoff.json"
    run = run_of(datetime.now(UTC), [], [])
    kept = []
    for number in range(4):
        publish(run._replace(id=str(number)), path)
        kept.append("".join(found.id for found in read_runs(path)))
    assert kept == ["0", "01", "12", "23"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    publish(run._replace(id="4", cores=run.cores + 1), path)
    assert [found.id for found in read_runs(path)] == ["4"]


def test_changes_outside_of_docs_are_mentioned(tmp_path):
    def git(*words: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    assert commit_of(tmp_path) == "unknown"
    (tmp_path / "docs").mkdir()
    files = tmp_path / "docs" / "page.md", tmp_path / "code.py"
    for file in files:
        file.write_text("old")
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    (tmp_path / "untracked").touch()
    files[0].write_text("new")
    clean = commit_of(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{7,}", clean)
    files[1].write_text("new")
    assert commit_of(tmp_path) == f"{clean} with changes"
