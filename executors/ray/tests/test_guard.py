"""Guard of a job: exit codes, and no process that outlives the worker."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ray_runs import is_alive

from snakemake_executor_plugin_ray import guard

SECONDS = 15.0


def start(command: str) -> subprocess.Popen:
    """Start a command under the guard, as a worker does."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", Path(guard.__file__).read_text(), command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


def until(condition: Callable[[], object]) -> bool:
    """Wait until a condition holds; return whether it does."""
    limit = time.monotonic() + SECONDS
    while not condition() and time.monotonic() < limit:
        time.sleep(0.05)
    return bool(condition())


def started(command: str) -> tuple[subprocess.Popen, list[int]]:
    """Start a command that prints the ids of its processes on its first line."""
    job = start(command)
    assert job.stdout is not None
    processes = [int(word) for word in job.stdout.readline().split()]
    assert processes
    assert all(map(is_alive, processes))
    return job, processes


@pytest.mark.parametrize(
    ("command", "expected"), [("true", 0), ("exit 3", 3), ("kill -9 $$", 137), ("read", 1)]
)
def test_exit_code_is_that_of_the_command(command, expected):
    with start(command) as job:
        assert job.wait(SECONDS) == expected


# A job, a child that ignores SIGTERM, and a grandchild in a session of its own.
STUBBORN = (
    "trap '' TERM; sleep 1000 & a=$!; "
    "(setsid sleep 1000 & echo $!) > $0.pid; "
    "echo $$ $a $(cat $0.pid); wait"
)


@pytest.fixture
def stubborn(tmp_path):
    """Return the command of a job that ends by SIGKILL only."""
    return STUBBORN.replace("$0", f"'{tmp_path}/job'")


def test_end_of_the_worker_kills_sessions_of_the_job_too(stubborn):
    job, processes = started(stubborn)
    assert len(processes) == 3
    with job:
        begin = time.monotonic()
        job.stdin.close()  # type: ignore[union-attr]
        assert job.wait(SECONDS) == 143
        assert time.monotonic() - begin < guard.SECONDS_TO_END / 2
        assert not any(map(is_alive, processes))


def test_death_of_the_stub_leaves_the_guard_at_work(stubborn):
    """Ray kills the direct children of a worker together with it."""
    job, processes = started(stubborn)
    job.kill()
    with job:
        job.stdin.close()  # type: ignore[union-attr]
        assert until(lambda: not any(map(is_alive, processes)))


def test_cancelled_job_can_clean_up(tmp_path):
    command = f"trap 'touch {tmp_path}/cleaned; exit 5' TERM; echo $$; while :; do sleep 0.1; done"
    job, processes = started(command)
    with job:
        job.stdin.write(".")  # type: ignore[union-attr]
        job.stdin.flush()  # type: ignore[union-attr]
        assert job.wait(SECONDS) == 143
        assert (tmp_path / "cleaned").exists()
        assert not any(map(is_alive, processes))


def test_what_a_finished_command_leaves_is_killed():
    job, processes = started("setsid sleep 1000 >/dev/null & echo $!")
    with job:
        assert job.wait(SECONDS) == 0
        assert not any(map(is_alive, processes))
