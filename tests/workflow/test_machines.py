"""A whole run on another machine: read-only clone, small folders, unusual variables."""

import os
import subprocess
from pathlib import Path

import pytest

from support.clone import SNAKEMAKE
from support.repository import REPOSITORY
from support.unprivileged import make_read_only, make_writable, without_privileges

pytestmark = pytest.mark.slow
KERNELS = Path(os.environ.get("READKIN_CACHE") or REPOSITORY / ".numba_cache").absolute()


@pytest.fixture(scope="module")
def read_only_clone(new_clone):
    """A clone with reads, installed for others."""
    clone = new_clone()
    clone.simulate(fragments=300)
    make_read_only(clone.folder)
    yield clone
    make_writable(clone.folder)


def run(clone, folder: Path, *arguments: str, **variables: str) -> str:
    """Run Snakemake in a folder of its own, in which permissions count; return the output."""
    (folder / "config").mkdir(parents=True)
    (folder / "demo").symlink_to(clone.folder / "demo")
    for name in ("config.yaml", "samples.tsv"):
        (folder / "config" / name).write_bytes((clone.folder / "config" / name).read_bytes())
    command = [SNAKEMAKE, "-s", clone.folder / "Snakefile", "--cores", "2", *arguments]
    environment = {k: v for k, v in os.environ.items() if k != "READKIN_CACHE"} | variables
    done = subprocess.run(
        without_privileges(command),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout


def test_a_clone_that_its_users_cannot_write_to(read_only_clone, tmp_path):
    home = tmp_path / "home"
    (home / ".cache").mkdir(parents=True)
    (home / ".cache" / "readkin").symlink_to(KERNELS)  # compiled before
    run(read_only_clone, tmp_path / "run", HOME=str(home))
    assert (tmp_path / "run" / "results" / "report.html").is_file()
    output = run(read_only_clone, tmp_path / "check", "check", HOME=str(home))
    assert f"{home}/.cache/readkin/" in output
    assert "PROBLEM  compiled kernels" not in output


def test_variables_of_other_programs(read_only_clone, tmp_path):
    """Those of another Ray, of proxies, of Numba and of Python; no home; another language."""
    run(
        read_only_clone,
        tmp_path / "run",
        HOME="/proc/none",
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        READKIN_CACHE=str(KERNELS),
        RAY_ADDRESS="10.255.255.1:6379",
        NUMBA_CACHE_DIR="/proc/none",
        NUMBA_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
        PYTHONSTARTUP="/proc/none",
        http_proxy="http://127.0.0.1:9",
        LC_ALL="C",
        TERM="dumb",
        TMPDIR=str(tmp_path / "missing"),
    )
    assert (tmp_path / "run" / "results" / "report.html").is_file()
