"""Examples in docstrings are true."""

import doctest
import importlib

import pytest

from readkin.import_closure import PACKAGE

WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text() and path.name != "__init__.py"
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


def test_public_functions_have_examples() -> None:
    assert {"readkin.kernels.smith_waterman.alignment", "readkin.api"} <= set(WITH_EXAMPLES)
