"""Fingerprints: what decides the content of a file, in one hash."""

import hashlib
import json
import mmap
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any


def fingerprint_of(parameters: Mapping[str, Any], code: Sequence[ModuleType] = ()) -> str:
    """SHA-256, in hexadecimal, of settings and of the source files of modules.

    The sources stand for the version of a method: nobody has to remember to raise a number.
    """
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for module in code:
        digest.update(hashlib.sha256(Path(str(module.__file__)).read_bytes()).digest())
    return digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        if os.fstat(file.fileno()).st_size:  # an empty file cannot be mapped
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                digest.update(content)
    return digest.hexdigest()
