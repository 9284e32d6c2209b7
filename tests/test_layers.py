"""Imports flow one way: commands -> stages' packages -> formats, parallel -> kernels."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from readkin.import_closure import PACKAGE, imported_names
from rules.stage_code import SCRIPTS

KERNEL_PACKAGES = {"math", "numpy", "numba", "llvmlite", "typing", "collections", "dataclasses"}
# Standard library only, for the rules too.
LIGHT = {"assemblers", "errors", "import_closure", "mates", "presets"}
BASE = LIGHT | {"progress", "provenance", "bases_on_node"}
BELOW = BASE | {"formats", "parallel", "kernels"}
# room: other rooms and modules of the package that it may import
ROOMS = {
    "kernels": {"kernels"},
    "parallel": {"parallel", "errors"},
    "formats": {"formats", "kernels", "errors", "mates", "import_closure", "provenance"},
    "embedding": {"embedding"} | BELOW - {"parallel"},
    "join": {"join"} | BELOW,
    "align": {"align"} | BELOW,
    "pieces": {"pieces"} | BELOW,
    "clusters": {"clusters"} | BELOW,
    "search": {"search"} | BELOW,
    "truth": {"truth"} | BELOW,
    "simulation": {"simulation"} | BELOW - {"parallel"},
    "report": {"report"} | BELOW - {"parallel"},
    "objects": {"objects", "formats", "errors", "provenance"},
    "raw_reads": {"raw_reads", "formats", "errors", "mates"},
    "preflight": {"preflight", "errors", "formats", "parallel"},
}
MODULES = {
    "command": {"errors", "formats"},
    "progress": set(),
    "provenance": {"import_closure"},
    "bases_on_node": {"formats", "kernels", "parallel"},
}
LAZY = {"mpi4py": "parallel", "ray": "parallel", "torch": "embedding", "transformers": "embedding"}
LAZY |= {"boto3": "objects", "botocore": "objects"}
LIBRARY = sorted(PACKAGE.rglob("*.py"))


def outside(path: Path) -> set[str]:
    """Top-level names that a file imports."""
    return {name.split(".")[0] for name in imported_names(path)}


def rooms_imported(path: Path) -> set[str]:
    """Rooms and modules of the package that a file imports."""
    names = (name.split(".") for name in imported_names(path))
    return {name[1] for name in names if name[0] == PACKAGE.name and len(name) > 1}


def files_of_room(room: str) -> Iterator[Path]:
    """Files of a room, packages inside it too."""
    files = sorted((PACKAGE / room).rglob("*.py"))
    assert files
    yield from files


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_what_it_may(room):
    for path in files_of_room(room):
        if path.parent == PACKAGE / "kernels" and path.stem in ("__init__", "compiled_code"):
            continue  # they choose the folder of compiled kernels
        assert rooms_imported(path) <= ROOMS[room], path


def test_kernels_know_arrays_only():
    for path in files_of_room("kernels"):
        if path.parent == PACKAGE / "kernels" and path.stem in ("__init__", "compiled_code"):
            continue
        assert outside(path) <= KERNEL_PACKAGES | {PACKAGE.name}, path


def test_modules_that_rules_import_need_the_standard_library_only():
    light_formats = ("compression", "fastq_records", "truth_columns")
    light = [*LIGHT, "parallel/launch", *(f"formats/{name}" for name in light_formats)]
    light += ["objects/uri", "objects/settings"]
    for path in (PACKAGE / f"{name}.py" for name in light):
        assert outside(path) - {PACKAGE.name} <= set(sys.stdlib_module_names), path
        assert rooms_imported(path) <= LIGHT, path


def test_every_room_and_module_has_its_rule():
    assert {path.name for path in PACKAGE.iterdir() if list(path.glob("*.py"))} == set(ROOMS)
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "api"}
    assert modules == set(MODULES) | LIGHT
    for name, allowed in MODULES.items():
        assert rooms_imported(PACKAGE / f"{name}.py") <= allowed, name


def test_commands_are_not_imported():
    commands = {path.stem for path in SCRIPTS.glob("*.py")}
    for path in LIBRARY:
        assert not outside(path) & commands, path
        assert "command" not in rooms_imported(path), path


def test_scripts_folder_shows_commands_only():
    for path in SCRIPTS.glob("*.py"):
        functions = {
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef)
        }
        assert {"parse_arguments", "main"} <= functions, path
        assert path.stem not in sys.stdlib_module_names, path


def test_nothing_here_knows_snakemake():
    for path in SCRIPTS.rglob("*.py"):
        assert "snakemake" not in outside(path), path


def test_slow_packages_are_imported_inside_functions_of_one_room_only():
    for path in SCRIPTS.rglob("*.py"):
        tree = ast.parse(path.read_text())
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name.split(".")[0] for node in top for alias in node.names}
        names |= {(n.module or "").split(".")[0] for n in top if isinstance(n, ast.ImportFrom)}
        assert not names & LAZY.keys(), path
        for name in outside(path) & LAZY.keys():
            assert path.parent.name == LAZY[name], path


def test_kernels_keep_their_compiled_code():
    """Each njit kernel is cached and releases the GIL, unless it is inlined into others."""
    for path in files_of_room("kernels"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                if ast.unparse(decorator).startswith("njit"):
                    options = {k.arg for k in decorator.keywords}  # type: ignore[attr-defined]
                    assert "inline" in options or {"cache", "nogil"} <= options, node.name


def test_executor_plugin_could_be_published_on_its_own():
    """It imports Ray when an executor is created: Snakemake imports plugins at each start."""
    folder = SCRIPTS.parent / "executors" / "ray"
    for path in [file for file in folder.rglob("*") if file.suffix in (".py", ".md", ".toml")]:
        assert "readkin" not in path.read_text(), path
    lazy = {"ray", *LAZY}
    for path in (folder / "src").rglob("*.py"):
        top = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.Import)]
        assert not {alias.name.split(".")[0] for node in top for alias in node.names} & lazy, path
