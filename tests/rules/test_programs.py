"""Jobs find this installation's programs."""

import os
import sys
from pathlib import Path

from rules.programs import use_own_programs


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
