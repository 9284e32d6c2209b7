"""Messages about partitions of the profile that the cluster does not have."""

import os
import sys
from collections.abc import Iterable, Sequence

from rules.settings.error_list import ConfigError, Mistake
from rules.slurm_guard.partitions import (
    RESOURCE,
    Job,
    partition_problems,
    position_in_profile,
    profile_of,
)


def stop_without_partitions(jobs: Iterable[Job], arguments: Sequence[str]) -> None:
    """Print all mistakes to standard error and exit with 2 if a partition is missing.

    Args:
        jobs: the jobs that will run.
        arguments: Snakemake's command line, to name the profile.
    """
    profile = profile_of(arguments, os.environ)
    mistakes = []
    for problem in partition_problems(jobs):
        file, line = position_in_profile(problem.partition, profile)
        mistakes.append(
            Mistake(
                file=file,
                line=line,
                key=RESOURCE if problem.partition else "executor",
                found=problem.found,
                expected=problem.expected,
                what_to_do=problem.what_to_do,
            )
        )
    if mistakes:
        sys.stderr.write(f"{ConfigError(mistakes)}\n")
        sys.exit(2)
