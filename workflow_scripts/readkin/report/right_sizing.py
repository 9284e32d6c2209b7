"""What jobs asked Slurm for against what they used, and sizes that fit."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from readkin.formats.benchmarks import JobCost
from readkin.report.number_text import duration_text, memory_text

# Each job also holds Snakemake itself, twice: the one that Slurm starts, and the one that this
# starts to run the rule.
SNAKEMAKE_MB = 400
MARGIN = 1.3
STEP_MB = 100
LEAST_MINUTES, TIME_MARGIN, STEP_MINUTES = 10, 2.0, 5
# What else a rule's part of `set-resources:` may hold, in the order of the profile.
OTHERS = ("slurm_partition", "slurm_account", "nodes", "max_tasks", "tasks", "mpi", "slurm_extra")


class Sizing(NamedTuple):
    """One rule: asked, used and fitting; memory in MiB on the fullest node, time in minutes.

    Attributes:
        jobs: number of jobs measured.
        others: further resources that its jobs had.
    """

    rule: str
    jobs: int
    asked_mb: int
    used_mb: float
    fitting_mb: int
    asked_minutes: int
    used_minutes: float
    fitting_minutes: int
    others: Mapping[str, Any]


def sizings(costs: Sequence[JobCost]) -> list[Sizing]:
    """One sizing for each rule of which jobs were measured and it is known what they asked for."""
    rules = dict.fromkeys(cost.stage for cost in costs)
    of_rules = ([cost for cost in costs if cost.stage == rule] for rule in rules)
    return [sizing for jobs in of_rules if (sizing := _sizing(jobs)) is not None]


def _sizing(costs: Sequence[JobCost]) -> Sizing | None:
    known = [cost for cost in costs if "mem_mb" in cost.requested and "runtime" in cost.requested]
    peaks = [peak for cost in known if (peak := cost.peak_on_a_node_mb) is not None]
    if not peaks:
        return None
    used_mb, used_minutes = max(peaks) + SNAKEMAKE_MB, max(cost.seconds for cost in known) / 60
    last = known[-1].requested
    return Sizing(
        known[0].stage,
        len(known),
        max(int(cost.requested["mem_mb"]) for cost in known),
        used_mb,
        math.ceil(used_mb * MARGIN / STEP_MB) * STEP_MB,
        max(int(cost.requested["runtime"]) for cost in known),
        used_minutes,
        max(LEAST_MINUTES, math.ceil(used_minutes * TIME_MARGIN / STEP_MINUTES) * STEP_MINUTES),
        {name: last[name] for name in OTHERS if last.get(name) not in (None, "")},
    )


def fitting_resources(rows: Sequence[Sizing]) -> str:
    """A ``set-resources:`` block for the profile, in place of the one that is there.

    Its numbers grow with the attempt, but no more with the input.
    """
    block = {row.rule: dict(_resources(row)) for row in rows}
    return yaml.safe_dump({"set-resources": block}, sort_keys=False, width=1000)


def _resources(row: Sizing) -> Iterator[tuple[str, Any]]:
    for name, value in row.others.items():
        if not _follows(name, value, row.others):
            yield name, value
    yield "mem_mb", f"{row.fitting_mb} * attempt"
    yield "runtime", f"{row.fitting_minutes} * attempt"


def _follows(name: str, value: Any, others: Mapping[str, Any]) -> bool:
    """Whether a rule works this resource out by itself."""
    if name == "slurm_extra":
        return str(value).startswith("--ntasks-per-node=")
    # `max_tasks` is the setting, `tasks` what became of it.
    return name == "tasks" and ("max_tasks" in others or "mpi" not in others)


def sizing_text(rows: Sequence[Sizing]) -> str:
    """The table for a terminal, and the block; "" without rows."""
    if not rows:
        return ""
    lines: list[tuple[str, ...]] = [
        ("rule", "jobs", "memory asked", "used", "fits", "time asked", "used", "fits")
    ]
    for row in rows:
        used = duration_text(60 * row.used_minutes)
        asked, fits = (f"{minutes} min" for minutes in (row.asked_minutes, row.fitting_minutes))
        sizes = (row.asked_mb, row.used_mb, row.fitting_mb)
        lines.append((row.rule, str(row.jobs), *map(memory_text, sizes), asked, used, fits))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = "\n".join(
        "  ".join(
            word.rjust(width) if place else word.ljust(width)
            for place, (word, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
    return (
        "Asked of Slurm and used (memory: of the fullest node, with Snakemake's own):\n\n"
        f"{table}\n\n"
        "Sizes that fit inputs like these, in place of `set-resources:` in the profile:\n\n"
        f"{fitting_resources(rows)}"
    )
