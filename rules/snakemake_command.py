"""Snakemake's command line, as far as rules, job guard and run summary depend on it.

Snakemake passes no parsed options to a workflow. This is the only module that reads its arguments.
"""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# With these options Snakemake starts no job.
WITHOUT_JOBS = """
    -n --dry-run --dryrun --lint --list --list-rules --list-target-rules -l --lt --dag --rulegraph
    --filegraph --d3dag --summary -S --detailed-summary -D --report --unlock --print-compilation
    --containerize --generate-unit-tests --archive --cleanup-metadata --list-changes --version
"""
# With these options Snakemake needs no input file.
WITHOUT_INPUT = "--lint --list --list-rules --list-target-rules -l --lt"
# These options determine where and with which settings jobs run.
OF_A_RUN = "--profile --workflow-profile --configfile --cores -c --directory"
_SHORT_OPTIONS_WITH_N = re.compile("-[pqFfkt]*n[pqFfkt]*")


@dataclass(frozen=True, kw_only=True)
class SnakemakeCommand:
    """The parsed command line.

    Attributes:
        text: the command as one types it again.
        profile: profile as the user named it; "" if none.
        attempt: how often Snakemake has submitted this job, from 1.
        starts_jobs: False for a dry run, ``--lint``, ``--unlock`` and the like.
        needs_input: False for commands that only describe the workflow.
        run_options: options of this run that a command to resume it repeats.
    """

    text: str
    profile: str
    attempt: int
    starts_jobs: bool
    needs_input: bool
    run_options: tuple[str, ...]

    def to_make(self, target: str) -> str:
        """Return a command that makes one target with the options of this run."""
        return shlex.join(["snakemake", *(self.run_options or ("--cores", "1")), target])


def parse_command(
    argv: Sequence[str], environment: Mapping[str, str] = os.environ
) -> SnakemakeCommand:
    """Parse Snakemake's command line.

    Args:
        argv: ``sys.argv`` of the Snakemake process, the program first.
        environment: may contain SNAKEMAKE_PROFILE.
    """
    words = argv[1:]
    names = [word.partition("=")[0] for word in words]
    profile = _value(words, "--profile", "--workflow-profile")
    return SnakemakeCommand(
        text=shlex.join(["snakemake", *words]),
        profile=environment.get("SNAKEMAKE_PROFILE", "") if profile is None else profile,
        attempt=int(_value(words, "--attempt") or 1),
        starts_jobs=not any(
            name in WITHOUT_JOBS.split() or _SHORT_OPTIONS_WITH_N.fullmatch(name) for name in names
        ),
        needs_input=not set(WITHOUT_INPUT.split()).intersection(names),
        run_options=_run_options(words),
    )


def profile_file(profile: str) -> str:
    """Return the file that Snakemake reads for a profile; the name itself if there is none."""
    from snakemake.cli import get_profile_dir

    # Snakemake 9.27 looks in the working directory, ~/.config/snakemake and /etc/xdg/snakemake.
    found = get_profile_dir(profile) if profile else None
    return str(found[1]) if found else profile


def _value(words: Sequence[str], *names: str) -> str | None:
    """Return the value of ``--name value`` or ``--name=value``; None if it is not given."""
    for word, following in pairwise([*words, ""]):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else following
    return None


def _run_options(words: Sequence[str]) -> tuple[str, ...]:
    options: list[str] = []
    for word, following in pairwise([*words, "-"]):
        name, equals, _ = word.partition("=")
        if name in OF_A_RUN.split():
            has_value = not equals and not following.startswith("-")
            options += [word, following] if has_value else [word]
    return tuple(options)
