"""Pure functions of arrays, compiled by Numba.

Compiled kernels are kept in ``cache_folder()``, each module's in a folder named after its import
closure (compiled_code.py). Both variables must be set before Numba is imported.
"""

import os
from importlib.metadata import version
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]


def cache_folder() -> Path:
    """Return the folder of the compiled kernels.

    READKIN_CACHE names it; else it lies in the clone, or, where ``pip install`` has put the package
    elsewhere, in the user's cache.
    """
    if chosen := os.environ.get("READKIN_CACHE"):
        root = Path(chosen)
    elif (CLONE / "Snakefile").is_file():
        root = CLONE / ".numba_cache"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "readkin"
    return root / f"numba-{version('numba')}"


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())
os.environ["NUMBA_CACHE_LOCATOR_CLASSES"] = (
    "readkin.kernels.compiled_code.KernelLocator,UserProvidedCacheLocator"
)
