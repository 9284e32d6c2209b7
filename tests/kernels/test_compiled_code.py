"""Compiled kernels are cached by what the code is, not by where it lies."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from readkin import kernels
from readkin.import_closure import PACKAGE, import_closure
from readkin.kernels.compiled_code import KernelLocator
from support.unprivileged import make_read_only, make_writable, without_privileges

# Two kernels of different packages; of each, whether it was loaded from the cache.
USE = """
import json
import numpy as np
from readkin.kernels.kmers import tetranucleotides
from readkin.kernels.smith_waterman.cigar import cigar_texts
one = np.array([150 << 4 | 7], np.uint32), np.array([0, 1]), np.zeros(1, np.uint8)
assert cigar_texts(*one)[0].tobytes() == b"150="
tetranucleotides.tetranucleotide_shares(np.zeros(8, np.uint8), np.array([0, 8]))
kmers = next(value for value in vars(tetranucleotides).values() if hasattr(value, "stats"))
stats = {"smith_waterman": cigar_texts.stats, "kmers": kmers.stats}
print(json.dumps({name: [s.cache_hits.total() > 0, s.cache_path] for name, s in stats.items()}))
"""


@pytest.fixture
def cached(tmp_path):
    """Use kernels of a copy of the package; returns which of them came from the cache."""

    def use(folder: str, edited: str | None = None) -> set[str]:
        copy = tmp_path / folder / PACKAGE.name
        if not copy.exists():
            shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if edited:
            with (copy / "kernels" / edited).open("a") as file:
                file.write("# edited\n")
        for file in copy.rglob("*.py"):
            os.utime(file)  # as a new checkout does
        environment = {"PYTHONPATH": str(copy.parent), "READKIN_CACHE": str(tmp_path / "cache")}
        done = subprocess.run(
            [sys.executable, "-c", USE],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout)
        for _, path in found.values():
            assert Path(path).is_relative_to(tmp_path / "cache")
        return {name for name, (is_hit, _) in found.items() if is_hit}

    return use


def test_copies_share_what_is_compiled(cached):
    assert cached("one") == set()
    assert cached("other folder") == {"kmers", "smith_waterman"}


@pytest.mark.parametrize(
    ("edited", "kept"),
    [
        ("kmers/codes.py", {"smith_waterman"}),  # imported by the k-mer kernel
        ("smith_waterman/cigar.py", {"kmers"}),
        ("join/lsh_join.py", {"kmers", "smith_waterman"}),
    ],
)
def test_an_edit_recompiles_what_imports_the_edited_module(cached, edited, kept):
    cached("one")
    assert cached("one", edited) == kept


def test_functions_of_other_packages_are_left_to_numba():
    assert KernelLocator.from_function(cached, __file__) is None


def test_no_kernel_was_compiled_for_types_of_tests():
    """Numba could not read its index any more where the tests cannot be imported."""
    indices = list(kernels.cache_folder().rglob("*.nbi"))
    assert [path.name for path in indices if b"tests." in path.read_bytes()] == []


def test_kmer_kernels_are_no_part_of_smith_waterman():
    kmers = PACKAGE / "kernels" / "kmers"
    for module in (PACKAGE / "kernels" / "smith_waterman").glob("*.py"):
        assert not [file for file in import_closure(module) if kmers in file.parents], module


@pytest.fixture
def installed(tmp_path):
    """A read-only clone; a function that runs its Python with other variables, and its output."""
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, clone / "workflow_scripts" / PACKAGE.name, ignore=ignored)
    (clone / "Snakefile").touch()
    make_read_only(clone)
    temporary = tmp_path / "tmp"
    temporary.mkdir()

    def run(code: str, **variables: object) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(clone / "workflow_scripts"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(temporary),
        }
        environment |= {name: str(value) for name, value in variables.items()}
        done = subprocess.run(
            without_privileges([sys.executable, "-c", code]),
            env=environment,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    yield run
    make_writable(clone)


FOLDER = "from readkin import kernels; print(kernels.cache_folder().parent, end='')"


def test_kernels_of_a_read_only_clone_go_to_the_users_cache(installed, tmp_path):
    home, cache = tmp_path / "home", tmp_path / "cache"
    assert installed(FOLDER, HOME=home) == str(home / ".cache" / "readkin")
    assert installed(FOLDER, HOME=home, XDG_CACHE_HOME=cache) == str(cache / "readkin")
    chosen = tmp_path / "chosen"
    assert installed(FOLDER, HOME=home, READKIN_CACHE=chosen) == str(chosen)
    assert installed(FOLDER, HOME=home, READKIN_CACHE="/proc/no") == str(home / ".cache/readkin")
    assert installed(FOLDER, HOME="/proc/no") == str(tmp_path / f"tmp/readkin-{os.getuid()}")


def test_a_read_only_clone_compiles_once(installed, tmp_path):
    first, second = (json.loads(installed(USE, HOME=tmp_path)) for _ in range(2))
    assert [is_hit for is_hit, _ in first.values()] == [False, False]
    assert [is_hit for is_hit, _ in second.values()] == [True, True]
    for _, path in second.values():
        assert Path(path).is_relative_to(tmp_path / ".cache" / "readkin")


def test_folders_of_another_user_in_a_shared_cache(installed, tmp_path):
    """Each module has a folder; a user cannot add to those that another one has made."""
    shared = tmp_path / "shared"
    installed(USE, HOME=tmp_path, READKIN_CACHE=shared)
    for index in shared.rglob("*.nbi"):
        index.parent.chmod(0o555)
    for _, path in json.loads(installed(USE, HOME=tmp_path, READKIN_CACHE=shared)).values():
        assert Path(path).is_relative_to(tmp_path / ".cache" / "readkin")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make another user's folder")
def test_a_temporary_folder_that_another_user_has_made_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setattr(kernels.tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "readkin-0"
    assert folder in [path.parent for path in kernels.cache_folders()]
    os.chown(folder, 65534, 65534)
    assert folder not in [path.parent for path in kernels.cache_folders()]
