"""Section "Settings": the configuration in effect and the versions of the software."""

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from readkin.formats.hdf5_schema import GENERATED_BY
from readkin.report.blocks import Column, Section, Table
from readkin.report.number_text import MISSING

# Packages that compute results or run the workflow; their dependencies are pinned as well.
PACKAGES = (
    "snakemake snakemake-executor-plugin-slurm numpy numba llvmlite ray mpi4py h5py pyarrow pysam"
    " cutadapt dnaio isal mappy scipy graspologic-native scikit-learn plotly jinja2"
)
TOOLS = ("mpiexec", "srun")
VERSION_NUMBER = re.compile(r"\d+(?:\.\d+)+\S*")


def settings_section(settings: Mapping[str, Any]) -> Section:
    """Return the section: all settings, grouped as in the configuration, and versions."""
    rows: list[Sequence[Any]] = list(_setting_rows(settings))
    columns = Column("Setting"), Column("Value", is_prose=True)
    return Section(
        name="settings",
        short_title="Settings, versions",
        title="Settings and versions",
        lead="The configuration in effect, including defaults. config/README.md explains each key.",
        blocks=[
            Table(
                name="settings",
                caption="All settings of this run",
                columns=columns,
                rows=rows,
                span="half",
            ),
            Table(
                name="versions",
                caption="Software that computed these results",
                columns=(Column("Software"), Column("Version")),
                rows=list(_version_rows()),
                span="half",
            ),
        ],
    )


def _setting_rows(settings: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    single = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    for key, value in single.items():
        yield key, setting_text(value)
    for section, content in settings.items():
        if isinstance(content, Mapping):
            yield (section,)
            yield from _rows_of_section(section, content)


def _rows_of_section(name: str, content: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _rows_of_section(f"{name}.{key}", value)
        else:
            yield f"{name}.{key}", setting_text(value)


def setting_text(value: object) -> str:
    """Return a value as it is written in the configuration file."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _version_rows() -> Iterator[tuple[str, str]]:
    """Yield names and versions of Python, of packages, and of programs on the PATH."""
    yield "Python", platform.python_version()
    yield "readkin", GENERATED_BY.split()[-1]
    for name in PACKAGES.split():
        yield name, _package_version(name)
    for tool in TOOLS:
        found = _tool_version(tool)
        if found is not None:
            yield f"{tool} (program)", found


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return MISSING


def _tool_version(name: str) -> str | None:
    """Return the version that ``name --version`` prints; None if the program is not installed."""
    program = shutil.which(name)
    if program is None:
        return None
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    number = VERSION_NUMBER.search(done.stdout)
    return number.group() if number else None
