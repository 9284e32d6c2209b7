"""Examples in the docstrings of kernels: their results are those that the docstrings show."""

import doctest
import importlib
import pkgutil

import pytest

from readkin import kernels

MODULES = [module.name for module in pkgutil.walk_packages(kernels.__path__, "readkin.kernels.")]
EXAMPLES = [
    pytest.param(test, id=test.name.removeprefix("readkin.kernels."))
    for name in MODULES
    for test in doctest.DocTestFinder().find(importlib.import_module(name))
    if test.examples
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example):
    assert doctest.DocTestRunner().run(example).failed == 0


def test_functions_for_notebooks_have_examples():
    names = {param.values[0].name.rsplit(".", 1)[-1] for param in EXAMPLES}
    expected = "align_pairs bit_score dna_scoring evalue reverse_complements score_all score_pairs"
    assert set(expected.split()) <= names
