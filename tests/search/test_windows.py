"""Windows contain all short parts of targets entirely, chunks contain each window once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.search.windows import (
    WindowLayout,
    cut_into_chunks,
    residues_of,
    window_layout,
    windows_of,
)

LENGTHS = st.lists(st.integers(0, 60), max_size=12)
LAYOUTS = st.builds(
    lambda overlap, step: WindowLayout(overlap + step, step), st.integers(0, 9), st.integers(1, 20)
)


def naive_windows(lengths, layout):
    """Return (target, first residue, end) of all windows."""
    found = []
    for target, length in enumerate(lengths):
        first = 0
        found.append((target, 0, min(layout.length, length)))
        while first + layout.length < length:
            first += layout.step
            found.append((target, first, min(first + layout.length, length)))
    return found


@given(LENGTHS, LAYOUTS, st.integers(1, 400))
def test_chunks_contain_all_windows_in_order(lengths, layout, residues):
    of_targets = np.array(lengths, np.uint32)  # as of reads
    found = []
    for chunk in cut_into_chunks(of_targets, layout, residues):
        windows = windows_of(of_targets, chunk, layout)
        assert windows.target.size == chunk.windows > 0
        found += list(zip(*(column.tolist() for column in windows), strict=True))
    assert found == naive_windows(lengths, layout)


@given(LENGTHS, LAYOUTS)
def test_parts_longer_by_one_than_the_overlap_lie_in_a_window(lengths, layout):
    span = layout.length - layout.step + 1
    windows = naive_windows(lengths, layout)
    for target, length in enumerate(lengths):
        for first in range(length - span + 1):
            assert any(t == target and a <= first and first + span <= b for t, a, b in windows), (
                target,
                first,
            )


@given(st.integers(1, 10**7))
def test_layouts_suit_their_spans(span):
    layout = window_layout(span)
    overlap = layout.length - layout.step
    assert overlap >= span - 1
    assert overlap <= max(2 * span, 256)
    assert layout.step >= overlap
    assert window_layout(span + 1).length >= layout.length


def test_chunks_are_of_similar_size():
    lengths = np.random.default_rng(1).integers(50, 20_000, 500)
    layout = WindowLayout(5000, 4000)
    chunks = cut_into_chunks(lengths, layout, 100_000)
    sizes = [residues_of(windows_of(lengths, chunk, layout)) for chunk in chunks]
    assert max(sizes) < 110_000
    assert min(sizes[:-1]) > 70_000
