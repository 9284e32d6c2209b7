"""Environment of programs and MPI ranks."""

import os
import sys
from pathlib import Path

from readkin.parallel.launch import program_environment


def test_own_programs_come_first():
    environment = program_environment({"PATH": "/usr/bin", "KEPT": "1"})
    assert environment["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]
    assert environment["KEPT"] == "1"
    assert environment["PMIX_MCA_psec"] == "native"
    assert ("OMPI_ALLOW_RUN_AS_ROOT" in environment) == (os.geteuid() == 0)


def test_works_without_a_path():
    assert program_environment({})["PATH"].startswith(str(Path(sys.executable).parent))
