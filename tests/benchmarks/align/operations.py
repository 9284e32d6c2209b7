"""Vector operations of this processor, and of the code that was compiled for it.

A share of the operations that the processor can execute travels between machines; cells per second
do not.
"""

import re
import time
from collections.abc import Sequence

import numpy as np

from readkin.kernels.simd.vectors import (
    VECTOR_BYTES,
    add,
    aligned_zeros,
    load,
    maximum,
    store,
)
from readkin.kernels.smith_waterman import targets

# isort: split
# readkin.kernels sets the folder of compiled code, which Numba reads when it is imported.
from numba import njit, types

# Operations per cell in the docstrings of strip_rows.py and wavefront.py, without bookkeeping.
OPERATIONS_PER_CELL = 9 if targets.BY_ROWS else 8
ROUNDS = 50_000
_REGISTERS = {
    "AVX-512": r"%zmm",
    "AVX-512VL (32 registers of 32 bytes)": r"%[xy]mm(1[6-9]|2\d|3[01])\b|%k[0-7]\b",
    "AVX2": r"\tvp\w+\t.*%ymm",
    "SSE": r"%xmm",
}


def instruction_set() -> str:
    """Return the instruction set that the code of `score_all` uses, as its machine code shows.

    `score_all` must have run. Its kernel is compiled again, as cached code has no listing.
    """
    codes, _, lanes, first_strips, memory, _ = targets._score_queries.signatures[0]
    kernel = njit(nogil=True)(targets._score_query.py_func)
    kernel.compile((codes, lanes, first_strips.dtype, memory, types.int32[::1]))
    (listing,) = kernel.inspect_asm().values()
    return instruction_set_of(listing)


def instruction_set_of(listing: str) -> str:
    """Return the widest instruction set that an assembly listing uses."""
    found = (name for name, used in _REGISTERS.items() if re.search(used, listing))
    return next(found, "no vectors of x86")


@njit(nogil=True)
def _operate(array: np.ndarray, rounds: int) -> None:
    """Execute 16 operations per round, in eight independent chains."""
    lanes = array.size // 10
    summand, least = load(array, 8 * lanes), load(array, 9 * lanes)
    a, b, c, d = load(array, 0), load(array, lanes), load(array, 2 * lanes), load(array, 3 * lanes)
    e, f = load(array, 4 * lanes), load(array, 5 * lanes)
    g, h = load(array, 6 * lanes), load(array, 7 * lanes)
    for _ in range(rounds):
        a, b = maximum(add(a, summand), least), maximum(add(b, summand), least)
        c, d = maximum(add(c, summand), least), maximum(add(d, summand), least)
        e, f = maximum(add(e, summand), least), maximum(add(f, summand), least)
        g, h = maximum(add(g, summand), least), maximum(add(h, summand), least)
    store(array, 0, maximum(maximum(maximum(a, b), maximum(c, d)), maximum(e, f)))
    store(array, lanes, maximum(g, h))


def vector_instruction_set() -> str:
    """Return the instruction set that operations on the kernels' vectors are compiled to.

    The variables of Numba in the environment determine it.
    """
    _operate.compile((types.uint8[::1], types.int64))
    (listing,) = _operate.inspect_asm().values()
    return instruction_set_of(listing)


def operations_per_second(repetitions: int = 50) -> float:
    """Return the vector additions and maxima of 8 bits that one core executes per second."""
    array = aligned_zeros(10 * VECTOR_BYTES, np.uint8)
    array[:] = np.arange(array.size) % 251
    seconds = []
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        _operate(array, ROUNDS)
        seconds.append(time.perf_counter() - start)
    return 16 * ROUNDS / min(seconds[1:])


def shares(cells_per_second: Sequence[float] | np.ndarray, operations: float) -> np.ndarray:
    """Return the shares of `operations` per second that the cells of `score_all` need."""
    return np.asarray(cells_per_second) * OPERATIONS_PER_CELL / VECTOR_BYTES / operations
