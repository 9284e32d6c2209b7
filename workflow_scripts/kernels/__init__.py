"""Pure functions of arrays, compiled by Numba.

Numba's disk cache checks only the file of the compiled function itself, so after an edit of an
imported kernel it would go on serving the old code (a limitation its manual lists). Here, and only
here, the cache folder is therefore named after a hash of all kernels and Numba's version, before
any kernel is compiled. Copies of the code share what is in it (compiled_code.py).
"""

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

KERNEL_FILES = sorted(Path(__file__).parent.glob("*.py"))


def code_version() -> str:
    """Hash of all kernel sources and of Numba's version: changes when a result could change."""
    digest = hashlib.sha256(version("numba").encode())
    for file in KERNEL_FILES:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Folder of the compiled kernels; READKIN_CACHE moves it out of the clone."""
    root = os.environ.get("READKIN_CACHE") or Path(__file__).resolve().parents[2] / ".numba_cache"
    return Path(root) / code_version()


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())
os.environ["NUMBA_CACHE_LOCATOR_CLASSES"] = (
    "kernels.compiled_code.KernelLocator,UserProvidedCacheLocator"
)
