"""Pure functions of arrays, compiled by Numba.

Compiled kernels are kept in ``cache_folder()``, each module's in a folder named after its import
closure (compiled_code.py). Both variables must be set before Numba is imported.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]


def cache_folder() -> Path:
    """Return the folder of the compiled kernels: the first of ``cache_folders()`` to write to."""
    writable = filter(is_writable, cache_folders())
    return next(writable, None) or next(cache_folders())


def cache_folders() -> Iterator[Path]:
    """Yield the folders that may contain the compiled kernels, the preferred one first.

    READKIN_CACHE names it; else it lies in the clone, or, where ``pip install`` has put the package
    elsewhere, in the user's cache. A clone may be read-only for its users, and a service or
    container may have no home: the user's cache and a folder among the temporary files follow.
    """
    if chosen := os.environ.get("READKIN_CACHE"):
        yield _of_version(Path(chosen).absolute())
    elif (CLONE / "Snakefile").is_file():
        yield _of_version(CLONE / ".numba_cache")
    with suppress(RuntimeError):  # this user has no home
        yield _of_version(
            Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "readkin"
        )
    with suppress(OSError):
        folder = Path(tempfile.gettempdir()) / f"readkin-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        # Numba loads code from it: nobody else may have made it.
        if folder.lstat().st_uid == os.getuid():
            yield _of_version(folder)


def is_writable(folder: Path) -> bool:
    """Return whether this user can write to a folder, which is created if necessary."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _of_version(root: Path) -> Path:
    return root / f"numba-{version('numba')}"


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())
os.environ["NUMBA_CACHE_LOCATOR_CLASSES"] = (
    "readkin.kernels.compiled_code.KernelLocator,UserProvidedCacheLocator"
)
