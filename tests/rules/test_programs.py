"""Jobs find this installation's programs."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from readkin.parallel.launch import program_environment
from rules.programs import (
    escape_interpreter_path,
    launch_command,
    stop_without_folders,
    use_own_programs,
)


def test_own_programs_come_first(monkeypatch):
    for name in program_environment({}):  # all are restored after the test
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PATH", "/usr/bin")
    use_own_programs()
    assert os.environ["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]
    assert os.environ["PMIX_MCA_psec"] == "native"  # noqa: SIM112


def test_spaces_in_the_path_of_python_survive_a_shell(monkeypatch, tmp_path):
    folder = tmp_path / "my venv"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    escape_interpreter_path()
    subprocess.run(f"{sys.executable} -c pass", shell=True, check=True)
    # as the Slurm executor hands it to sbatch
    subprocess.run(f'sh -c "{sys.executable} -c pass"', shell=True, check=True)


def test_other_paths_stay_as_they_are(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/opt/venv/bin/python")
    escape_interpreter_path()
    assert sys.executable == "/opt/venv/bin/python"


def test_start_of_an_mpi_stage():
    def words(tasks, nodes=None):
        resources = SimpleNamespace(tasks=tasks, mpi="srun", get={"nodes": nodes}.get)
        return launch_command(None, resources)

    assert words(1) == "python"
    assert words(4) == "srun -n 4 python -P -m mpi4py"
    assert words(8, nodes=2) == "srun -n 8 --ntasks-per-node=4 python -P -m mpi4py"


def test_a_cache_that_cannot_be_written_stops_with_one_line(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("READKIN_CACHE", str(tmp_path / "cache"))
    stop_without_folders()
    monkeypatch.setenv("READKIN_CACHE", "/proc/cache")
    with pytest.raises(SystemExit) as stop:
        stop_without_folders()
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        "READKIN_CACHE: found /proc/cache, which you cannot write to, expected a folder for"
        " compiled kernels; set it to another folder, or unset it\n"
    )


def test_a_run_in_a_read_only_folder_stops_with_one_line(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("READKIN_CACHE", raising=False)
    monkeypatch.chdir(tmp_path)
    stop_without_folders()
    monkeypatch.chdir("/proc")  # read-only for root, too
    with pytest.raises(SystemExit) as stop:
        stop_without_folders()
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith("/proc: found a folder that you cannot write to, expected")
    assert message.count("\n") == 1
