"""Checks of this machine: Python, packages, folders, MPI and Ray."""

import os
import platform
import shlex
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from readkin.parallel.launch import Answer, program_environment, run_program
from readkin.preflight.findings import Finding, ok, problem

OLDEST_PYTHON, FIRST_UNTESTED_PYTHON = (3, 11), (3, 14)
LEAST_FREE_GB = 10.0
SHOWN_PACKAGES = {
    "snakemake": "snakemake",
    "its Slurm plugin": "snakemake-executor-plugin-slurm",
    "jobstep": "snakemake-executor-plugin-slurm-jobstep",
    "ray": "ray",
    "mpi4py": "mpi4py",
    "Open MPI": "openmpi",
    "numba": "numba",
}
SECONDS_TO_START = 120.0
CACHE = "compiled kernels"
COUNT_RANKS = "from mpi4py import MPI; print(MPI.COMM_WORLD.Get_size(), flush=True)"


def check_python() -> Finding:
    """Check that the pinned packages exist for this Python."""
    found = f"{platform.python_version()} in {sys.prefix}"
    if OLDEST_PYTHON <= sys.version_info[:2] < FIRST_UNTESTED_PYTHON:
        return ok("Python", found)
    return problem("Python", found, "remove .venv, then: make install PYTHON=python3.12")


def check_packages(requirements: Path) -> Finding:
    """Check that the installed packages are those pinned in ``requirements``."""
    pins = [
        Requirement(line)
        for line in requirements.read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    pins = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    differences = [text for pin in pins if (text := _difference(pin)) is not None]
    if differences:
        return problem("packages", ", ".join(differences), "make install")
    return ok(
        "packages", f"{len(pins)} as pinned in {requirements.parent.name}/{requirements.name}"
    )


def check_versions() -> Finding:
    """Return the versions on which a run depends, for bug reports."""
    versions = [
        f"{name} {version(package)}"
        for name, package in SHOWN_PACKAGES.items()
        if is_installed(package)
    ]
    return ok("versions", ", ".join(versions))


def is_installed(package: str) -> bool:
    """Return whether a package is installed."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _difference(pin: Requirement) -> str | None:
    try:
        found = version(pin.name)
    except PackageNotFoundError:
        return f"{pin.name} is missing"
    if pin.specifier.contains(found, prereleases=True):
        return None
    return f"{pin.name} {found} instead of {pin.specifier}"


def check_folder(what: str, folder: Path, elsewhere: str = "run in another folder") -> Finding:
    """Check that ``folder`` (created if necessary) is writable and has free space.

    Args:
        what: the checked item.
        folder: its folder.
        elsewhere: what the user does to use another one.
    """
    fix = f"make {folder} writable, or {elsewhere}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"readkin")
    except OSError as error:
        return problem(what, f"{folder}: {error.strerror}", fix)
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < LEAST_FREE_GB:
        found = f"{folder}: only {free_gb:.1f} GB free"
        return problem(what, found, f"free space in {folder}, or {elsewhere}")
    return ok(what, f"{folder}: writable, {free_gb:.0f} GB free")


def check_scratch(used: Path) -> Finding:
    """Check the folder for temporary files; Python uses another one if TMPDIR is unusable.

    Args:
        used: folder that Python uses.
    """
    chosen = os.environ.get("TMPDIR", "")
    if chosen and Path(chosen).absolute() != used.absolute():
        fix = f"set TMPDIR to a folder that you can write to, or unset it to use {used}"
        return problem("scratch", f"TMPDIR: {chosen} cannot be written to", fix)
    return check_folder("scratch", used, "set TMPDIR to another folder")


def check_cache(preferred: Path, used: Path) -> Finding:
    """Check the folder of the compiled kernels.

    Args:
        preferred: READKIN_CACHE, or the folder in the clone.
        used: folder that is used, as ``preferred`` may be read-only.
    """
    finding = check_folder(CACHE, used, "set READKIN_CACHE to another folder")
    if used == preferred or finding.fix:
        return finding
    if "READKIN_CACHE" in os.environ:
        fix = f"set READKIN_CACHE to a folder that you can write to, or unset it to use {used}"
        return problem(CACHE, f"READKIN_CACHE: {preferred} cannot be written to", fix)
    return ok(CACHE, f"{finding.found}; {preferred.parent} is read-only")


def check_local_mpi(launcher: str) -> Finding:
    """Check that MPI connects two ranks on this machine."""
    command = [*shlex.split(launcher), "-n", "2", sys.executable, "-P", "-c", COUNT_RANKS]
    answer = run_program(command, SECONDS_TO_START, program_environment())
    if answer.is_success and answer.text.split() == ["2", "2"]:
        return ok("MPI", f"two ranks with {launcher}")
    fix = "make install (it brings Open MPI); unload other MPI modules"
    return problem("MPI", ranks_found(answer), fix)


def ranks_found(answer: Answer) -> str:
    """Return what is wrong with the answer of two ranks that run ``COUNT_RANKS``."""
    alone = answer.text.split() == ["1", "1"]
    return "each rank is alone" if alone else answer.text or "no output"


def check_ray() -> Finding:
    """Check that Ray can be imported."""
    answer = run_program(
        [sys.executable, "-P", "-c", "import ray; print(ray.__version__)"], SECONDS_TO_START
    )
    if answer.is_success:
        return ok("Ray", answer.text)
    return problem("Ray", answer.text, "make install")
