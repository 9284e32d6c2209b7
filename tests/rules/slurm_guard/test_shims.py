"""Answers of the wrappers of sacct, sbatch and srun; a function replaces Slurm's programs."""

import subprocess
import sys
from pathlib import Path

import pytest

from rules.slurm_guard import shims
from rules.slurm_guard.shims import (
    failure_reason,
    install,
    job_states,
    option,
    submit,
    wait_for_controller,
)
from rules.slurm_guard.slurm import Answer, ask_slurm, path_of

RUN = "workflow_9f1c8a52-5a51-4be3-90f0-0f9dc26e0a4e"
NO_ANSWER = Answer(1, "", "squeue: error: Unable to contact slurm controller (connect failure)\n")
OFF = Answer(1, "", "Slurm accounting storage is disabled\n")


class Slurm:
    """Stub of Slurm's programs: answers in order, the last one forever; records the calls."""

    def __init__(self, **answers: Answer | list[Answer]) -> None:
        self.answers = {name: a if isinstance(a, list) else [a] for name, a in answers.items()}
        self.asked: list[str] = []

    def __call__(self, program: str, *arguments: str, seconds: float | None = 1) -> Answer:
        self.asked.append(program)
        answers = self.answers[program]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Job 7 was submitted."""
    folder = tmp_path / RUN
    folder.mkdir()
    (folder / "7.submitted").write_text("rule_align_pairs\n")
    return tmp_path


@pytest.mark.parametrize(
    ("squeue", "sacct", "exit_code", "expected"),
    [
        (Answer(0, "7|RUNNING\n", ""), OFF, None, "RUNNING"),
        (Answer(0, "7|PENDING\n", ""), OFF, "143", "PENDING"),  # a requeued job
        (Answer(0, "7|OUT_OF_MEMORY\n", ""), OFF, None, "OUT_OF_MEMORY"),
        (Answer(0, "7|NODE_FAIL\n", ""), OFF, None, "FAILED"),
        (Answer(0, "7|PREEMPTED\n", ""), OFF, None, "FAILED"),
        (Answer(0, "", ""), OFF, "0", "COMPLETED"),
        (Answer(0, "", ""), OFF, "1", "FAILED"),
        (Answer(0, "", ""), OFF, None, "FAILED"),  # unknown to all
        (NO_ANSWER, OFF, "0", "COMPLETED"),
        (NO_ANSWER, OFF, "143", None),  # Slurm may start it again
        (NO_ANSWER, OFF, None, None),
        (Answer(0, "", ""), Answer(0, "7|CANCELLED by 1000\n", ""), None, "CANCELLED"),
        (Answer(0, "", ""), Answer(0, "7|TIMEOUT\n", ""), None, "TIMEOUT"),
        (Answer(0, "", ""), Answer(0, "7|RUNNING\n", ""), None, "FAILED"),  # a runaway job
        (Answer(0, "7|PENDING\n", ""), Answer(0, "7|NODE_FAIL\n", ""), None, "PENDING"),
        (NO_ANSWER, Answer(0, "7|RUNNING\n", ""), None, "RUNNING"),
        (NO_ANSWER, Answer(0, "7|NODE_FAIL\n", ""), None, "FAILED"),
    ],
)
def test_state(
    records: Path, squeue: Answer, sacct: Answer, exit_code: str | None, expected: str | None
) -> None:
    if exit_code is not None:
        (records / RUN / "7.exit").write_text(f"{exit_code}\n")
    states = job_states(records, RUN, Slurm(squeue=squeue, sacct=sacct))
    assert states == ({} if expected is None else {"7": expected})


def test_reasons(records: Path) -> None:
    known = Slurm(squeue=Answer(0, "FAILED, NonZeroExitCode\n", ""))
    assert failure_reason(records, "7", known) == "FAILED, NonZeroExitCode"
    gone = Slurm(squeue=Answer(1, "", "Invalid job id specified"))
    assert "vanished from squeue without an exit code" in failure_reason(records, "7", gone)
    (records / RUN / "7.exit").write_text("1\n")
    assert failure_reason(records, "7", gone) == "ended with exit code 1"


SUBMISSION = ("--parsable", "--job-name", RUN, "--comment", "rule_align_pairs", "--wrap=true")


def test_submission_is_recorded(tmp_path: Path) -> None:
    slurm = Slurm(sbatch=Answer(0, "8;cluster\n", ""))
    (tmp_path / RUN).mkdir()
    (tmp_path / RUN / "8.exit").write_text("0\n")  # of a job that Slurm has lost with its id
    assert submit(tmp_path, SUBMISSION, slurm).out == "8;cluster\n"
    assert (tmp_path / RUN / "8.submitted").read_text() == "rule_align_pairs\n"
    assert not (tmp_path / RUN / "8.exit").exists()


@pytest.fixture
def reports(monkeypatch) -> list[str]:
    """Messages to the user; waiting takes no time."""
    reports: list[str] = []
    monkeypatch.setattr(shims, "_report", reports.append)
    monkeypatch.setattr(shims, "SECONDS_BETWEEN_TRIES", 0)
    return reports


def test_submission_waits_for_slurmctld(records: Path, reports: list[str]) -> None:
    before = Answer(0, "7|rule_align_pairs\n", "")  # an earlier attempt of the same rule
    slurm = Slurm(sbatch=[NO_ANSWER, Answer(0, "8\n", "")], squeue=[NO_ANSWER, NO_ANSWER, before])
    assert submit(records, SUBMISSION, slurm) == Answer(0, "8\n", "")
    assert slurm.asked == ["sbatch", "squeue", "squeue", "squeue", "sbatch"]
    assert "Unable to contact slurm controller" in reports[0]


@pytest.mark.usefixtures("reports")
def test_job_whose_answer_was_lost_is_not_submitted_twice(records: Path) -> None:
    listed = Answer(0, "7|rule_align_pairs\n8|rule_align_pairs\n9|rule_find_pairs\n", "")
    slurm = Slurm(sbatch=NO_ANSWER, squeue=listed)
    assert submit(records, SUBMISSION, slurm) == Answer(0, "8\n", "")
    assert slurm.asked == ["sbatch", "squeue"]
    assert (records / RUN / "8.submitted").exists()


def test_refused_submission_is_reported(tmp_path: Path) -> None:
    refused = Answer(1, "", "sbatch: error: invalid partition specified: cpuu\n")
    assert submit(tmp_path, SUBMISSION, Slurm(sbatch=refused)) == refused
    assert list((tmp_path / RUN).iterdir()) == []


@pytest.mark.parametrize("is_escaped", [False, True])
def test_installed_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_escaped: bool
) -> None:
    if is_escaped:
        venv = tmp_path / "my venv"
        venv.mkdir()
        (venv / "python").symlink_to(sys.executable)
        monkeypatch.setattr(sys, "executable", str(venv / "python").replace(" ", "\\ "))
    slurm = tmp_path / "slurm's own"
    slurm.mkdir()
    for name, line in {"squeue": "echo '7|RUNNING'", "sbatch": "echo 7", "sacct": "exit 1"}.items():
        (slurm / name).write_text(f"#!/bin/sh\n{line}\n")
        (slurm / name).chmod(0o755)
    environment = {"PATH": f"{slurm}:/usr/bin:/bin"}
    records = tmp_path / "my records"
    folder = install(records, environment)
    assert install(records, environment) == folder, "a second call changes nothing"

    def call(*words: str) -> str:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert call(str(folder / "sbatch"), *SUBMISSION) == "7\n"
    status = ("-X", "--parsable2", "--noheader", "--format=JobIdRaw,State", "--name", RUN)
    assert call(str(folder / "sacct"), *status) == "7|RUNNING\n"
    assert "RUNNING" in call(str(folder / "sacct"), "-j", "7.0", "--format=Reason", "--noheader")
    assert call(str(folder / "sacct"), "-j", "7.1", "--format=Reason", "--noheader") == ""
    assert call(str(folder / "sacct"), "-nu", "me", "-o", "Account%256", "|", "tail", "-1") == ""


def test_option() -> None:
    assert option(["--name", "a"], "--name") == option(["--name=a"], "--name") == "a"
    assert option(["--name"], "--name") == option([], "--name") == ""


def test_step_of_a_job_does_not_wait_if_slurmctld_answers() -> None:
    slurm = Slurm(squeue=Answer(0, "2\n", ""))
    wait_for_controller("7", slurm)
    assert slurm.asked == ["squeue"]


def test_after_an_outage_steps_are_tried_until_one_runs(monkeypatch) -> None:
    monkeypatch.setattr(shims.time, "sleep", lambda seconds: None)
    busy = Answer(1, "", "srun: error: Unable to create step for job 7: Requested nodes are busy\n")
    slurm = Slurm(
        squeue=[NO_ANSWER, NO_ANSWER, Answer(0, "2\n", "")], srun=[busy, busy, Answer(0, "", "")]
    )
    wait_for_controller("7", slurm)
    assert slurm.asked == ["squeue"] * 3 + ["srun"] * 3


@pytest.mark.parametrize(("mode", "is_shown"), [("a", True), ("w", False)])
def test_wait_is_reported_unless_snakemake_would_overwrite_it(
    mode: str, is_shown: bool, tmp_path: Path, monkeypatch
) -> None:
    with (tmp_path / "out").open(mode) as out:
        snakemake = subprocess.Popen(["sleep", "60"], stderr=out)
        monkeypatch.setenv(shims.MAIN_PROCESS, str(snakemake.pid))
        shims._report("slurmctld does not answer")
        snakemake.kill()
        snakemake.wait()
    assert ("sbatch: slurmctld does not answer" in (tmp_path / "out").read_text()) == is_shown


def test_slurms_own_programs_are_asked_past_the_wrappers(tmp_path: Path, monkeypatch) -> None:
    slurm = tmp_path / "slurm"
    slurm.mkdir()
    (slurm / "sacct").write_text("#!/bin/sh\necho own; exec sleep $1\n")
    (slurm / "sacct").chmod(0o755)
    environment = {"PATH": f"{slurm}:/usr/bin:/bin"}
    install(tmp_path / "records", environment)
    monkeypatch.setenv("PATH", environment["PATH"])
    assert path_of("sacct") == str(slurm / "sacct")
    assert ask_slurm("sacct", "0") == Answer(0, "own\n", "")
    assert ask_slurm("sacct", "60", seconds=0.5).code == 124
    assert ask_slurm("no-such-program") == Answer(127, "", "no program no-such-program\n")
