"""parasail: called from Python, and as a C library by parasail_driver.c.

parasail's striped functions are wrong if opening a gap costs as much as extending it; the benchmark
uses different costs (5 and 2, 12 and 1).
"""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import parasail

from benchmarks.align.workloads import (
    AllAgainstAll,
    CandidatePairs,
    Costs,
    Run,
    SequenceSet,
    Tool,
    UnavailableError,
    Workload,
)

DRIVER = Path(__file__).with_name("parasail_driver.c")
# Widths that can hold the scores; "sat" uses 8 bits, and 16 for scores that overflow them.
SHORT_WIDTHS, LONG_WIDTHS = ("sat", "16"), ("16", "32")


def python_tool() -> Tool:
    """Return the Python package as a tool."""
    return Tool(name="parasail (Python)", version=version("parasail"), variants=python_variants)


def c_tool(build_folder: Path) -> Tool:
    """Compile the driver and return the C library as a tool.

    Raises:
        UnavailableError: there is no C compiler or no libparasail.
    """
    library, version_text = compiled_driver(build_folder)
    return Tool(
        name="parasail (C)",
        version=version_text,
        variants=lambda work: c_variants(library, work),
    )


def widths_for(work: Workload) -> tuple[str, str]:
    """Return the widths that are tried, as in parasail's function names."""
    longest = work.queries if isinstance(work, AllAgainstAll) else work.a
    return SHORT_WIDTHS if longest.lengths.max() < 2000 else LONG_WIDTHS


def pair_functions(work: CandidatePairs) -> Iterator[tuple[str, str, str, str]]:
    """Yield (name of the variant, width, score function or "", trace function or "")."""
    for width in widths_for(work):
        score = f"sw_striped_profile_{width}"
        if work.min_score is None:
            yield f"striped {width}", width, score, ""
            continue
        for kind in ("striped", "scan"):
            trace = f"sw_trace_{kind}_profile_{width}"
            yield f"trace {kind} {width}", width, "", trace
            if kind == "striped":
                yield f"striped {width}, then trace", width, score, trace


# --- from Python


def python_matrix(costs: Costs) -> Any:
    """Return parasail's form of the substitution matrix."""
    matrix = parasail.matrix_create(costs.alphabet, 1, -1)
    for row, column in np.ndindex(*costs.matrix.shape):
        matrix[row, column] = int(costs.matrix[row, column])
    return matrix


def python_variants(work: Workload) -> dict[str, Run]:
    """Return the package's methods for a workload."""
    if isinstance(work, AllAgainstAll):
        return {f"striped {width}": python_all(work, width) for width in widths_for(work)}
    return {
        name: python_pairs(work, width, score, trace)
        for name, width, score, trace in pair_functions(work)
    }


def python_all(work: AllAgainstAll, width: str) -> Run:
    """Return a run that scores every query with every target."""
    matrix, gaps = python_matrix(work.costs), (work.costs.gap_open, work.costs.gap_extend)
    align = getattr(parasail, f"sw_striped_profile_{width}")
    create = getattr(parasail, f"profile_create_{width}")
    queries, targets = work.queries.texts, work.targets.texts

    def scores_of(query: str) -> list[int]:
        profile = create(query, matrix)
        return [align(profile, target, *gaps).score for target in targets]

    return lambda n: np.array(list(chain.from_iterable(map(scores_of, queries[:n]))))


def python_pairs(work: CandidatePairs, width: str, score_name: str, trace_name: str) -> Run:
    """Return a run that scores pairs, and makes CIGARs of those that reach the threshold.

    Args:
        work: the pairs.
        width: of the profile, as in parasail's names.
        score_name: function that scores first, or "".
        trace_name: function with traceback, or "".
    """
    matrix, gaps = python_matrix(work.costs), (work.costs.gap_open, work.costs.gap_extend)
    score = getattr(parasail, score_name) if score_name else None
    trace = getattr(parasail, trace_name) if trace_name else None
    create = getattr(parasail, f"profile_create_{width}")
    min_score = work.min_score or 0
    a, b = work.a.texts, work.b_as_aligned.texts

    def run(n: int) -> np.ndarray:
        scores = np.zeros(n, np.int32)
        for read, start, end in work.groups:
            profile = create(a[read], matrix)
            for pair in range(start, min(end, n)):
                if score:
                    scores[pair] = score(profile, b[pair], *gaps).score
                if trace and not (score and scores[pair] < min_score):
                    result = trace(profile, b[pair], *gaps)
                    scores[pair] = result.score
                    if scores[pair] >= min_score:
                        result.cigar.decode  # noqa: B018
            if end >= n:
                break
        return scores

    return run


# --- from C


class _Sequences(ctypes.Structure):
    """sequences_t of the driver."""

    _fields_ = [("residues", ctypes.c_char_p), ("offsets", ctypes.c_void_p), ("n", ctypes.c_int64)]

    def __init__(self, source: SequenceSet, n: int | None = None) -> None:
        self.offsets_kept = np.ascontiguousarray(source.offsets, np.int64)
        count = len(source) if n is None else n
        super().__init__(source.text, self.offsets_kept.ctypes.data, count)


class _Costs(ctypes.Structure):
    """costs_t of the driver."""

    _fields_ = [("matrix", ctypes.c_void_p), ("open", ctypes.c_int), ("extend", ctypes.c_int)]


def compiled_driver(folder: Path) -> tuple[ctypes.CDLL, str]:
    """Compile the driver with the system's libparasail, or else with that of parasail's wheel.

    Returns:
        The library, and its version as text.

    Raises:
        UnavailableError: there is no C compiler or no libparasail.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise UnavailableError("no C compiler")
    wheel = Path(parasail.__file__).parent
    bundled = next(wheel.glob("libparasail.*"), None)
    choices = {"system's library": ["-lparasail"]}
    if bundled is not None:
        include = f"-I{wheel / 'include'}"
        choices["library of the wheel"] = [include, str(bundled), f"-Wl,-rpath,{wheel}"]
    for name, options in choices.items():
        target = folder / "parasail_driver.so"
        command = [compiler, "-O3", "-shared", "-fPIC", "-o", str(target), str(DRIVER), *options]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            library = ctypes.CDLL(str(target))
            library.make_matrix.restype = ctypes.c_void_p
            return library, f"{parasail_version(library)}, {name}"
    raise UnavailableError("neither the system nor parasail's wheel has libparasail to link")


def parasail_version(library: ctypes.CDLL) -> str:
    """Return the version that libparasail reports."""
    numbers = [ctypes.c_int() for _ in range(3)]
    library.parasail_version(*map(ctypes.byref, numbers))
    return ".".join(str(number.value) for number in numbers)


def c_costs(library: ctypes.CDLL, costs: Costs) -> _Costs:
    """Return the driver's form of a scoring."""
    scores = np.ascontiguousarray(costs.matrix, np.int32)
    matrix = library.make_matrix(costs.alphabet.encode(), len(scores), _address(scores))
    return _Costs(matrix, costs.gap_open, costs.gap_extend)


def c_variants(library: ctypes.CDLL, work: Workload) -> dict[str, Run]:
    """Return the library's methods for a workload."""
    costs = c_costs(library, work.costs)
    if isinstance(work, AllAgainstAll):
        return {
            f"striped {width}": c_all(library, work, costs, width) for width in widths_for(work)
        }
    return {
        name: c_pairs(library, work, costs, (score, trace))
        for name, _, score, trace in pair_functions(work)
    }


def c_all(library: ctypes.CDLL, work: AllAgainstAll, costs: _Costs, width: str) -> Run:
    """Return a run that scores every query with every target."""
    function = f"sw_striped_profile_{width}".encode()
    targets = _Sequences(work.targets)

    def run(n: int) -> np.ndarray:
        scores = np.empty(work.pairs(n), np.int32)
        queries = _Sequences(work.queries, n)
        _checked(
            library.score_all(
                function,
                ctypes.byref(queries),
                ctypes.byref(targets),
                ctypes.byref(costs),
                _address(scores),
            )
        )
        return scores

    return run


def c_pairs(
    library: ctypes.CDLL, work: CandidatePairs, costs: _Costs, functions: tuple[str, str]
) -> Run:
    """Return a run that scores and traces pairs; functions: of score and of trace, "" for none."""
    names = [name.encode() for name in functions]
    a = _Sequences(work.a)
    operations = ctypes.c_int64()

    def run(n: int) -> np.ndarray:
        scores = np.empty(n, np.int32)
        b = _Sequences(work.b_as_aligned, n)
        _checked(
            library.pairs(
                *names,
                ctypes.byref(a),
                _address(work.index_a),
                ctypes.byref(b),
                ctypes.byref(costs),
                ctypes.c_int(work.min_score or 0),
                _address(scores),
                ctypes.byref(operations),
            )
        )
        return scores

    return run


def _address(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _checked(status: int) -> None:
    if status:
        raise RuntimeError("libparasail has no function of that name")
