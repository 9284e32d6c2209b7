"""The task that runs a job on a node, without Ray."""

import os
import time
from pathlib import Path

import pytest
from ray_runs import processes_with

from snakemake_executor_plugin_ray import guard, job_on_node

GUARD = Path(guard.__file__).read_text()


@pytest.mark.parametrize(
    ("command", "code"),
    [("sleep 1000", 143), ("trap 'echo cleaned; exit 7' TERM; sleep 1000 & wait", 143)],
)
def test_job_is_ended_at_its_time_limit(tmp_path, command, code):
    begin, log = time.monotonic(), tmp_path / "log"
    words = GUARD, f"echo $$; {command}", str(tmp_path), dict(os.environ), str(log), 0.5
    assert job_on_node.run(*words) == (code, os.uname().nodename, "", True)
    assert time.monotonic() - begin < 9
    text = log.read_text()
    assert "Job exceeded its time limit of 0 s." in text or "limit of 1 s." in text
    assert ("cleaned" in text) == ("trap" in command), "SIGTERM comes first"
    (process,) = [int(line) for line in text.splitlines() if line.isdecimal()]
    assert process not in processes_with("bash")


def test_job_within_its_time_limit_is_left_alone(tmp_path):
    words = GUARD, "echo a; exit 3", str(tmp_path), dict(os.environ), None, 60.0
    code, _, printed, is_late = job_on_node.run(*words)
    assert (code, is_late) == (3, False)
    assert printed.splitlines()[-1] == "a"
