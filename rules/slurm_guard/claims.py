"""Fencing token of a cluster job's attempt, claimed before the stage's command runs.

Slurm, and Snakemake's executor for Ray, start a job again when they lose a node. If the lost node
is only cut off from the network, the old attempt keeps writing. Each attempt therefore writes a new
token into the job's `.token` file. The commands find the file's path and their own token in the
environment, and compare them before they replace an output; an attempt that finds another token
there, or none, is superseded.

Ray's executor names each job by its outputs, so that all starts of it share one token file. A new
run removes the tokens of earlier ones (`forget_claims`), which supersedes what is left of these.

A job of the bridge of snakemake-executor-plugin-ray claims by its key, which is that of its output:
an older job of the same key is superseded, too.

The names of the variables must not begin with ``SLURM_``: Snakemake's plugin removes those from the
environment of a job's inner Snakemake.
"""

import os
import secrets
import shlex
import shutil
import socket
from collections.abc import Mapping, MutableMapping
from pathlib import Path

OF_THE_BRIDGE = "bridge"  # folder of the records of its jobs
KEY = "SNAKEMAKE_RAY_SLURM_KEY"  # variable of the jobs of the bridge
RAY_JOB = "SNAKEMAKE_RAY_JOB"  # the same for each start of a job; set by Snakemake's executor
FOLDER_OF_RAY = "ray"
SHELL_CODE = Path(__file__).resolve().with_name("claims.sh")


def enter_job(
    records: Path,
    attempt: int,
    environment: MutableMapping[str, str] = os.environ,
) -> str | None:
    """Claim the output for this attempt of the job, and set the JOB_GUARD_* variables.

    Snakemake runs twice in a Slurm job: the outer one claims the output, the inner one (started
    with ``srun``) inherits the claim.

    Args:
        records: folder of all runs' records, as passed to ``shims.install``.
        attempt: how often Snakemake has submitted this job, from 1.
        environment: variables of this process.

    Returns:
        Shell code to run before the stage's command; None outside a job of a recorded run (for
        example if Snakemake was started by hand inside a Slurm job).
    """
    if not _has_claim(environment):
        file = _token_file(records.absolute(), environment)
        if file is None:
            return None
        _claim(file, environment)
    environment["JOB_GUARD_ATTEMPT"] = str(attempt)
    quoted = shlex.quote(str(SHELL_CODE)).replace("{", "{{").replace("}", "}}")
    return f"set -euo pipefail; source {quoted}; "


def forget_claims(records: Path) -> None:
    """Remove the tokens of earlier runs on Ray, before the first job of a new run."""
    shutil.rmtree(records / FOLDER_OF_RAY, ignore_errors=True)


def _has_claim(environment: Mapping[str, str]) -> bool:
    owner = environment.get("JOB_GUARD_TOKEN", "").partition(" ")[0]
    return bool(owner) and owner in map(environment.get, (KEY, "SLURM_JOB_ID", RAY_JOB))


def _token_file(records: Path, environment: Mapping[str, str]) -> Path | None:
    """Return the file for the token of this process's job; None outside a job."""
    if key := environment.get(KEY):
        return records / OF_THE_BRIDGE / f"{key}.token"
    run, job = environment.get("SLURM_JOB_NAME"), environment.get("SLURM_JOB_ID")
    if run and job and (records / run).is_dir():
        return records / run / f"{job}.token"
    if name := environment.get(RAY_JOB):
        return records / FOLDER_OF_RAY / f"{name}.token"
    return None


def _claim(file: Path, environment: MutableMapping[str, str]) -> None:
    token = f"{file.stem} {socket.gethostname()} {secrets.token_hex(8)}"
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{token.replace(' ', '-')}")
    temporary.write_text(token)
    temporary.replace(file)
    environment["JOB_GUARD_TOKEN"] = token
    environment["JOB_GUARD_TOKEN_FILE"] = str(file)
    environment["JOB_GUARD_SNAKEMAKE"] = str(os.getpid())
    if file.parent.name != FOLDER_OF_RAY:
        exit_file = file.with_suffix(".exit")
        exit_file.unlink(missing_ok=True)  # left by an earlier attempt
        environment["JOB_GUARD_EXIT_FILE"] = str(exit_file)
