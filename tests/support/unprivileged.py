"""Commands for which permissions count, as they do for ordinary users."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest


def without_privileges(command: Sequence[object]) -> list[str]:
    """Return the command, for which a read-only folder is read-only even if it runs as root."""
    words = list(map(str, command))
    if os.geteuid() != 0:
        return words
    if shutil.which("setpriv") is None:
        pytest.skip("root can write everywhere, and there is no setpriv")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--", *words]


def make_read_only(folder: Path) -> None:
    """Take the permission to write from a folder and all that it contains."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o555)


def make_writable(folder: Path) -> None:
    """Undo ``make_read_only``, so that the folder can be removed."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
