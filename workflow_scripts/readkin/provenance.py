"""Fingerprints: one hash of everything that determines the content of a file."""

import hashlib
import json
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from readkin.import_closure import closure_digest


def fingerprint_of(parameters: Mapping[str, Any], *code: str | Path) -> str:
    """Return the SHA-256, in hexadecimal, of settings and of the code that applies them.

    The code itself is the version of a method, so that no version number can be forgotten.

    Args:
        parameters: settings, JSON-serialisable.
        code: Python files, usually ``__file__`` of the module that makes the content; each counts
            with all that it imports (import_closure.py).
    """
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for file in code:
        digest.update(closure_digest(Path(file).resolve()).encode())
    return digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        if os.fstat(file.fileno()).st_size:  # an empty file cannot be mapped
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                digest.update(content)
    return digest.hexdigest()
