"""Resources that jobs requested from the cluster and used, and recommended sizes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from readkin.formats.benchmarks import JobCost
from readkin.report.number_text import duration_text, memory_text

# Each job also contains two Snakemake processes: Slurm starts the first one, which starts the
# second one to run the rule.
SNAKEMAKE_MB = 400
MARGIN = 1.3
STEP_MB = 100
LEAST_MINUTES, TIME_MARGIN, STEP_MINUTES = 10, 2.0, 5
# Further resources of a rule in `set-resources:`, in the order of the profile.
OTHER_RESOURCES = (
    "slurm_partition",
    "slurm_account",
    "nodes",
    "max_tasks",
    "tasks",
    "mpi",
    "slurm_extra",
)


class JobSizes(NamedTuple):
    """Requested, used and recommended sizes of the jobs of one rule.

    Memory is in MiB, on the node that used most; time is in minutes.

    Attributes:
        jobs: number of jobs measured.
        others: further resources that the jobs requested, by name.
    """

    rule: str
    jobs: int
    requested_mb: int
    used_mb: float
    recommended_mb: int
    requested_minutes: int
    used_minutes: float
    recommended_minutes: int
    others: Mapping[str, Any]


def job_sizes(costs: Sequence[JobCost]) -> list[JobSizes]:
    """Return the sizes for each rule whose jobs were measured and have known requests."""
    rules = dict.fromkeys(cost.stage for cost in costs)
    jobs_of_rules = ([cost for cost in costs if cost.stage == rule] for rule in rules)
    return [sizes for jobs in jobs_of_rules if (sizes := _sizes_of_rule(jobs)) is not None]


def _sizes_of_rule(costs: Sequence[JobCost]) -> JobSizes | None:
    known = [cost for cost in costs if "mem_mb" in cost.requested and "runtime" in cost.requested]
    peaks = [peak for cost in known if (peak := cost.peak_on_a_node_mb) is not None]
    if not peaks:
        return None
    used_mb, used_minutes = max(peaks) + SNAKEMAKE_MB, max(cost.seconds for cost in known) / 60
    minutes = math.ceil(used_minutes * TIME_MARGIN / STEP_MINUTES) * STEP_MINUTES
    last = known[-1].requested
    return JobSizes(
        rule=known[0].stage,
        jobs=len(known),
        requested_mb=max(int(cost.requested["mem_mb"]) for cost in known),
        used_mb=used_mb,
        recommended_mb=math.ceil(used_mb * MARGIN / STEP_MB) * STEP_MB,
        requested_minutes=max(int(cost.requested["runtime"]) for cost in known),
        used_minutes=used_minutes,
        recommended_minutes=max(LEAST_MINUTES, minutes),
        others={name: last[name] for name in OTHER_RESOURCES if last.get(name) not in (None, "")},
    )


def recommended_resources(rows: Sequence[JobSizes]) -> str:
    """Return a ``set-resources:`` block (YAML) that can replace the one in the profile.

    The sizes grow with the attempt, but not with the size of the input.
    """
    block = {row.rule: dict(_resources(row)) for row in rows}
    return yaml.safe_dump({"set-resources": block}, sort_keys=False, width=1000)


def _resources(row: JobSizes) -> Iterator[tuple[str, Any]]:
    for name, value in row.others.items():
        if not _is_derived(name, value, row.others):
            yield name, value
    yield "mem_mb", f"{row.recommended_mb} * attempt"
    yield "runtime", f"{row.recommended_minutes} * attempt"


def _is_derived(name: str, value: Any, others: Mapping[str, Any]) -> bool:
    """Return whether the rule computes this resource itself."""
    if name == "slurm_extra":
        return str(value).startswith("--ntasks-per-node=")
    # `max_tasks` is a setting, from which the rule computes `tasks`.
    return name == "tasks" and ("max_tasks" in others or "mpi" not in others)


def sizing_text(rows: Sequence[JobSizes]) -> str:
    """Return the table and the ``set-resources:`` block for a terminal; "" without rows."""
    if not rows:
        return ""
    return (
        "Resources requested and used (memory: on the node that used most, including"
        " Snakemake itself):\n\n"
        f"{_table_text(rows)}\n\n"
        "Recommended sizes for inputs like these, to replace `set-resources:` in the profile:\n\n"
        f"{recommended_resources(rows)}"
    )


def _table_text(rows: Sequence[JobSizes]) -> str:
    header = ["rule", "jobs", "memory requested", "used", "recommended"]
    header += ["time requested", "used", "recommended"]
    lines: list[Sequence[str]] = [header]
    for row in rows:
        memory = (row.requested_mb, row.used_mb, row.recommended_mb)
        time = (
            f"{row.requested_minutes} min",
            duration_text(60 * row.used_minutes),
            f"{row.recommended_minutes} min",
        )
        lines.append((row.rule, str(row.jobs), *map(memory_text, memory), *time))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
