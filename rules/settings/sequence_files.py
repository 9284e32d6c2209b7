"""Check of the reference, and of queries and database of a search, before a run.

The main process reads these files to their end with the same code as the stages. A file whose check
took long is checked again only if it, or the code, has changed.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from readkin.errors import InputError
from rules.settings.mistakes import Diagnosis, Mistake

SECONDS_WORTH_REMEMBERING = 1
BYTES_WORTH_A_MESSAGE = 256 << 20
MEMORY = Path(".snakemake", "checked_sequences")
"""Folder in the working directory: one empty file per check, named by a hash of what it saw."""


def check_reference_file(path: str, base_dir: Path, key: str) -> Mistake | None:
    """Check a reference.

    Args:
        path: an existing file, as the user wrote it.
        base_dir: folder that relative paths start from.
        key: setting that contains the path.
    """
    from readkin.formats import reference

    return _checked(path, base_dir, key, "reference", reference.check_reference)


def check_search_file(
    path: str, base_dir: Path, key: str, matrix: str | None = None
) -> Mistake | None:
    """Check queries or a database; arguments as ``check_reference_file``.

    Args:
        matrix: substitution matrix of a search in proteins; None for DNA.
    """
    from readkin.formats import sequences
    from readkin.formats.substitution_matrix import read_matrix

    alphabet = sequences.DNA if matrix is None else read_matrix(matrix).letters

    def check(file: Path) -> None:
        sequences.check_sequences(file, alphabet)

    return _checked(path, base_dir, key, alphabet, check)


def _checked(
    path: str, base_dir: Path, key: str, kind: str, check: Callable[[Path], None]
) -> Mistake | None:
    file = base_dir / path
    try:
        marker = base_dir / MEMORY / _fingerprint(file, kind)
        if marker.exists():
            return None
        if file.stat().st_size > BYTES_WORTH_A_MESSAGE:
            sys.stderr.write(f"Checking all of {path}, once ...\n")
        start = time.monotonic()
        check(file)
        if time.monotonic() - start > SECONDS_WORTH_REMEMBERING:
            _remember(marker)
    except InputError as error:
        where, *diagnosis = error.args
        line = where.removeprefix(str(file)).lstrip(":")
        return Mistake(path, int(line) if line else None, key, Diagnosis(*diagnosis))
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        what_to_do = "correct its permissions or copy it again"
        return Mistake(path, None, key, Diagnosis(found, "a readable file", what_to_do))
    return None


def _fingerprint(file: Path, kind: str) -> str:
    """Return a hash of what identifies a file's content, of the kind of check, and of its code."""
    from readkin.formats import reference
    from readkin.provenance import fingerprint_of

    status = file.stat()
    seen = {"size": status.st_size, "modified": status.st_mtime_ns, "kind": kind}
    return fingerprint_of({"file": str(file.resolve()), **seen}, reference.__file__)


def _remember(marker: Path) -> None:
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError:
        pass  # a folder that is only read: the check is repeated
