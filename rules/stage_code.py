"""Files that a stage's command is made of, so that editing one reruns exactly its stages."""

import os
from pathlib import Path

from readkin.import_closure import PACKAGE, import_closure

SCRIPTS = PACKAGE.parent


def files_of(command: str, scripts: Path = SCRIPTS) -> list[str]:
    """Return the command's file, then every file of the package that it imports, however deep.

    Returns:
        Paths relative to the working directory: they stay the same when a clone moves.
    """
    files = import_closure(scripts / command, scripts / PACKAGE.name)
    return [os.path.relpath(path) for path in files]
