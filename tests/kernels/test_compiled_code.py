"""Compiled kernels are kept by what the code says, not by where it lies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kernels
from kernels.compiled_code import KernelLocator

SOURCE = Path(kernels.__file__).parent
# A kernel that calls others, and how often it came from the cache or was compiled.
USE = """
import numpy as np
from kernels.cigar_text import cigar_texts
one = np.array([150 << 4 | 7], np.uint32), np.array([0, 1]), np.zeros(1, np.uint8)
assert cigar_texts(*one)[0].tobytes() == b"150="
stats = cigar_texts.stats
print(stats.cache_hits.total(), stats.cache_misses.total(), stats.cache_path)
"""


@pytest.fixture
def used(tmp_path):
    """Make a copy of the kernels in a folder, or edit it there, and use one in a new process."""

    def use(folder: str, edited: str | None = None) -> tuple[int, int]:
        copy = tmp_path / folder / "kernels"
        if not copy.exists():
            shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if edited:
            with (copy / edited).open("a") as file:
                file.write("# edited\n")
        else:
            os.utime(copy / "cigar_text.py")  # as a new checkout does
        environment = {"PYTHONPATH": str(copy.parent), "READKIN_CACHE": str(tmp_path / "cache")}
        done = subprocess.run(
            [sys.executable, "-c", USE], env=os.environ | environment, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        hits, misses, path = done.stdout.split(maxsplit=2)
        assert Path(path.strip()).is_relative_to(tmp_path / "cache")
        return int(hits), int(misses)

    return use


def test_copies_share_what_is_compiled(used):
    assert used("one") == (0, 1)
    assert used("other folder") == (1, 0)


@pytest.mark.parametrize("edited", ["cigar_text.py", "bam_records.py"])
def test_an_edited_kernel_shares_nothing(used, edited):
    assert used("one") == (0, 1)
    assert used("one", edited) == (0, 1)


def test_functions_of_other_folders_are_left_to_numba():
    assert KernelLocator.from_function(used, __file__) is None


def test_no_kernel_was_compiled_for_types_of_tests():
    """Numba could not read its index any more where the tests cannot be imported."""
    indices = list(kernels.cache_folder().rglob("*.nbi"))
    assert [path.name for path in indices if b"tests." in path.read_bytes()] == []
