"""Messages about partitions of the profile that the cluster does not have."""

import sys
from collections.abc import Iterable

from rules.settings.mistakes import ConfigError, Diagnosis, Mistake
from rules.slurm_guard.partitions import RESOURCE, Job, partition_problems, position_in_profile


def stop_without_partitions(jobs: Iterable[Job], profile: str) -> None:
    """Print all mistakes to standard error and exit with 2 if a partition is missing.

    Args:
        jobs: the jobs that will run.
        profile: the profile as the user named it; "" if none.
    """
    mistakes = []
    for problem in partition_problems(jobs):
        file, line = position_in_profile(problem.partition, profile)
        key = RESOURCE if problem.partition else "executor"
        diagnosis = Diagnosis(problem.found, problem.expected, problem.what_to_do)
        mistakes.append(Mistake(file, line, key, diagnosis))
    if mistakes:
        sys.stderr.write(f"{ConfigError(mistakes)}\n")
        sys.exit(2)
