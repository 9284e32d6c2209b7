"""The Slurm guard belongs to no workflow: it can be offered to Snakemake as it is."""

import ast
import sys
from pathlib import Path

import pytest

from rules import slurm_guard

FOLDER = Path(slurm_guard.__file__).parent


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_imports_only_itself_snakemake_and_the_standard_library(file):
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    own = {name for name in names if name.startswith("rules.slurm_guard.") or name == "slurm"}
    others = {name.split(".")[0] for name in names - own}
    assert others <= set(sys.stdlib_module_names) | {"snakemake"}


def test_no_file_names_this_workflow():
    for file in FOLDER.iterdir():
        if file.is_file():
            assert "readkin" not in file.read_text(), file


def test_readme_describes_every_module():
    text = (FOLDER / "README.md").read_text()
    for file in FOLDER.glob("*.py"):
        assert file.stem == "__init__" or f"`{file.name}`" in text, file
