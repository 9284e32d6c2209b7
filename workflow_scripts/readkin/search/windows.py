"""Windows: overlapping parts of long targets, so that all SIMD lanes of the kernels have work.

A target that is not longer than a window is one window. The overlap of neighbouring windows is
chosen so that every sufficiently short part of a target lies entirely in one of them. Windows are
numbered over all targets and distributed in chunks of nearly equal size.
"""

from typing import NamedTuple

import numpy as np

from readkin.kernels.best_hits import TargetSegments

OVERHEAD_RESIDUES = 32  # cost of a window beyond its residues: limits the windows of a chunk
LEAST_OVERLAP = 256
MAX_LONG_STEP = 1 << 16  # the step exceeds the overlap up to here only


class WindowLayout(NamedTuple):
    """Window w of a target begins at ``w * step`` and has up to ``length`` residues."""

    length: int
    step: int


class Chunk(NamedTuple):
    """Consecutive windows of targets first_target to end_target (excluded).

    Attributes:
        first_target, end_target: numbers of targets.
        skipped: number of windows of the first target that belong to the previous chunk.
        windows: number of windows.
    """

    first_target: int
    end_target: int
    skipped: int
    windows: int


def window_layout(span: int) -> WindowLayout:
    """Return windows that contain every part of up to ``span`` residues entirely.

    Their overlap is a power of 2, so that queries of similar length have the same windows. It is
    about a ninth of a window; for long queries it is half, so that the windows stay short.
    """
    overlap = max(1 << max(span - 2, 0).bit_length(), LEAST_OVERLAP)
    step = max(overlap, min(8 * overlap, MAX_LONG_STEP))
    return WindowLayout(overlap + step, step)


def cut_into_chunks(lengths: np.ndarray, layout: WindowLayout, residues: int) -> list[Chunk]:
    """Return all windows of targets of these lengths, in chunks of about this many residues."""
    lengths = lengths.astype(np.int64, copy=False)
    windows = _windows_per_target(lengths, layout)
    first_window = np.concatenate([[0], np.cumsum(windows)])
    size_of_window = np.minimum(lengths, layout.length) + OVERHEAD_RESIDUES
    first_size = np.concatenate([[0], np.cumsum(windows * size_of_window)])
    edges = np.arange(0, first_size[-1], residues)
    target = np.searchsorted(first_size, edges, side="right") - 1
    inside = (edges - first_size[target]) // size_of_window[target]
    cuts = np.unique(np.append(first_window[target] + inside, first_window[-1]))
    first_target = np.searchsorted(first_window, cuts[:-1], side="right") - 1
    end_target = np.searchsorted(first_window, cuts[1:], side="left")
    skipped = cuts[:-1] - first_window[first_target]
    rows = zip(first_target, end_target, skipped, np.diff(cuts), strict=True)
    return [Chunk(*map(int, row)) for row in rows]


def windows_of(lengths: np.ndarray, chunk: Chunk, layout: WindowLayout) -> TargetSegments:
    """Return the windows of a chunk of targets; ``lengths`` are those of all targets."""
    lengths = lengths[chunk.first_target : chunk.end_target].astype(np.int64, copy=False)
    windows = _windows_per_target(lengths, layout)
    target = np.repeat(np.arange(lengths.size), windows)
    number = np.arange(target.size) - np.repeat(np.cumsum(windows) - windows, windows)
    rows = slice(chunk.skipped, chunk.skipped + chunk.windows)
    target, first = target[rows], number[rows] * layout.step
    end = np.minimum(first + layout.length, lengths[target])
    return TargetSegments(target + chunk.first_target, first, end)


def residues_of(windows: TargetSegments) -> int:
    """Return the number of residues of all windows."""
    return int((windows.end - windows.first).sum())


def _windows_per_target(lengths: np.ndarray, layout: WindowLayout) -> np.ndarray:
    beyond_first = np.maximum(lengths - layout.length, 0)
    return 1 + -(-beyond_first // layout.step)
