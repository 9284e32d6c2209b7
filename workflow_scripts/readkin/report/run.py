"""Chapters on the run: settings, versions, time and memory, and how to read the page."""

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import plotly.graph_objects as go

from readkin.formats.benchmarks import JobCost
from readkin.formats.hdf5_schema import GENERATED_BY
from readkin.report.blocks import (
    Block,
    Column,
    Figure,
    Note,
    Section,
    Table,
    count_column,
    number_column,
)
from readkin.report.figure_style import BLUE, ORANGE, axis, plot
from readkin.report.flow import STAGES
from readkin.report.number_text import MISSING, duration_text, memory_text
from readkin.report.right_sizing import Sizing, sizings

# What computes a result; what only supports those follows from the pinned requirements.
PACKAGES = (
    "snakemake",
    "snakemake-executor-plugin-slurm",
    "numpy",
    "numba",
    "llvmlite",
    "ray",
    "mpi4py",
    "h5py",
    "pyarrow",
    "pysam",
    "cutadapt",
    "dnaio",
    "isal",
    "mappy",
    "scipy",
    "scikit-learn",
    "plotly",
    "jinja2",
)
TOOLS = ("mpiexec", "srun")
VERSION_NUMBER = re.compile(r"\d+(?:\.\d+)+\S*")


def settings_section(settings: Mapping[str, Any]) -> Section:
    """The effective configuration, section by section, beside the versions of the software."""
    rows: list[Sequence[Any]] = list(_setting_rows(settings))
    columns = Column("Setting"), Column("Value", is_prose=True)
    return Section(
        "settings",
        "Settings, versions",
        "Settings and versions",
        "The configuration in effect, defaults filled in; config/README.md explains each key.",
        [
            Table("settings", "All settings of this run", columns, rows, "half"),
            Table(
                "versions",
                "Software that made these results",
                (Column("Software"), Column("Version")),
                list(_version_rows()),
                "half",
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
    """A value as the configuration file writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _version_rows() -> Iterator[tuple[str, str]]:
    """Python, the packages that compute results, and tools on the PATH."""
    yield "Python", platform.python_version()
    yield "readkin", GENERATED_BY.split()[-1]
    for name in PACKAGES:
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
    """What ``name --version`` says, if the program is there."""
    program = shutil.which(name)
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    number = VERSION_NUMBER.search(said.stdout)
    return number.group() if number else None


def costs_section(costs: Sequence[JobCost]) -> Section:
    """Time and memory per stage, summed over its jobs."""
    lead = (
        "Measured by Snakemake while the stages ran: the only part of this page that differs"
        " between two runs of the same data. Memory of a stage spread over several nodes is that"
        " of the fullest node."
    )
    if not costs:
        absent = Note("There are no benchmark tables of this run.", is_absence=True)
        return Section("costs", "Time, memory", "Time and memory", "", [absent])
    measured = {cost.stage for cost in costs}
    stages = [stage for stage in STAGES if stage in measured] + sorted(measured - set(STAGES))
    rows = [_cost_row(stage, [cost for cost in costs if cost.stage == stage]) for stage in stages]
    seconds, memory = [row[2] for row in rows], [row[5] or 0 for row in rows]
    height = 90 + 34 * len(rows)
    return Section(
        "costs",
        "Time, memory",
        "Time and memory",
        lead,
        [
            Figure(
                "time",
                "Wall time of each stage, its jobs added up",
                _bars(stages, seconds, [duration_text(s) for s in seconds], "Seconds", BLUE),
                height,
                span="half",
            ),
            Figure(
                "memory",
                "Largest memory of a job of each stage",
                _bars(stages, memory, [memory_text(m) for m in memory], "MiB", ORANGE),
                height,
                span="half",
            ),
            Table(
                "costs",
                "Time and memory of each stage",
                (
                    Column("Stage"),
                    count_column("Jobs"),
                    number_column("Wall time, added up", duration_text),
                    number_column("longest job", duration_text),
                    number_column("CPU time", duration_text),
                    number_column("Peak memory", memory_text),
                ),
                rows,
            ),
            *_sizing_blocks(sizings(costs)),
        ],
    )


def _sizing_blocks(rows: Sequence[Sizing]) -> Iterator[Block]:
    """Asked of Slurm against used; nothing for a run without Slurm."""
    if rows:
        yield Table(
            "sizes",
            "Asked of Slurm for each job, used at most, and what fits such inputs",
            (
                Column("Stage"),
                count_column("Jobs"),
                number_column("Memory asked", memory_text),
                number_column("used", memory_text),
                number_column("fits", memory_text),
                number_column("Time asked", duration_text),
                number_column("used", duration_text),
                number_column("fits", duration_text),
            ),
            [
                (
                    row.rule,
                    row.jobs,
                    row.asked_mb,
                    row.used_mb,
                    row.fitting_mb,
                    60 * row.asked_minutes,
                    60 * row.used_minutes,
                    60 * row.fitting_minutes,
                )
                for row in rows
            ],
        )
        yield Note(
            "Memory per node, with Snakemake's own. `python workflow_scripts/right_size.py` writes"
            " the sizes that fit as a set-resources: block for the profile."
        )


def _cost_row(stage: str, jobs: Sequence[JobCost]) -> tuple[Any, ...]:
    cpu = [job.cpu_seconds for job in jobs if job.cpu_seconds is not None]
    memory = [peak for job in jobs if (peak := job.peak_on_a_node_mb) is not None]
    seconds = [job.seconds for job in jobs]
    return (
        stage,
        len(jobs),
        sum(seconds),
        max(seconds),
        sum(cpu) if cpu else None,
        max(memory, default=None),
    )


def _bars(
    stages: Sequence[str], values: Sequence[float], texts: Sequence[str], title: str, colour: str
) -> dict[str, Any]:
    bar = go.Bar(
        x=list(values),
        y=list(stages),
        orientation="h",
        marker={"color": colour, "line": {"width": 0}},
        text=list(texts),
        textposition="auto",
        cliponaxis=False,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    return plot(
        [bar],
        xaxis=axis(title, rangemode="tozero"),
        yaxis=axis("", type="category", autorange="reversed"),
        showlegend=False,
    )
