"""Which start of a Slurm job may write the job's output.

Slurm starts a job again when it loses the job's node. A node that is only cut off goes on writing
to the shared folders. Each start therefore puts its name into a file (rules/slurm_job.py), and who
finds another name there has been superseded.
"""

import os
from pathlib import Path

from formats.errors import SupersededError


def stop_if_superseded() -> None:
    """Call it before output is put in place or removed; outside Slurm it does nothing.

    Raises:
        SupersededError: another start of this job owns the output.
    """
    file, own = os.environ.get("READKIN_OWNER_FILE"), os.environ.get("READKIN_OWNER")
    if file and (owner := Path(file).read_text()) != own:
        raise SupersededError(
            file,
            f"{owner!r}, a later start of this job",
            f"{own!r}",
            "nothing to do: the later start writes the output",
        )
