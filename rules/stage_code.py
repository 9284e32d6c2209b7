"""Code files of each stage, so that editing one reruns exactly the stages that use it."""

import os
from functools import cache
from pathlib import Path

from readkin.import_closure import PACKAGE, closure_digest, import_closure, imported_files

SCRIPTS = PACKAGE.parent
# Stages share most files, and each job is one start of Snakemake or two: each file is read once.
_imports = cache(imported_files)


def files_of(command: str, scripts: Path = SCRIPTS) -> list[str]:
    """Return the file of a command, then all package files that it imports directly or indirectly.

    Returns:
        Paths relative to the working directory, so that moving a clone changes nothing.
    """
    files = import_closure(scripts / command, scripts / PACKAGE.name, _imports)
    return [os.path.relpath(path) for path in files]


def digest_of(command: str) -> str:
    """Return a hash of the code of a command."""
    return closure_digest(SCRIPTS / command)
