"""Environment of programs and MPI ranks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from readkin.parallel.launch import (
    PYTHON_OF_RANKS,
    foreign_environment,
    import_environment,
    program_environment,
)
from support.repository import SCRIPTS


def test_own_programs_come_first():
    environment = program_environment({"PATH": "/usr/bin", "KEPT": "1"})
    assert environment["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]
    assert environment["KEPT"] == "1"
    assert environment["PMIX_MCA_psec"] == "native"
    assert ("OMPI_ALLOW_RUN_AS_ROOT" in environment) == (os.geteuid() == 0)


def test_works_without_a_path():
    assert program_environment({})["PATH"].startswith(str(Path(sys.executable).parent))


@pytest.mark.parametrize("environment", [{}, import_environment()])
@pytest.mark.parametrize("python", ["python", PYTHON_OF_RANKS])
def test_no_file_of_the_working_folder_is_imported(tmp_path, python, environment):
    for module in ("random", "numpy", "mpi4py", "argparse", "readkin"):
        (tmp_path / f"{module}.py").write_text("raise RuntimeError('imported by accident')")
    _, *options = python.split()
    done = subprocess.run(
        [sys.executable, *options, SCRIPTS / "find_pairs.py", "--help"],
        cwd=tmp_path,
        env={name: os.environ[name] for name in ("HOME", "PATH")} | environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("usage: find_pairs"), done.stderr


def test_an_empty_entry_of_the_users_import_path_is_not_the_working_folder(tmp_path):
    (tmp_path / "random.py").write_text("raise RuntimeError('imported by accident')")
    environment = program_environment({"PYTHONPATH": f":{tmp_path}"})
    command = [shutil.which("python", path=environment["PATH"]), "-c", "import random, readkin"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)


def test_other_programs_import_their_own_modules(monkeypatch):
    for name, value in import_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", "/scratch")
    environment = foreign_environment()
    assert not environment.keys() & import_environment().keys()
    assert environment["TMPDIR"] == "/scratch"
