"""Jobs find this installation's programs."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from rules.programs import escape_interpreter_path, launch_command, use_own_programs


def test_own_programs_come_first(monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setenv("PMIX_MCA_psec", "")
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
