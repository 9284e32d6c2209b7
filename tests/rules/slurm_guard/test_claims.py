"""Claims: an attempt of a Slurm job writes its fencing token; its shell code records exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules.slurm_guard.claims import enter_job

RUN = "workflow_9f1c8a52-5a51-4be3-90f0-0f9dc26e0a4e"
ATTEMPT = 2


@pytest.fixture
def records(tmp_path: Path) -> Path:
    (tmp_path / RUN).mkdir()
    return tmp_path


def job(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    return {"SLURM_JOB_ID": "7", "SLURM_JOB_NAME": RUN, "PATH": path, **more}


def run_shell(prefix: str, command: str, environment: dict[str, str]):
    return subprocess.run(
        ["bash", "-c", prefix + command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_outside_of_recorded_jobs_nothing_happens(records: Path) -> None:
    for environment in ({}, job(SLURM_JOB_NAME="interactive"), {"SLURM_JOB_ID": "7"}):
        before = dict(environment)
        assert enter_job(records, ATTEMPT, environment) is None
        assert environment == before


def test_inner_snakemake_inherits_and_a_new_attempt_claims_the_output(records: Path) -> None:
    first = job()
    assert enter_job(records, ATTEMPT, first)
    inner = {name: value for name, value in first.items() if name != "SLURM_JOB_NAME"}
    assert enter_job(records, ATTEMPT, inner)
    assert inner["JOB_GUARD_TOKEN"] == first["JOB_GUARD_TOKEN"]
    # The plugin removes all variables of Slurm before it starts the inner Snakemake.
    assert not any(name.startswith("SLURM_") for name in first.keys() - job().keys())
    assert inner["JOB_GUARD_ATTEMPT"] == "2"
    second = job()
    enter_job(records, ATTEMPT, second)
    assert second["JOB_GUARD_TOKEN"] != first["JOB_GUARD_TOKEN"]
    assert (records / RUN / "7.token").read_text() == second["JOB_GUARD_TOKEN"]


def test_job_of_the_bridge_claims_by_the_key_of_its_output(records: Path) -> None:
    first = job(SLURM_JOB_NAME="key-1", SNAKEMAKE_RAY_SLURM_KEY="key-1")
    second = {**first, "SLURM_JOB_ID": "8"}
    assert enter_job(records, ATTEMPT, first)
    assert enter_job(records, ATTEMPT, second)
    assert first["JOB_GUARD_TOKEN_FILE"] == second["JOB_GUARD_TOKEN_FILE"]
    token = (records / "bridge/key-1.token").read_text()
    assert token == second["JOB_GUARD_TOKEN"] != first["JOB_GUARD_TOKEN"]


@pytest.mark.parametrize("code", [0, 1, 137])
def test_exit_code_is_recorded(records: Path, code: int) -> None:
    environment = job()
    prefix = enter_job(records, ATTEMPT, environment)
    assert prefix is not None
    done = run_shell(prefix, f"sh -c 'exit {code}' | cat", environment)
    assert done.returncode == code, done.stderr
    assert (records / RUN / "7.exit").read_text() == f"{code}\n"


def test_superseded_attempt_records_nothing_and_ends_its_snakemake(records: Path) -> None:
    environment = job()
    prefix = enter_job(records, ATTEMPT, environment)
    assert prefix is not None
    with subprocess.Popen(["sleep", "60"]) as snakemake:
        environment["JOB_GUARD_SNAKEMAKE"] = str(snakemake.pid)
        enter_job(records, ATTEMPT, job())  # the newer attempt
        # The shell's parent represents the inner Snakemake, which is killed too.
        parent = ["bash", "-c", 'bash -c "$0"; echo still running', prefix + "true"]
        done = subprocess.run(parent, env=environment, capture_output=True, text=True, timeout=60)
        assert snakemake.wait(10) == -9
    assert done.returncode == -9
    assert "still running" not in done.stdout
    assert not (records / RUN / "7.exit").exists()


def test_non_retryable_failure_ends_the_shell_before_the_command(
    records: Path, tmp_path: Path
) -> None:
    environment = job()
    prefix = enter_job(records, ATTEMPT, environment)
    assert prefix is not None
    command = (
        f"touch {tmp_path / 'ran'}; [ -n \"$JOB_GUARD_FAILURE\" ] && printf '1\\nbad data\\n' "
    )
    command += f'>"$JOB_GUARD_FAILURE"; exit 1 | tee {tmp_path / "a.log"}'
    assert run_shell(prefix, command, environment).returncode == 1
    (tmp_path / "ran").unlink()
    again = run_shell(prefix, command, environment)
    assert again.returncode == 1
    assert "bad data\nNot tried again" in again.stderr
    assert not (tmp_path / "ran").exists()
