"""Windows: long targets cut into overlapping parts, so that all lanes of the kernels have work.

A target no longer than a window is one window. Two neighbours overlap by so much that whatever is
short enough lies whole in one of them. Windows are numbered through all targets and handed out in
chunks of nearly equal size.
"""

from typing import NamedTuple

import numpy as np

from readkin.kernels.best_hits import TargetSegments
from readkin.kernels.sequences.sequences import Sequences

LETTERS_PER_WINDOW = 32  # what a window costs beyond its letters: limits windows in a chunk
LEAST_OVERLAP = 256
LONGEST_WASTELESS = 1 << 16


class Layout(NamedTuple):
    """Window number w of a target begins at ``w * step`` and has up to ``length`` letters."""

    length: int
    step: int


class Chunk(NamedTuple):
    """Consecutive windows: ``windows`` of them, of targets first_target to end_target.

    The first ``skipped`` windows of the first target belong to the chunk before.
    """

    first_target: int
    end_target: int
    skipped: int
    windows: int


def layout_for(span: int) -> Layout:
    """Windows that hold every stretch of up to `span` letters whole.

    Their overlap is a power of 2, so that queries of similar length have the same windows, and
    up to a ninth of a window; windows for long queries overlap by half, to remain short.
    """
    overlap = max(1 << max(span - 2, 0).bit_length(), LEAST_OVERLAP)
    step = max(overlap, min(8 * overlap, LONGEST_WASTELESS))
    return Layout(overlap + step, step)


def cut_into_chunks(targets: Sequences, layout: Layout, letters: int) -> list[Chunk]:
    """All windows of all targets, in chunks of about so many letters."""
    lengths = np.diff(targets.offsets)
    windows = _windows_per_target(lengths, layout)
    first_window = np.concatenate([[0], np.cumsum(windows)])
    size_of_window = np.minimum(lengths, layout.length) + LETTERS_PER_WINDOW
    first_size = np.concatenate([[0], np.cumsum(windows * size_of_window)])
    edges = np.arange(0, first_size[-1], letters)
    target = np.searchsorted(first_size, edges, side="right") - 1
    inside = (edges - first_size[target]) // size_of_window[target]
    cuts = np.unique(np.append(first_window[target] + inside, first_window[-1]))
    first_target = np.searchsorted(first_window, cuts[:-1], side="right") - 1
    end_target = np.searchsorted(first_window, cuts[1:], side="left")
    skipped = cuts[:-1] - first_window[first_target]
    rows = zip(first_target, end_target, skipped, np.diff(cuts), strict=True)
    return [Chunk(*map(int, row)) for row in rows]


def windows_of(targets: Sequences, chunk: Chunk, layout: Layout) -> TargetSegments:
    """The windows of a chunk."""
    lengths = np.diff(targets.offsets[chunk.first_target : chunk.end_target + 1])
    windows = _windows_per_target(lengths, layout)
    target = np.repeat(np.arange(lengths.size), windows)
    number = np.arange(target.size) - np.repeat(np.cumsum(windows) - windows, windows)
    chosen = slice(chunk.skipped, chunk.skipped + chunk.windows)
    target, first = target[chosen], number[chosen] * layout.step
    end = np.minimum(first + layout.length, lengths[target])
    return TargetSegments(target + chunk.first_target, first, end)


def _windows_per_target(lengths: np.ndarray, layout: Layout) -> np.ndarray:
    beyond_first = np.maximum(lengths - layout.length, 0)
    return 1 + -(-beyond_first // layout.step)
