"""Kernel tests without compilation, where ``NUMBA_DISABLE_JIT=1`` asks for that (coverage)."""

import os

import numpy as np
import pytest

from readkin.import_closure import PACKAGE, import_closure

IS_UNCOMPILED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
VECTORS = PACKAGE / "kernels" / "simd"
ABOUT_COMPILATION = ("test_compiled_code.py", "test_processors.py")

if IS_UNCOMPILED:
    np.seterr(over="ignore")  # integers wrap without a warning, as compiled ones do


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the compiler."""
    for item in items if IS_UNCOMPILED else []:
        if item.path.name in ABOUT_COMPILATION or any(
            VECTORS in file.parents for file in import_closure(item.path)
        ):
            item.add_marker(pytest.mark.skip(reason="explicit vectors exist as compiled code only"))
