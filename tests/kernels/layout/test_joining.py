"""Pieces join as they are defined to, by overlaps and by mates, under both vetoes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.layout.composition import K
from readkin.kernels.layout.joining import (
    AGAINST,
    CLEAN,
    IN_CONFLICT,
    JOINED,
    UNCLEAR,
    UNLIKE,
    WITHOUT_LAYOUT,
    Placements,
    Vetoes,
    adjacency_of,
    join_pieces,
    place_pieces,
    single_reads,
)
from support.naive_joining import NaivePieces
from support.naive_overlaps import NaiveOverlap, overlap_arrays


def random_case(seed, n_reads, length=100):
    """Return lengths, overlaps with kinds, most of them by true positions, and mates."""
    generator = np.random.default_rng(seed)
    lengths = generator.integers(length // 2, length, n_reads).tolist()
    start = generator.integers(0, 4 * length, n_reads).tolist()
    forward = (generator.random(n_reads) < 0.5).tolist()

    def beside(a, b):
        left = start[b] - start[a]
        return left if forward[a] else lengths[a] - left - lengths[b]

    overlaps, kinds = [], []
    for a in range(n_reads):
        for b in range(a + 1, n_reads):
            left = beside(a, b)
            if generator.random() < 0.1:
                left += int(generator.integers(-60, 60))
            elif min(start[a] + lengths[a], start[b] + lengths[b]) <= max(start[a], start[b]):
                continue
            right = left + int(generator.choice([0, 0, 0, 2]))
            overlaps.append(NaiveOverlap(a, b, forward[a] != forward[b], left, right))
            kinds.append(int(generator.choice([0, CLEAN, CLEAN, CLEAN, UNCLEAR, AGAINST])))
    mates = []
    for _ in range(n_reads):
        a, b = generator.integers(0, n_reads, 2)
        if a != b:
            left = beside(a, b) + int(generator.integers(-20, 20))
            mates.append((int(a), int(b), left, forward[a] != forward[b]))
    return lengths, overlaps, kinds, mates


def kernel_input(lengths, overlaps, kinds):
    """Return state, adjacency and placements of overlaps."""
    arrays = overlap_arrays(overlaps)
    offsets = np.cumsum([0, *lengths]).astype(np.int64)
    adjacency = adjacency_of(arrays, np.array(kinds, np.uint8), offsets)
    beside = Placements(arrays.read_a, arrays.read_b, arrays.is_reverse, arrays.left)
    composition = np.zeros((len(lengths), 0), np.float32)
    return single_reads(np.array(lengths), composition), adjacency, beside


def vetoes(max_conflict=0.5, min_held=0.5, clean_kinds=CLEAN):
    """Return vetoes of which the composition objects to nothing."""
    return Vetoes(max_conflict, min_held, clean_kinds, np.empty(0), 0.0)


@given(st.integers(0, 10**9), st.integers(2, 25))
def test_joins_equal_naive_ones(seed, n_reads):
    lengths, overlaps, kinds, mates = random_case(seed, n_reads)
    state, adjacency, beside = kernel_input(lengths, overlaps, kinds)
    alignments = [
        (o.a, o.b, o.left, o.right, o.is_reverse, k) for o, k in zip(overlaps, kinds, strict=True)
    ]
    pieces = NaivePieces(lengths, alignments)
    order = np.array([e for e, kind in enumerate(kinds) if kind == CLEAN], np.int64)
    np.random.default_rng(seed).shuffle(order)
    join_pieces(state, adjacency, beside, order, 0, vetoes())
    for e in order:
        o = overlaps[e]
        pieces.join(o.a, o.b, o.left, o.is_reverse, 0, 0.5, 0.5, CLEAN)
    assert_equal(state, pieces)
    pieces.refused.clear()
    columns = [np.array(c) for c in zip(*mates, strict=True)] or [np.empty(0, np.int64)] * 4
    links = Placements(columns[0], columns[1], columns[3].astype(bool), columns[2])
    join_pieces(state, adjacency, links, np.arange(len(mates)), 30, vetoes(clean_kinds=UNCLEAR))
    for a, b, left, is_reverse in mates:
        pieces.join(a, b, left, is_reverse, 30, 0.5, 0.5, UNCLEAR)
    assert_equal(state, pieces)


def assert_equal(state, pieces):
    assert state.read["piece"].tolist() == pieces.piece
    assert state.read["position"].tolist() == pieces.position
    assert state.is_forward.tolist() == pieces.is_forward
    for name in set(pieces.piece):
        assert (state.low[name], state.high[name]) == pieces.extent(name)
        members = pieces.members(name)
        assert state.size[name] == len(members)
        assert state.bases[name] == sum(pieces.lengths[i] for i in members)


@given(st.integers(0, 10**9), st.integers(2, 15))
def test_a_placement_puts_each_read_where_the_join_does(seed, n_reads):
    lengths, overlaps, kinds, mates = random_case(seed, n_reads)
    state, adjacency, beside = kernel_input(lengths, overlaps, kinds)
    order = np.flatnonzero(np.array(kinds) == CLEAN)
    join_pieces(state, adjacency, beside, order, 0, vetoes(1, 0))
    if not mates:
        return
    columns = [np.array(c) for c in zip(*mates, strict=True)]
    links = Placements(columns[0], columns[1], columns[3].astype(bool), columns[2])
    for (a, b, left, is_reverse), x, y, is_flipped, shift in zip(
        mates, *place_pieces(state, links), strict=True
    ):
        pieces = NaivePieces(lengths, [])
        pieces.piece = state.read["piece"].tolist()
        pieces.position = state.read["position"].tolist()
        pieces.is_forward = state.is_forward.tolist()
        assert {x, y} == {pieces.piece[a], pieces.piece[b]}
        assert x <= y
        if x != pieces.piece[a]:
            left = lengths[b] - lengths[a] + left if is_reverse else -left
            a, b = b, a
        for i, (position, _) in pieces.moved(a, b, left, is_reverse).items():
            old = pieces.position[i]
            assert position == (shift - old - lengths[i] if is_flipped else shift + old)


def pair_case(*kinds):
    """Return what ``join_pieces`` says of two stacks of two reads, joined by these overlaps."""
    overlaps = [NaiveOverlap(0, 1, False, 0, 0), NaiveOverlap(2, 3, False, 0, 0)]
    between = [NaiveOverlap(a, b, False, 10, 10) for a in (0, 1) for b in (2, 3)]
    every = sorted(overlaps + between[: len(kinds)])
    kind_of = dict(zip(between, kinds, strict=False))
    state, adjacency, beside = kernel_input(
        [100] * 4, every, [kind_of.get(o, CLEAN) for o in every]
    )
    order = [every.index(o) for o in overlaps]
    join_pieces(state, adjacency, beside, np.array(order), 0, vetoes())
    order = [every.index(between[0])]
    return join_pieces(state, adjacency, beside, np.array(order), 0, vetoes())


@pytest.mark.parametrize(
    ("kinds", "answer"),
    [
        ((CLEAN, CLEAN, CLEAN, CLEAN), JOINED),
        ((CLEAN, AGAINST, CLEAN, AGAINST), JOINED),  # half are against
        ((CLEAN, AGAINST, AGAINST, CLEAN), JOINED),
        ((CLEAN, AGAINST, AGAINST, AGAINST), IN_CONFLICT),
        ((CLEAN, UNCLEAR, UNCLEAR, UNCLEAR), JOINED),  # one of two reads is held
    ],
)
def test_conflicts(kinds, answer):
    counts = pair_case(*kinds)
    assert counts[answer] == counts.sum() == 1


def test_pieces_side_by_side_without_overlaps_are_refused():
    # four reads of each piece lie on the other piece, one of them has an overlap
    stacks = [
        NaiveOverlap(a, b, False, 0, 0)
        for r in (range(4), range(4, 8))
        for a in r
        for b in r
        if a < b
    ]
    bridge = NaiveOverlap(0, 4, False, 0, 0)
    every = sorted([*stacks, bridge])
    state, adjacency, beside = kernel_input([100] * 8, every, [CLEAN] * len(every))
    first = np.array([every.index(o) for o in stacks])
    join_pieces(state, adjacency, beside, first, 0, vetoes())
    counts = join_pieces(state, adjacency, beside, np.array([every.index(bridge)]), 0, vetoes())
    assert counts[WITHOUT_LAYOUT] == counts.sum() == 1


@pytest.mark.parametrize(("other", "answer"), [(0.02, JOINED), (-0.02, UNLIKE)])
def test_composition_objects_to_the_join_of_long_pieces(other, answer):
    every = [NaiveOverlap(0, 1, False, 200, 200)]
    state, adjacency, beside = kernel_input([900, 900], every, [CLEAN])
    words = 900 - K + 1
    state = state._replace(composition=np.array([[4 * words], [200 * other * words]], np.float32))
    limits = Vetoes(0.5, 0.5, CLEAN, np.array([25.0]), -3.0)
    counts = join_pieces(state, adjacency, beside, np.array([0]), 0, limits)
    assert counts[answer] == counts.sum() == 1
    if answer == JOINED:
        assert state.composition[0, 0] == pytest.approx(8 * words)
