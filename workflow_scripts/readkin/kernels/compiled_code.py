"""Cache of compiled kernels, by the content of their import closures.

Numba's disk cache checks only the file of the compiled function itself: after an edit of an
imported kernel it would continue to serve the old code (a limitation that its manual lists), and
equal code in different folders would be compiled for each. Here the folder of each module is named
after the module's import closure: a stale kernel can never run, an edit recompiles only the
modules that import the edited one, and copies of the code share what is compiled.
"""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from numba.core.caching import UserProvidedCacheLocator

from readkin.import_closure import closure_digest, imported_files
from readkin.kernels import cache_folders

KERNELS = Path(__file__).parent
_imported_files = cache(imported_files)  # the modules share most of theirs


class KernelLocator(UserProvidedCacheLocator):
    """Finds the compiled code of functions of this package, and of no others."""

    def __init__(self, py_func: Any, py_file: str, folder: Path) -> None:
        super().__init__(py_func, py_file)
        self._folder = str(folder / _folder_of(Path(py_file)))

    def get_cache_path(self) -> str:
        """Return the folder of the module."""
        return self._folder

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Return a locator for the function; None for one of another package.

        Its folder may be one that another user has made, who shares the cache: then the next one
        is used.
        """
        if Path(py_file).is_relative_to(KERNELS):
            for folder in cache_folders():
                locator = cls(py_func, py_file, folder)
                with suppress(OSError):
                    locator.ensure_cache_path()
                    return locator
        return None


@cache
def _folder_of(module: Path) -> str:
    name = module.relative_to(KERNELS).with_suffix("").as_posix()
    return f"{name}-{closure_digest(module, imports=_imported_files)[:16]}"
