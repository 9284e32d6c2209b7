"""``pip install .`` makes the package importable, outside the clone too."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from support.repository import REPOSITORY

pytestmark = pytest.mark.slow

USE = """
from readkin import api
reads = api.Sequences.of([api.encode("ACGTTGCAACGT")])
pairs = api.Pairs.of(reads, reads)
found = api.align_pairs(pairs, api.dna_scoring(2, -3, 5, 2))
print(api.__file__, found.score.tolist())
"""


def run(*command: object, folder: Path) -> str:
    """Run a program in a folder; what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment | {"XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_notebook_can_import_the_installed_package(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, REPOSITORY]
    run(*pip, *build, folder=tmp_path)
    [wheel] = tmp_path.glob("readkin-*.whl")
    fresh = tmp_path / "fresh"
    venv.create(fresh, symlinks=True)
    python = fresh / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", wheel, folder=tmp_path)
    # The packages that readkin needs, from this venv: their download is not what is tested.
    [site] = fresh.glob("lib/python*/site-packages")
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    printed = run(python, "-c", USE, folder=elsewhere).split()
    assert Path(printed[0]).is_relative_to(fresh)
    assert printed[1:] == ["[24]"]


def test_plugins_of_the_clone_are_found_after_it_is_moved(tmp_path: Path) -> None:
    """`make install` copies the line into a venv inside the clone; it is relative."""
    clone = tmp_path / "clone"
    venv.create(clone / ".venv", symlinks=True)
    shutil.copytree(REPOSITORY / "executors", clone / "executors")
    [site] = clone.glob(".venv/lib/python*/site-packages")
    shutil.copy(clone / "executors" / "plugins.pth", site)
    moved = clone.rename(tmp_path / "moved")
    find = "import importlib.util as u; print(u.find_spec('snakemake_executor_plugin_ray').origin)"
    printed = run(moved / ".venv" / "bin" / "python", "-c", find, folder=tmp_path).strip()
    assert Path(printed).is_relative_to(moved / "executors")
