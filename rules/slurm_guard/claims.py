"""What Snakemake does inside a Slurm job before the stage's command: say who owns the output.

Slurm starts a job again when it loses a node. Should the lost node only be cut off, the old start
goes on writing. So each start puts its name into the job's `.token` file, and the commands look
there before they put anything in place (workflow_scripts/readkin/formats/atomic_write.py).
"""

import os
import secrets
import shlex
import socket
from collections.abc import MutableMapping
from pathlib import Path

SHELL_CODE = Path(__file__).resolve().with_name("claims.sh")


def enter_job(
    records: Path,
    attempt: int,
    environment: MutableMapping[str, str] = os.environ,
) -> str | None:
    """Claim the output for this start of the job; its commands learn of that by environment.

    Snakemake runs twice in a job: the first claims, the second (``srun``) inherits.

    Args:
        records: as of ``slurm_accounting.install``.
        attempt: how often Snakemake has submitted this job, from 1.

    Returns:
        Shell code to be run before the stage's command; None where this is no job of a run with
        records (somebody started Snakemake inside a Slurm job).
    """
    job = environment.get("SLURM_JOB_ID", "")
    if not environment.get("SLURM_GUARD_TOKEN", "").startswith(f"{job} "):
        folder = records.absolute() / environment.get("SLURM_JOB_NAME", "")
        if not (job and environment.get("SLURM_JOB_NAME") and folder.is_dir()):
            return None
        _claim(folder, job, environment)
    environment["SLURM_GUARD_ATTEMPT"] = str(attempt)
    quoted = shlex.quote(str(SHELL_CODE)).replace("{", "{{").replace("}", "}}")
    return f"set -euo pipefail; source {quoted}; "


def _claim(folder: Path, job: str, environment: MutableMapping[str, str]) -> None:
    owner = f"{job} {socket.gethostname()} {secrets.token_hex(8)}"
    file = folder / f"{job}.token"
    temporary = file.with_name(f".{owner.replace(' ', '-')}")
    temporary.write_text(owner)
    temporary.replace(file)
    (folder / f"{job}.exit").unlink(missing_ok=True)  # of a start before this one
    environment["SLURM_GUARD_TOKEN"] = owner
    environment["SLURM_GUARD_TOKEN_FILE"] = str(file)
    environment["SLURM_GUARD_SNAKEMAKE"] = str(os.getpid())
