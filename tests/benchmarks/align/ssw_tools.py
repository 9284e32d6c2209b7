"""SSW: called from Python (ssw-py), as a C library by ssw_driver.c, and as Debian's command.

The C library is compiled from the source code in the ssw-py package.
"""

import ctypes
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.align.workloads import (
    DNA,
    DNA_MATCH,
    DNA_MISMATCH,
    AllAgainstAll,
    CandidatePairs,
    Run,
    SequenceSet,
    Tool,
    UnavailableError,
    Workload,
)

try:
    import ssw
except ImportError:
    ssw = None

DRIVER = Path(__file__).with_name("ssw_driver.c")
SCORE_ONLY, CIGAR_FROM_SCORE = 0, 2  # SSW's flags


def python_tool() -> Tool:
    """Return the Python package as a tool.

    Raises:
        UnavailableError: ssw-py is not installed.
    """
    if ssw is None:
        raise UnavailableError("not installed")
    return Tool(name="ssw-py", version=version("ssw-py"), variants=python_variants)


def python_variants(work: Workload) -> dict[str, Run]:
    """Return the package's method for a workload; it supports DNA only."""
    if work.costs is not DNA:
        return {}
    manager = ssw.AlignmentMgr(match_score=DNA_MATCH, mismatch_penalty=-DNA_MISMATCH)
    costs = {"gap_open": work.costs.gap_open, "gap_extension": work.costs.gap_extend}
    if isinstance(work, AllAgainstAll):
        return {"align": python_all(work, manager, costs)}
    return {"align": python_pairs(work, manager, costs)}


def python_all(work: AllAgainstAll, manager: "ssw.AlignmentMgr", costs: dict[str, int]) -> Run:
    """Return a run that scores every query with every target."""
    queries, targets = work.queries.texts, work.targets.texts

    def run(n: int) -> np.ndarray:
        scores = []
        for query in queries[:n]:
            manager.set_read(query)
            for target in targets:
                manager.set_reference(target)
                found = manager.align(**costs, bitwise_flag=SCORE_ONLY)
                scores.append(found.optimal_score)
        return np.array(scores)

    return run


def python_pairs(work: CandidatePairs, manager: "ssw.AlignmentMgr", costs: dict[str, int]) -> Run:
    """Return a run that aligns pairs, with CIGARs of those that reach the threshold."""
    a, b = work.a.texts, work.b_as_aligned.texts
    if work.min_score is not None:
        costs = costs | {"bitwise_flag": CIGAR_FROM_SCORE, "score_cutoff": work.min_score}
    else:
        costs = costs | {"bitwise_flag": SCORE_ONLY}

    def run(n: int) -> np.ndarray:
        scores = []
        for read, start, end in work.groups:
            manager.set_read(a[read])
            for target in b[start : min(end, n)]:
                manager.set_reference(target)
                scores.append(manager.align(**costs).optimal_score)
            if end >= n:
                break
        return np.array(scores)

    return run


# --- from C


class _Sequences(ctypes.Structure):
    """sequences_t of the driver."""

    _fields_ = [("codes", ctypes.c_void_p), ("offsets", ctypes.c_void_p), ("n", ctypes.c_int64)]

    def __init__(self, source: SequenceSet, n: int | None = None) -> None:
        self.arrays_kept = source.codes, np.ascontiguousarray(source.offsets, np.int64)
        count = len(source) if n is None else n
        super().__init__(*(array.ctypes.data for array in self.arrays_kept), count)


class _Costs(ctypes.Structure):
    """costs_t of the driver."""

    _fields_ = [
        ("matrix", ctypes.c_void_p),
        ("n_codes", ctypes.c_int32),
        ("open", ctypes.c_int32),
        ("extend", ctypes.c_int32),
    ]

    def __init__(self, work: Workload) -> None:
        self.matrix_kept = np.ascontiguousarray(work.costs.matrix, np.int8)
        super().__init__(
            matrix=self.matrix_kept.ctypes.data,
            n_codes=len(self.matrix_kept),
            open=work.costs.gap_open,
            extend=work.costs.gap_extend,
        )


def c_tool(folder: Path) -> Tool:
    """Compile the driver and return the C library as a tool.

    Raises:
        UnavailableError: there is no C compiler or no ssw-py, or the driver does not compile.
    """
    if ssw is None:
        raise UnavailableError("ssw-py, which contains its source code, is not installed")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    source = Path(ssw.__file__).parent / "lib" / "CSSWL" / "src"
    if compiler is None or not (source / "ssw.c").exists():
        raise UnavailableError(
            "no C compiler" if compiler is None else "ssw-py without its source code"
        )
    target = folder / "ssw_driver.so"
    command = [compiler, "-O3", "-shared", "-fPIC", f"-I{source}", "-o", str(target)]
    done = subprocess.run(
        [*command, str(DRIVER), str(source / "ssw.c")], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UnavailableError(f"does not compile: {done.stderr.splitlines()[0]}")
    library = ctypes.CDLL(str(target))
    return Tool(
        name="SSW (C)",
        version=f"in ssw-py {version('ssw-py')}",
        variants=lambda work: c_variants(library, work),
    )


def c_variants(library: ctypes.CDLL, work: Workload) -> dict[str, Run]:
    """Return the library's method for a workload."""
    costs = _Costs(work)
    if isinstance(work, AllAgainstAll):
        targets = _Sequences(work.targets)

        def run_all(n: int) -> np.ndarray:
            scores = np.empty(work.pairs(n), np.int32)
            queries = _Sequences(work.queries, n)
            library.score_all(
                ctypes.byref(queries),
                ctypes.byref(targets),
                ctypes.byref(costs),
                ctypes.c_void_p(scores.ctypes.data),
            )
            return scores

        return {"C": run_all}
    a, index_a = _Sequences(work.a), work.index_a
    min_score = 0 if work.min_score is None else work.min_score

    def run_pairs(n: int) -> np.ndarray:
        scores = np.empty(n, np.int32)
        b = _Sequences(work.b_as_aligned, n)
        library.pairs(
            ctypes.byref(a),
            ctypes.c_void_p(index_a.ctypes.data),
            ctypes.byref(b),
            ctypes.byref(costs),
            ctypes.c_int(min_score),
            ctypes.c_void_p(scores.ctypes.data),
        )
        return scores

    return {"C": run_pairs}


# --- the command


def command_tool(folder: Path) -> Tool:
    """Return the command ssw_test as a tool.

    Raises:
        UnavailableError: ssw_test is not on the path.
    """
    command = shutil.which("ssw_test")
    if command is None:
        raise UnavailableError("no ssw_test on the path (Debian: ssw-align)")
    return Tool(
        name="ssw_test",
        version="command, reading included",
        variants=lambda work: command_variants(command, folder, work),
        in_child=True,
    )


def command_variants(command: str, folder: Path, work: Workload) -> dict[str, Run]:
    """Return the command's method for a workload; only DNA, all against all."""
    if not isinstance(work, AllAgainstAll) or work.costs is not DNA:
        return {}
    queries, targets = folder / f"{work.name}_queries.fa", folder / f"{work.name}_targets.fa"
    write_fasta(targets, work.targets.texts)
    costs = f"-m {DNA_MATCH} -x {-DNA_MISMATCH} -o {work.costs.gap_open} -e {work.costs.gap_extend}"

    def run(n: int) -> np.ndarray:
        write_fasta(queries, work.queries.texts[:n])
        full_command = [command, *costs.split(), "-f", "0", str(targets), str(queries)]
        printed = subprocess.run(full_command, capture_output=True, text=True, check=True).stdout
        scores = [
            int(score)
            for score in re.findall(r"^optimal_alignment_score: (\d+)", printed, re.MULTILINE)
        ]
        return np.array(scores)

    return {"command": run}


def write_fasta(path: Path, texts: list[str]) -> None:
    """Write sequences as FASTA, numbered from 0."""
    path.write_text("".join(f">{number}\n{text}\n" for number, text in enumerate(texts)))
