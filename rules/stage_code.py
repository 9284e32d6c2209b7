"""Which files a stage's command is made of, so that editing one reruns exactly its stages."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "workflow_scripts"


def files_of(command: str, scripts: Path = SCRIPTS) -> list[str]:
    """The command's file, then every file under ``scripts`` that it imports, however deep.

    Files beside a package's modules that are no Python (templates) belong to the package, those of
    an inner package to that alone.

    Returns:
        Paths relative to the working directory: they stay the same when a clone moves.
    """
    waiting, found = [scripts / command], []
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        if path.suffix != ".py":
            continue
        if path.name == "__init__.py":
            waiting += _templates_of(path.parent)
        for name in imported_names(path):
            waiting += _files_of_module(name, scripts)
    return [os.path.relpath(path) for path in (found[0], *sorted(found[1:]))]


def imported_names(path: Path) -> Iterator[str]:
    """Dotted names that a Python file imports; relative imports are banned by ruff (TID252)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _templates_of(package: Path) -> list[Path]:
    inner = [file.parent for file in package.rglob("*/__init__.py")]
    others = (file for file in package.rglob("*") if file.suffix != ".py" and file.is_file())
    return [
        file
        for file in others
        if "__pycache__" not in file.parts and not any(map(file.is_relative_to, inner))
    ]


def _files_of_module(name: str, scripts: Path) -> list[Path]:
    parts = name.split(".")
    modules = [scripts.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    candidates = [
        file for module in modules for file in (module / "__init__.py", module.with_suffix(".py"))
    ]
    return [file for file in candidates if file.exists()]
