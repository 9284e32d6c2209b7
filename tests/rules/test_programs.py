"""Jobs find this installation's programs."""

import os
import subprocess
import sys
from pathlib import Path

from rules.programs import escape_interpreter_path, use_own_programs


def test_own_programs_come_first():
    environment = {"PATH": "/usr/bin"}
    use_own_programs(environment)
    assert environment["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]
    assert environment["PMIX_MCA_psec"] == "native"
    assert ("OMPI_ALLOW_RUN_AS_ROOT" in environment) == (os.geteuid() == 0)


def test_works_without_a_path():
    environment = {}
    use_own_programs(environment)
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))


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
