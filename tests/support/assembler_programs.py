"""Assemblers that tests need: skip without, or fail where they are required."""

import os
import shutil

import pytest

from readkin.assemblers import ASSEMBLERS


def need_assembler(name: str) -> None:
    """Skip the test if an assembler is not installed; READKIN_REQUIRE_ASSEMBLERS=1 lets it fail."""
    if shutil.which(ASSEMBLERS[name].program):
        return
    message = f"{name} is not installed (Debian: apt-get install {ASSEMBLERS[name].package})"
    if os.environ.get("READKIN_REQUIRE_ASSEMBLERS") == "1":
        pytest.fail(message)
    pytest.skip(message)
