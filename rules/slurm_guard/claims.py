"""Fencing token of a Slurm job's attempt, claimed before the stage's command runs.

Slurm starts a job again when it loses a node. If the lost node is only cut off from the network,
the old attempt keeps writing. Each attempt therefore writes a new token into the job's `.token`
file. The commands find the file's path and their own token in the environment, and compare them
before they replace an output; an attempt that finds another token there is superseded.

The variables must not begin with SLURM_: snakemake-executor-plugin-slurm-jobstep 0.6.1 removes such
variables before it starts the inner Snakemake.
"""

import os
import secrets
import shlex
import socket
from collections.abc import MutableMapping, Sequence
from itertools import pairwise
from pathlib import Path

SHELL_CODE = Path(__file__).resolve().with_name("claims.sh")


def enter_job(
    records: Path,
    arguments: Sequence[str],
    environment: MutableMapping[str, str] = os.environ,
) -> str | None:
    """Claim the output for this attempt of the job, and set the JOB_GUARD_* variables.

    Snakemake runs twice in a job: the outer one claims the output, the inner one (started with
    ``srun``) inherits the claim.

    Args:
        records: folder of all runs' records, as passed to ``shims.install``.
        arguments: Snakemake's command line, which contains its attempt number.
        environment: variables of this process.

    Returns:
        Shell code to run before the stage's command; None outside a job of a recorded run (for
        example if Snakemake was started by hand inside a Slurm job).
    """
    job = environment.get("SLURM_JOB_ID", "")
    if not environment.get("JOB_GUARD_TOKEN", "").startswith(f"{job} "):
        folder = records.absolute() / environment.get("SLURM_JOB_NAME", "")
        if not (job and environment.get("SLURM_JOB_NAME") and folder.is_dir()):
            return None
        _claim(folder, job, environment)
    environment["JOB_GUARD_ATTEMPT"] = _attempt(arguments)
    quoted = shlex.quote(str(SHELL_CODE)).replace("{", "{{").replace("}", "}}")
    return f"set -euo pipefail; source {quoted}; "


def _claim(folder: Path, job: str, environment: MutableMapping[str, str]) -> None:
    token = f"{job} {socket.gethostname()} {secrets.token_hex(8)}"
    file = folder / f"{job}.token"
    temporary = file.with_name(f".{token.replace(' ', '-')}")
    temporary.write_text(token)
    temporary.replace(file)
    (folder / f"{job}.exit").unlink(missing_ok=True)  # left by an earlier attempt
    environment["JOB_GUARD_TOKEN"] = token
    environment["JOB_GUARD_TOKEN_FILE"] = str(file)
    environment["JOB_GUARD_SNAKEMAKE"] = str(os.getpid())


def _attempt(arguments: Sequence[str]) -> str:
    """Return how often Snakemake has submitted this job, counted from 1."""
    following = [word for option, word in pairwise(arguments) if option == "--attempt"]
    return following[0] if following else "1"
