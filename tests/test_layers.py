"""Data flows one way: commands -> formats, parallel, kernels; kernels know only arrays."""

import ast
import sys
from pathlib import Path

import pytest

from rules.stage_code import SCRIPTS, imported_names

# folder: other packages and folders of ours that it may import
ALLOWED = {
    "kernels": {
        "math",
        "numpy",
        "numba",
        "llvmlite",
        "typing",
        "collections",
        "dataclasses",
        "kernels",
    },
    "formats": {
        "numpy",
        "h5py",
        "pyarrow",
        "pysam",
        "mappy",
        "dnaio",
        "isal",
        "formats",
        "kernels",
    },
    "embedding": {"numpy", "torch", "transformers", "embedding", "formats", "kernels"},
    "parallel": {"numpy", "mpi4py", "ray", "parallel"},
    "reporting": {"numpy", "plotly", "jinja2", "pyarrow", "yaml", "reporting", "formats"},
    "preflight": {"numpy", "packaging", "preflight", "formats", "parallel"},
    "searching": {"numpy", "pyarrow", "searching", "formats", "kernels", "parallel"},
    "comparison": {"numpy", "sklearn", "pyarrow", "comparison", "formats", "kernels"},
}
LAZY = {"mpi4py": "parallel", "ray": "parallel", "torch": "embedding", "transformers": "embedding"}


def outside(path: Path) -> set[str]:
    """Top-level names that a file imports."""
    return {name.split(".")[0] for name in imported_names(path)}


@pytest.mark.parametrize("folder", ALLOWED)
def test_folder_imports_only_what_it_may(folder):
    standard = set() if folder == "kernels" else set(sys.stdlib_module_names)
    files = sorted((SCRIPTS / folder).glob("*.py"))
    assert files
    for path in files:
        if path == SCRIPTS / "kernels" / "__init__.py":
            continue  # it names Numba's cache folder after a hash of the kernels' files
        assert outside(path) <= ALLOWED[folder] | standard, path


def test_every_folder_has_its_rule():
    folders = {path.parent.name for path in SCRIPTS.glob("*/*.py")}
    assert folders == set(ALLOWED)


def test_nothing_here_knows_snakemake():
    for path in SCRIPTS.rglob("*.py"):
        assert "snakemake" not in outside(path), path


def test_slow_packages_are_imported_inside_functions_of_one_folder_only():
    for path in SCRIPTS.rglob("*.py"):
        top = [node for node in ast.parse(path.read_text()).body
               if isinstance(node, ast.Import | ast.ImportFrom)]  # fmt: skip
        names = {alias.name.split(".")[0] for node in top for alias in node.names}
        names |= {(node.module or "").split(".")[0] for node in top
                  if isinstance(node, ast.ImportFrom)}  # fmt: skip
        assert not names & LAZY.keys(), path
        for name in outside(path) & LAZY.keys():
            assert path.parent.name == LAZY[name], path


def test_no_file_hides_a_standard_module():
    for path in SCRIPTS.glob("*"):
        assert path.stem not in sys.stdlib_module_names, path


def test_kernels_keep_their_compiled_code():
    """Each njit kernel is cached and releases the GIL, unless it is inlined into others."""
    for path in (SCRIPTS / "kernels").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                if ast.unparse(decorator).startswith("njit"):
                    options = {k.arg for k in decorator.keywords}  # type: ignore[attr-defined]
                    assert "inline" in options or {"cache", "nogil"} <= options, node.name
