"""Pure functions of arrays, compiled by Numba.

Compiled kernels are kept in ``cache_folder()``, each module's in a folder named after its import
closure (compiled_code.py). Both variables must be set before Numba is imported.
"""

import os
from importlib.metadata import version
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder of the compiled kernels; READKIN_CACHE moves it out of the clone."""
    root = os.environ.get("READKIN_CACHE") or Path(__file__).resolve().parents[3] / ".numba_cache"
    return Path(root) / f"numba-{version('numba')}"


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())
os.environ["NUMBA_CACHE_LOCATOR_CLASSES"] = (
    "readkin.kernels.compiled_code.KernelLocator,UserProvidedCacheLocator"
)
