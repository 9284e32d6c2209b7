"""Where compiled kernels are kept: the same place for every copy of the code.

Numba tells code in different folders apart by their names, so that each clone, and each folder that
a cluster copies the code to, would be compiled anew. Here the content alone counts: the folder is
named after all kernels (see __init__.py), and Numba itself checks a function's file by its content.
"""

from typing import Any

from numba.core.caching import UserProvidedCacheLocator

HERE = __file__.rpartition("/")[0]


class KernelLocator(UserProvidedCacheLocator):
    """Finds the compiled code of functions of this folder, and of no others."""

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        """The folder's name, whatever folders it lies in."""
        return HERE.rpartition("/")[2]

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """A locator for the function; None for one of another folder."""
        return super().from_function(py_func, py_file) if py_file.startswith(HERE) else None
