"""Import closure of a Python file: every file of this package on which its results can depend.

Snakemake reruns a stage when a file of its closure changes (rules/stage_code.py), an interrupted
stage reuses only what the same closure made (provenance.py), and compiled kernels are cached by it
(kernels/compiled_code.py). Standard library only: the rules import this module in every job.
"""

import ast
import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def imported_files(file: Path, package: Path = PACKAGE) -> tuple[Path, ...]:
    """Return the files of ``package`` that a file imports itself, with their data files."""
    if file.suffix != ".py":
        return ()
    found = _data_files(file.parent) if file.name == "__init__.py" else []
    for name in imported_names(file):
        if name.partition(".")[0] == package.name:
            found += _files_of_module(name, package.parent)
    return tuple(found)


def import_closure(
    file: Path,
    package: Path = PACKAGE,
    imports: Callable[[Path, Path], tuple[Path, ...]] = imported_files,
) -> list[Path]:
    """Return ``file``, then all files of ``package`` that it imports, however deep, sorted.

    Imports inside functions count. Data files beside the modules of a package (templates, matrices)
    belong to that package; those of an inner package belong to the inner one alone.

    Args:
        file: a Python file, inside the package or not.
        package: folder of the package; imports of other packages are not followed.
        imports: ``imported_files``, or a cached one for many closures of code that does not change.
    """
    waiting, found = [file], {file}
    while waiting:
        new = set(imports(waiting.pop(), package)) - found
        found |= new
        waiting += new
    return [file, *sorted(found - {file})]


def closure_digest(
    file: Path,
    package: Path = PACKAGE,
    imports: Callable[[Path, Path], tuple[Path, ...]] = imported_files,
) -> str:
    """Return the SHA-256, in hexadecimal, of the names and contents of an import closure.

    Every byte counts, comments too. Folders above the package do not, so that copies of the code
    agree.

    Args:
        file, package, imports: see ``import_closure``.
    """
    digest = hashlib.sha256()
    for path in import_closure(file, package, imports):
        inside = path.is_relative_to(package)
        name = path.relative_to(package).as_posix() if inside else path.name
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def imported_names(file: Path) -> tuple[str, ...]:
    """Return the dotted names that a Python file imports; ruff bans relative ones (TID252)."""
    return _names_in(file.read_text(encoding="utf-8"))


@cache
def _names_in(source: str) -> tuple[str, ...]:
    return tuple(_walk(ast.parse(source)))


def _walk(tree: ast.Module) -> Iterator[str]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.expr):  # no expression contains an import
            waiting += ast.iter_child_nodes(node)


def _data_files(package: Path) -> list[Path]:
    """Return the files of a package that are not Python."""
    inner = [file.parent for file in package.rglob("*/__init__.py")]
    return [
        file
        for file in package.rglob("*")
        if file.is_file()
        and file.suffix != ".py"
        and "__pycache__" not in file.parts
        and not any(map(file.is_relative_to, inner))
    ]


def _files_of_module(name: str, root: Path) -> list[Path]:
    """Return the files that importing a dotted name runs: the module and the packages above it."""
    parts = name.split(".")
    modules = [root.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    candidates = (
        file for module in modules for file in (module / "__init__.py", module.with_suffix(".py"))
    )
    return [file for file in candidates if file.is_file()]
