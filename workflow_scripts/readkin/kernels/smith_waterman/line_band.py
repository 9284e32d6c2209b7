"""Bands of cells that follow a line through the DP matrix of a pair of sequences."""

from typing import NamedTuple

import numpy as np
from numba import njit


class Band(NamedTuple):
    """Cells of a DP matrix: `width` consecutive ones on each antidiagonal.

    The lowest position in a rises by 0 or 1 from step to step: along a diagonal it rises every
    other step, past a long gap always or never. All cells beside the first and the last step that a
    band could have are outside the matrix.

    Attributes:
        first_a: int32 (longest a + longest b,), lowest position in a of each step of the band.
        first_step: the antidiagonal (position in a + position in b) of step 0.
        steps: number of steps.
        width: cells of a step.
    """

    first_a: np.ndarray
    first_step: int
    steps: int
    width: int


@njit(cache=True, nogil=True)
def lay_band(
    corners: np.ndarray, length_a: int, length_b: int, width: int, first_a: np.ndarray
) -> Band:
    """Lay a band along a line from one end of the matrix to the other.

    Args:
        corners: int64 (corners, 2), at least one: cells (position in a, in b) between which the
            line is straight; before the first and after the last corner it follows the diagonal.
            Neither position decreases from corner to corner.
        length_a, length_b: size of the matrix.
        width: cells of a step.
        first_a: int32, filled.
    """
    last = corners.shape[0] - 1
    begin = corners[0, 0] - corners[0, 1]
    end = corners[last, 0] - corners[last, 1]
    first_step = max(0, abs(begin) - width - 1)
    last_step = length_a + length_b - 2 - max(0, abs(end - (length_a - length_b)) - width - 1)
    at = 0
    for step in range(first_step, last_step + 1):
        while at <= last and corners[at, 0] + corners[at, 1] <= step:
            at += 1
        if at == 0:
            middle = (step + begin) // 2
        elif at > last:
            middle = (step + end) // 2
        else:
            from_a, from_step = corners[at - 1, 0], corners[at - 1, 0] + corners[at - 1, 1]
            steps = corners[at, 0] + corners[at, 1] - from_step
            middle = from_a + (step - from_step) * (corners[at, 0] - from_a) // steps
        first_a[step - first_step] = middle - width // 2
    return Band(first_a, first_step, max(last_step + 1 - first_step, 0), width)


@njit(cache=True, nogil=True, forceinline=True)
def is_in_band(band: Band, in_a: int, in_b: int) -> bool:
    """Return whether a cell belongs to a band."""
    step = in_a + in_b - band.first_step
    return 0 <= step < band.steps and 0 <= in_a - band.first_a[step] < band.width
