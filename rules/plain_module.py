"""Modules of the commands that are plain data, for the rules to read."""

from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


@cache
def plain_module(path: Path) -> ModuleType:
    """The module in a file, without its package, which would need NumPy and Numba in every job."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
