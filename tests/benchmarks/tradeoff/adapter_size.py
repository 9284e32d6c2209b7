"""Size of the code, and of the installed packages, that each engine needs for the same function."""

import io
import tokenize
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.repository import REPOSITORY

ENGINES = Path(__file__).with_name("engines")
PACKAGES: dict[str, tuple[str, ...]] = {
    "one_process": (),
    "threads": (),
    "processes": (),
    "mpi": ("mpi4py", "openmpi"),
    "ray_tasks": ("ray",),
    "ray_actors": ("ray",),
    "ray_data": ("ray[data]",),
    "dask_tasks": ("distributed",),
}
"""Packages that the engines import; Slurm is no Python package."""
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def lines_of_code(source: str) -> int:
    """Return the number of lines of Python that are neither blank, comment nor docstring.

    >>> lines_of_code('\"\"\"Text.\"\"\"\\n\\n# note\\nx = 1  # one\\ny = (\\n    2\\n)\\n')
    4
    """
    lines: set[int] = set()
    begins_line = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_docstring = begins_line and token.type == tokenize.STRING
        if token.type not in NO_CODE and not is_docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
        begins_line = token.type in NO_CODE - {tokenize.COMMENT, tokenize.NL} or (
            begins_line and token.type in NO_CODE
        )
    return len(lines)


def size_of(engine: str) -> int:
    """Return the lines of code of an engine."""
    return lines_of_code((ENGINES / f"{engine}.py").read_text())


def packages_mb(engine: str) -> float:
    """Return the size of an engine's packages, with what these require in turn, MB.

    Those that the kernels need anyway (`dependencies` in pyproject.toml) do not count.
    """
    of_kernels = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    beyond = required(PACKAGES[engine]) - required(of_kernels["dependencies"])
    return sum(map(installed_bytes, beyond)) / 1e6


def required(requirements: Iterable[str]) -> set[str]:
    """Return the names of packages and of all that they require."""
    found: set[tuple[str, str]] = set()  # package and extra
    waiting = list(map(Requirement, requirements))
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras} - {e for n, e in found if n == name}:
            found.add((name, extra))
            waiting += requirements_of(name, extra)
    return {name for name, _ in found}


def requirements_of(name: str, extra: str) -> list[Requirement]:
    """Return what a package, with an extra, requires on this machine."""
    every = map(Requirement, distribution(name).requires or [])
    return [r for r in every if r.marker is None or r.marker.evaluate({"extra": extra})]


def installed_bytes(name: str) -> int:
    """Return the size of the files of a package."""
    paths = (Path(str(file.locate())) for file in distribution(name).files or [])
    return sum(path.stat().st_size for path in paths if path.is_file())
