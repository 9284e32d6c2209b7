"""Jobs of an earlier run are found and named; nothing is started before somebody has chosen."""

import os
import subprocess
from pathlib import Path

import pytest

from rules.slurm_guard import orphans as orphan_jobs
from rules.slurm_guard.orphans import MainProcess, OrphansError, clear_folder, orphans

RUN = "readkin_9f1c8a52-5a51-4be3-90f0-0f9dc26e0a4e"
COMMAND = "snakemake --profile parallelcluster"


class Queue:
    """A squeue that lists job 7 so many times, and a scancel."""

    def __init__(self, folder: Path, answers: int, code: int = 0) -> None:
        row = f"7|RUNNING|1:23|{RUN}|rule_trim_reads_wildcards_demo_lane1|{folder}\n"
        self.left = [row] * answers
        self.code = code
        self.cancelled: list[str] = []

    def __call__(self, command: list[str], **options: object):
        if command[0] == "scancel":
            self.cancelled += command[1:]
            return subprocess.CompletedProcess(command, 0, "", "")
        if self.code:
            return subprocess.CompletedProcess(command, self.code, "", "no slurmctld\n")
        return subprocess.CompletedProcess(command, 0, self.left.pop(0) if self.left else "", "")


@pytest.fixture
def queue(tmp_path: Path, monkeypatch):
    """Make orphans of this folder."""
    monkeypatch.setattr(orphan_jobs, "SECONDS_BETWEEN_LOOKS", 0)

    def make(answers: int, code: int = 0) -> Queue:
        queue = Queue(tmp_path, answers, code)
        monkeypatch.setattr(subprocess, "run", queue)
        return queue

    return make


def clear(folder: Path, starts_jobs: bool = True, **environment: str) -> None:
    clear_folder(folder, folder / "work/slurm", COMMAND, starts_jobs, environment)


def of_dead_process(folder: Path) -> Path:
    """What a killed Snakemake leaves: its record and its lock, which is returned."""
    process = subprocess.Popen(["true"])
    process.wait()
    record = folder / "work/slurm" / orphan_jobs.MAIN_PROCESS
    MainProcess.this()._replace(process=process.pid, started="1").write(record)
    lock = folder / ".snakemake/locks/0.output.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    return lock


def test_only_jobs_of_this_folder_and_of_the_plugin(tmp_path: Path, monkeypatch) -> None:
    rows = [
        f"7|RUNNING|1:23|{RUN}|rule_a|{tmp_path}",
        f"8|RUNNING|1:23|{RUN}|rule_b|/elsewhere",
        f"9|RUNNING|1:23|my_own_job|(null)|{tmp_path}",
        f"10|PENDING|0:00|{RUN.removeprefix('readkin_')}|rule_c|{tmp_path}",
    ]

    def squeue(command: list[str], **options: object):
        return subprocess.CompletedProcess(command, 0, "\n".join(rows), "")

    monkeypatch.setattr(subprocess, "run", squeue)
    assert [job.job for job in orphans(tmp_path)] == ["7", "10"]


def test_refuses_and_says_what_to_type(tmp_path: Path, queue) -> None:
    queue(1)
    with pytest.raises(OrphansError) as refused:
        clear(tmp_path)
    lines = str(refused.value).splitlines()
    assert lines[1] == f"  7  RUNNING  1:23  trim_reads of demo_lane1  (run {RUN})"
    assert lines[-2:] == [
        "  SLURM_GUARD_ORPHANS=wait snakemake --profile parallelcluster",
        "  SLURM_GUARD_ORPHANS=cancel snakemake --profile parallelcluster",
    ]


@pytest.mark.parametrize("choice", ["wait", "cancel"])
def test_choice_is_followed_and_the_dead_ones_lock_removed(
    tmp_path: Path, queue, capsys, choice: str
) -> None:
    slurm, lock = queue(3), of_dead_process(tmp_path)
    (tmp_path / "work/slurm" / RUN).mkdir()
    clear(tmp_path, SLURM_GUARD_ORPHANS=choice)
    assert slurm.cancelled == (["7"] if choice == "cancel" else [])
    assert slurm.left == []
    assert "all jobs of the earlier run have ended" in capsys.readouterr().err
    assert not lock.exists()
    assert not (tmp_path / "work/slurm" / RUN).exists()
    record = tmp_path / "work/slurm" / orphan_jobs.MAIN_PROCESS
    assert MainProcess.read(record) == MainProcess.this()


def test_commands_that_start_no_job_change_nothing(tmp_path: Path, queue, capsys) -> None:
    queue(1)
    lock = of_dead_process(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    clear(tmp_path, starts_jobs=False, SLURM_GUARD_ORPHANS="cancel")
    assert "7  RUNNING" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
    assert lock.exists()


def test_living_or_foreign_snakemake_keeps_its_lock(tmp_path: Path, queue) -> None:
    lock = of_dead_process(tmp_path)
    record = tmp_path / "work/slurm" / orphan_jobs.MAIN_PROCESS
    alive = MainProcess(MainProcess.this().host, os.getppid(), orphan_jobs._start_of(os.getppid()))
    for process in (alive, alive._replace(host="another")):
        process.write(record)
        queue(0)
        assert process.state() == ("alive" if process is alive else "unknown")
        clear(tmp_path)
        assert lock.exists()


def test_silent_slurm_matters_only_where_jobs_may_be_left(tmp_path: Path, queue) -> None:
    queue(0, code=1)
    clear(tmp_path)
    folder = tmp_path / "work/slurm" / RUN
    folder.mkdir(parents=True)
    (folder / "7.submitted").touch()
    with pytest.raises(OrphansError, match=r"may still write here \(7\)"):
        clear(tmp_path)
    (folder / "7.exit").write_text("0\n")
    clear(tmp_path)
