"""Before any job is submitted: does the cluster have the partitions that the profile asks for?

Plain Python, called by the Snakefile's ``onstart`` in the main process when the executor is Slurm.
Without it, each job would fail on its own with sbatch's "invalid partition specified".
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rules.settings.mistakes import ConfigError, Diagnosis, Mistake, did_you_mean, listed

RESOURCE = "slurm_partition"
NO_RANKS = "--mpi=none"  # launcher of Ray's nodes
SECONDS_TO_ANSWER = 60


class Job(Protocol):
    """What is used of Snakemake's jobs."""

    is_local: bool
    name: str

    @property
    def resources(self) -> Mapping[str, object]:
        """Resources by name."""


class Workflow(Protocol):
    """What is used of Snakemake's workflow (9.27), once the executor is chosen."""

    rules: Iterable[Any]
    executor_plugin: Any
    executor_settings: Any

    def is_local(self, rule: Any) -> bool:
        """Whether a rule's jobs run on the head node."""


def stop_without_partitions(jobs: Iterable[Job], profile: str) -> None:
    """Print all mistakes to standard error and exit with 2 where a partition is missing.

    Args:
        jobs: the jobs that will run.
        profile: the profile as the user named it; "" if none.
    """
    submitted = [job for job in jobs if not job.is_local]
    try:
        there = partitions_of_cluster(profile) if submitted else []
        if mistakes := missing_partitions(wanted_partitions(submitted), there, profile):
            raise ConfigError(mistakes)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def wanted_partitions(jobs: Iterable[Job]) -> dict[str, list[str]]:
    """Partitions that submitted jobs ask for, each with the names of the rules that name it."""
    wanted: dict[str, list[str]] = {}
    for job in jobs:
        for partition in str(job.resources.get(RESOURCE) or "").split(","):
            rules = wanted.setdefault(partition.strip(), [])
            if job.name not in rules:
                rules.append(job.name)
    wanted.pop("", None)  # no partition named: the cluster's default
    return wanted


def cluster_arguments(workflow: Workflow, asks: Iterable[Iterable[object]] = ()) -> str:
    """Options that tell the command ``check`` how the profile uses Slurm; "" without Slurm.

    Args:
        workflow: after the rules were read.
        asks: the largest job of each rule, in the words of check's ``--ask``.
    """
    if workflow.executor_plugin is None or workflow.executor_plugin.name != "slurm":
        return ""
    submitted = [rule for rule in workflow.rules if not workflow.is_local(rule)]
    launchers = {rule.name: _setting(rule, "mpi") for rule in submitted}
    single_node = [_setting(rule, RESOURCE) for rule in submitted if not launchers[rule.name]]
    partitions = {name for rule in submitted for name in _setting(rule, RESOURCE).split(",")}
    settings = workflow.executor_settings
    words = ["--slurm", "--partitions", *sorted(partitions - {""})]
    words += ["--partition", next(iter(single_node), "")]
    of_ranks = (words for words in launchers.values() if words and not words.endswith(NO_RANKS))
    words += ["--slurm-mpi", next(of_ranks, "")]
    words += ["--status-command", settings.status_command]
    words += ["--first-poll-seconds", str(settings.init_seconds_before_status_checks)]
    for ask in asks:
        words += ["--ask", *map(str, ask)]
    return shlex.join(words)


def _setting(rule: Any, resource: str) -> str:
    """A resource as profile or rule give it, before any job is there; "" if none."""
    raw = rule.resources.get(resource).raw
    return raw if isinstance(raw, str) and raw != "None" else ""


def missing_partitions(
    wanted: Mapping[str, Sequence[str]], there: Sequence[str], profile: str
) -> list[Mistake]:
    """One mistake for each wanted partition that the cluster does not have.

    Args:
        wanted: names of the rules by partition.
        there: the cluster's partitions.
        profile: the profile as the user named it.
    """
    mistakes = []
    for partition, rules in wanted.items():
        if partition not in there:
            file, line = place_in_profile(partition, profile)
            similar = did_you_mean(partition, there)
            what_to_do = f'did you mean "{similar}"? ' if similar else ""
            what_to_do += "put a partition of this cluster there (`sinfo` shows their nodes)"
            found = f'the partition "{partition}" for {listed(sorted(rules), "and")}'
            diagnosis = Diagnosis(found, listed(there), what_to_do)
            mistakes.append(Mistake(file, line, RESOURCE, diagnosis))
    return mistakes


def partitions_of_cluster(profile: str) -> list[str]:
    """Names of all partitions, as ``sinfo`` tells them.

    Raises:
        ConfigError: there is no ``sinfo``, or it fails or does not answer.
    """
    command = ["sinfo", "--noheader", "--format=%R"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_ANSWER)
        problem = answer.stderr.strip().replace("\n", " ") if answer.returncode else ""
    except FileNotFoundError:
        problem = "no program sinfo"
    except subprocess.TimeoutExpired:
        problem = f"no answer of sinfo in {SECONDS_TO_ANSWER} s"
    if problem:
        file, _ = place_in_profile("", profile)
        what_to_do = "start it on the cluster's head node, or without cluster: snakemake --cores 8"
        diagnosis = Diagnosis(problem, "a Slurm cluster", what_to_do)
        raise ConfigError([Mistake(file, None, "executor", diagnosis)])
    return list(dict.fromkeys(answer.stdout.split()))


def place_in_profile(word: str, profile: str) -> tuple[str, int | None]:
    """File of the profile, and the first line with ``word`` as a value; else what was named."""
    folder = Path(profile)
    files = sorted(folder.glob("*.yaml")) if profile and folder.is_dir() else [folder]
    for file in files:
        if file.is_file():
            lines = file.read_text().splitlines()
            value = re.compile(rf"^[^#]*:.*(?<![\w-]){re.escape(word)}(?![\w-])")
            numbers = (number for number, line in enumerate(lines, 1) if value.search(line))
            return str(file), next(numbers, None) if word else None
    return f"profile {profile}" if profile else "command line", None
