"""Orphans are listed; nothing is started before the user has chosen what to do."""

import os
import subprocess
from pathlib import Path

import pytest

from rules.slurm_guard import orphans as module
from rules.slurm_guard.orphans import MainProcess, OrphansError, clear_folder, only_reads, orphans
from rules.slurm_guard.slurm import Answer

RUN = "workflow_9f1c8a52-5a51-4be3-90f0-0f9dc26e0a4e"
COMMAND = ["/venv/bin/snakemake", "--profile", "parallelcluster"]


class Queue:
    """Stub of squeue, which lists job 7 ``answers`` times, and of scancel."""

    def __init__(self, folder: Path, answers: int, code: int = 0) -> None:
        row = f"7|RUNNING|1:23|{RUN}|rule_trim_reads_wildcards_demo_lane1|{folder}\n"
        self.left = [row] * answers
        self.code = code
        self.cancelled: list[str] = []

    def __call__(self, program: str, *arguments: str) -> Answer:
        if program == "scancel":
            self.cancelled += arguments
            return Answer(0, "", "")
        if self.code:
            return Answer(self.code, "", "no slurmctld\n")
        return Answer(0, self.left.pop(0) if self.left else "", "")


@pytest.fixture
def queue(tmp_path: Path, monkeypatch):
    """Return a function that makes orphans of this folder."""
    monkeypatch.setattr(module, "SECONDS_BETWEEN_CHECKS", 0)

    def make(answers: int, code: int = 0) -> Queue:
        queue = Queue(tmp_path, answers, code)
        monkeypatch.setattr(module, "ask_slurm", queue)
        return queue

    return make


def clear(folder: Path, arguments: list[str] = COMMAND, **environment: str) -> None:
    clear_folder(folder, folder / "work/slurm", arguments, environment)


def of_dead_process(folder: Path) -> Path:
    """Make what a killed Snakemake leaves, its record and its lock; return the lock."""
    process = subprocess.Popen(["true"])
    process.wait()
    record = folder / "work/slurm" / module.MAIN_PROCESS
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
        f"10|PENDING|0:00|{RUN.removeprefix('workflow_')}|rule_c|{tmp_path}",
    ]

    monkeypatch.setattr(module, "ask_slurm", lambda *_: Answer(0, "\n".join(rows), ""))
    assert [job.job for job in orphans(tmp_path)] == ["7", "10"]


def test_refuses_and_shows_what_to_type(tmp_path: Path, queue) -> None:
    queue(1)
    with pytest.raises(OrphansError) as refused:
        clear(tmp_path)
    lines = str(refused.value).splitlines()
    assert lines[1] == f"  7  RUNNING  1:23  trim_reads of demo_lane1  (run {RUN})"
    assert lines[-2:] == [
        "  JOB_GUARD_ORPHANS=wait snakemake --profile parallelcluster",
        "  JOB_GUARD_ORPHANS=cancel snakemake --profile parallelcluster",
    ]


@pytest.mark.parametrize("choice", ["wait", "cancel"])
def test_choice_is_followed_and_the_lock_of_a_dead_snakemake_removed(
    tmp_path: Path, queue, capsys, choice: str
) -> None:
    slurm, lock = queue(3), of_dead_process(tmp_path)
    (tmp_path / "work/slurm" / RUN).mkdir()
    clear(tmp_path, JOB_GUARD_ORPHANS=choice)
    assert slurm.cancelled == (["7"] if choice == "cancel" else [])
    assert slurm.left == []
    assert "all jobs of the earlier run have ended" in capsys.readouterr().err
    assert not lock.exists()
    assert not (tmp_path / "work/slurm" / RUN).exists()
    record = tmp_path / "work/slurm" / module.MAIN_PROCESS
    assert MainProcess.read(record) == MainProcess.this()


@pytest.mark.parametrize("option", ["-n", "-np", "--dry-run", "--lint", "--unlock", "--list"])
def test_reading_commands_change_nothing(tmp_path: Path, queue, capsys, option: str) -> None:
    queue(1)
    lock = of_dead_process(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    clear(tmp_path, [*COMMAND, option], JOB_GUARD_ORPHANS="cancel")
    assert "7  RUNNING" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
    assert lock.exists()


@pytest.mark.parametrize("words", [["--cores", "8"], ["-c8"], ["-j", "4"], ["-F", "align_pairs"]])
def test_working_commands_differ_from_reading_ones(words: list[str]) -> None:
    assert not only_reads(["snakemake", *words])


def test_running_or_remote_snakemake_keeps_its_lock(tmp_path: Path, queue) -> None:
    lock = of_dead_process(tmp_path)
    record = tmp_path / "work/slurm" / module.MAIN_PROCESS
    alive = MainProcess(MainProcess.this().host, os.getppid(), module._start_of(os.getppid()))
    for process in (alive, alive._replace(host="another")):
        process.write(record)
        queue(0)
        assert process.state() == ("alive" if process is alive else "unknown")
        clear(tmp_path)
        assert lock.exists()


def test_unavailable_slurm_matters_only_if_jobs_may_remain(tmp_path: Path, queue) -> None:
    queue(0, code=1)
    clear(tmp_path)
    folder = tmp_path / "work/slurm" / RUN
    folder.mkdir(parents=True)
    (folder / "7.submitted").touch()
    with pytest.raises(OrphansError, match=r"may still write here \(7\)"):
        clear(tmp_path)
    (folder / "7.exit").write_text("0\n")
    clear(tmp_path)


def test_machine_without_slurm_has_no_orphans(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert orphans(tmp_path) == []
