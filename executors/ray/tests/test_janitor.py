"""Janitor of an own Ray: folder and processes are gone when Snakemake is."""

import subprocess
import sys

import pytest

from snakemake_executor_plugin_ray import janitor


@pytest.fixture
def folder(tmp_path):
    """Return a folder that stands in for Ray's, with a file."""
    path = tmp_path / "ray"
    path.mkdir()
    (path / "file").touch()
    return path


def started(folder, seconds):
    """Start a process that names the folder, and the janitor."""
    sleeping = [sys.executable, "-c", "import time; time.sleep(1000)", str(folder)]
    process = subprocess.Popen(sleeping)
    command = [sys.executable, "-I", "-S", janitor.__file__, str(folder), str(seconds)]
    return process, subprocess.Popen(command, stdin=subprocess.PIPE)


def test_end_of_snakemake_ends_ray_and_removes_its_folder(folder):
    process, cleaning = started(folder, 100)
    cleaning.communicate(b".", timeout=30)
    assert process.wait(5) == -9
    assert cleaning.returncode == 0
    assert not folder.exists()


def test_a_start_that_hangs_is_ended(folder):
    process, cleaning = started(folder, 0.5)
    assert process.wait(20) == -9
    cleaning.communicate(timeout=20)
    assert not folder.exists()


def test_a_start_in_time_is_left_alone(folder):
    process, cleaning = started(folder, 1)
    assert cleaning.stdin is not None
    cleaning.stdin.write(b".")
    cleaning.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)
    assert folder.exists()
    cleaning.communicate(timeout=30)
    process.wait(5)
