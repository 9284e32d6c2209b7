"""Fencing token of a Slurm job's attempt, claimed before the stage's command runs.

A job of the Slurm plugin claims by its id, a job of the bridge of snakemake-executor-plugin-ray
by its key, which is that of its output: an older job of the same key is superseded, too.

Slurm starts a job again when it loses a node. If the lost node is only cut off from the network,
the old attempt keeps writing. Each attempt therefore writes a new token into the job's `.token`
file. The commands find the file's path and their own token in the environment, and compare them
before they replace an output; an attempt that finds another token there is superseded.

The names of the variables must not begin with ``SLURM_``: Snakemake's plugin removes those from the
environment of a job's inner Snakemake.
"""

import os
import secrets
import shlex
import socket
from collections.abc import MutableMapping
from pathlib import Path

OF_THE_BRIDGE = "bridge"  # folder of the records of its jobs
KEY = "SNAKEMAKE_RAY_SLURM_KEY"  # variable of the jobs of the bridge
SHELL_CODE = Path(__file__).resolve().with_name("claims.sh")


def enter_job(
    records: Path,
    attempt: int,
    environment: MutableMapping[str, str] = os.environ,
) -> str | None:
    """Claim the output for this attempt of the job, and set the JOB_GUARD_* variables.

    Snakemake runs twice in a job: the outer one claims the output, the inner one (started with
    ``srun``) inherits the claim.

    Args:
        records: folder of all runs' records, as passed to ``shims.install``.
        attempt: how often Snakemake has submitted this job, from 1.
        environment: variables of this process.

    Returns:
        Shell code to run before the stage's command; None outside a job of a recorded run (for
        example if Snakemake was started by hand inside a Slurm job).
    """
    job = environment.get("SLURM_JOB_ID", "")
    if not environment.get("JOB_GUARD_TOKEN", "").startswith(f"{job} "):
        name, key = environment.get("SLURM_JOB_NAME", ""), environment.get(KEY, "")
        folder = records.absolute() / (OF_THE_BRIDGE if key else name)
        if not (job and name and (key or folder.is_dir())):
            return None
        _claim(folder, key or job, environment)
    environment["JOB_GUARD_ATTEMPT"] = str(attempt)
    quoted = shlex.quote(str(SHELL_CODE)).replace("{", "{{").replace("}", "}}")
    return f"set -euo pipefail; source {quoted}; "


def _claim(folder: Path, name: str, environment: MutableMapping[str, str]) -> None:
    job = environment["SLURM_JOB_ID"]
    token = f"{job} {socket.gethostname()} {secrets.token_hex(8)}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.token"
    temporary = file.with_name(f".{token.replace(' ', '-')}")
    temporary.write_text(token)
    temporary.replace(file)
    (folder / f"{name}.exit").unlink(missing_ok=True)  # left by an earlier attempt
    environment["JOB_GUARD_TOKEN"] = token
    environment["JOB_GUARD_TOKEN_FILE"] = str(file)
    environment["JOB_GUARD_SNAKEMAKE"] = str(os.getpid())
