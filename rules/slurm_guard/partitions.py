"""Partitions of the cluster against those that the profile names, before any job is submitted.

Without this check each job would fail on its own with sbatch's "invalid partition specified".
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from rules.slurm_guard.slurm import ask_slurm

RESOURCE = "slurm_partition"


class Job(Protocol):
    """The attributes of Snakemake's jobs that are used here."""

    is_local: bool
    name: str

    @property
    def resources(self) -> Mapping[str, object]:
        """Resources by name."""


class PartitionProblem(NamedTuple):
    """Partition of the profile that the cluster does not have, or no cluster at all.

    Attributes:
        partition: its name; "" if Slurm does not answer.
        found: what the profile or Slurm says.
        expected: what would be right.
        what_to_do: the user's next step.
    """

    partition: str
    found: str
    expected: str
    what_to_do: str


def partition_problems(jobs: Iterable[Job]) -> list[PartitionProblem]:
    """Return what is wrong with the partitions that ``jobs`` request; nothing without Slurm jobs.

    Args:
        jobs: the jobs that will run; local ones are ignored.
    """
    submitted = [job for job in jobs if not job.is_local]
    if not submitted:
        return []
    answer = ask_slurm("sinfo", "--noheader", "--format=%R")
    if answer.code:
        what_to_do = "start it on the cluster's head node, or without cluster: snakemake --cores 8"
        error = answer.errors.strip().replace("\n", " ")
        return [PartitionProblem("", error, "a Slurm cluster", what_to_do)]
    available = list(dict.fromkeys(answer.out.split()))
    return missing_partitions(requested_partitions(submitted), available)


def requested_partitions(jobs: Iterable[Job]) -> dict[str, list[str]]:
    """Return the partitions that submitted jobs request, each with the names of its rules."""
    requested: dict[str, list[str]] = {}
    for job in jobs:
        for partition in str(job.resources.get(RESOURCE) or "").split(","):
            rules = requested.setdefault(partition.strip(), [])
            if job.name not in rules:
                rules.append(job.name)
    requested.pop("", None)  # the cluster's default partition
    return requested


def missing_partitions(
    requested: Mapping[str, Sequence[str]], available: Sequence[str]
) -> list[PartitionProblem]:
    """Return a problem for each requested partition that the cluster does not have.

    Args:
        requested: names of the rules, by partition.
        available: the cluster's partitions.
    """
    by_lower_case = {name.lower(): name for name in available}
    problems = []
    for partition, rules in requested.items():
        if partition not in available:
            similar = difflib.get_close_matches(partition.lower(), by_lower_case, 1, cutoff=0.65)
            what_to_do = f'did you mean "{by_lower_case[similar[0]]}"? ' if similar else ""
            what_to_do += "name a partition of this cluster (`sinfo` lists them)"
            found = f'the partition "{partition}" for {_listed(sorted(rules), "and")}'
            expected = _listed(available, "or")
            problems.append(PartitionProblem(partition, found, expected, what_to_do))
    return problems


def _listed(words: Sequence[str], last: str) -> str:
    """Return ``a, b or c``."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def position_in_profile(word: str, profile: str) -> tuple[str, int | None]:
    """Return the profile's file, and the first line with ``word`` as a value or None.

    A profile without a file here is returned by name.
    """
    folder = Path(profile)
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder]
    for file in files:
        if file.is_file():
            lines = file.read_text().splitlines()
            value = re.compile(rf"^[^#]*:.*(?<![\w-]){re.escape(word)}(?![\w-])")
            numbers = (number for number, line in enumerate(lines, 1) if value.search(line))
            return str(file), next(numbers, None) if word else None
    return f"profile {profile}" if profile else "command line", None
