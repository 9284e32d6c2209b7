"""Time and memory of a program, without those of the process that starts it."""

import subprocess
import sys

import numpy as np
import pytest

from readkin.parallel.metered import costs_in, meter_command


def metered(folder, code):
    """Run Python code in a folder of costs; return its exit code."""
    command = [*meter_command(folder), sys.executable, "-I", "-S", "-c", code]
    return subprocess.run(command, check=False).returncode


def test_cost_is_that_of_the_program(tmp_path):
    mine = np.ones(300 << 20, np.uint8)
    assert metered(tmp_path, "import time; b = b'x' * (100 << 20); time.sleep(0.2)") == 0
    assert len(mine) == 300 << 20
    (cost,) = costs_in(tmp_path)
    assert 100 << 20 < cost.memory < 200 << 20
    assert cost.wall > 0.2
    assert 0 < cost.cpu < cost.wall


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("raise SystemExit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", 137),
    ],
)
def test_exit_code_is_that_of_the_program(tmp_path, code, exit_code):
    assert metered(tmp_path, code) == exit_code
