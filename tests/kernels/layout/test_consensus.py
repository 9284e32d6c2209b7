"""Spans, depths and consensus of layouts equal those of plain Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.layout.consensus import Members, Placements, consensus, measure
from readkin.kernels.layout.residues import pack_residues
from readkin.kernels.radix_sort import partition
from support import naive_layout

BASES = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0, 1, 2, 20, 37, 93])), max_size=12)
READ = st.tuples(BASES, st.integers(-1, 15), st.booleans(), st.integers(0, 3))


def layout_of(reads):
    """Placements and members of [(codes, qualities, position, is_forward, piece)] in 4 pieces."""
    lengths = [len(codes) for codes, *_ in reads]
    bases = np.array([code for codes, *_ in reads for code in codes], np.uint8)
    qualities = np.array([value for _, values, *_ in reads for value in values], np.uint8)
    placements = Placements(
        residues=pack_residues(bases, qualities),
        offsets=np.cumsum([0, *lengths], dtype=np.int64),
        position=np.array([position for *_, position, _, _ in reads], np.int32),
        is_forward=np.array([is_forward for *_, is_forward, _ in reads], bool),
    )
    return placements, Members(*partition(np.array([read[-1] for read in reads], np.uint32), 4))


@given(st.lists(READ, max_size=12))
def test_equals_the_naive_layout(drawn):
    reads = [
        ([code for code, _ in pairs], [min(quality, 63) for _, quality in pairs], *more)
        for pairs, *more in drawn
    ]
    by_piece = [[read[:4] for read in reads if read[4] == piece] for piece in range(4)]
    placements, members = layout_of(reads)
    span, laid_out = measure(placements, members)
    assert span.tolist() == [naive_layout.span(part) for part in by_piece]
    assert laid_out.tolist() == [
        sum(len(codes) for codes, _, position, _ in part if position >= 0) for part in by_piece
    ]
    expected = [
        base
        for part, length in zip(by_piece, span.tolist(), strict=True)
        for base in naive_layout.consensus(part, length)
    ]
    assert consensus(placements, members, span).tolist() == expected
    first = Members(members.read, members.bounds[:3])  # the pieces may be done in parts
    rest = Members(members.read, members.bounds[2:])
    parts = [consensus(placements, first, span[:2]), consensus(placements, rest, span[2:])]
    assert np.concatenate(parts).tolist() == expected


def test_ties_go_to_the_first_base_and_gaps_are_unknown():
    reads = [([3, 0], [30, 5], 0, True, 0), ([1, 4], [30, 40], 0, True, 0), ([2], [9], 4, True, 0)]
    placements, members = layout_of(reads)
    span, laid_out = measure(placements, members)
    assert (span.tolist(), laid_out.tolist()) == ([5, 0, 0, 0], [5, 0, 0, 0])
    assert consensus(placements, members, span).tolist() == [1, 0, 4, 4, 2]


def test_one_good_base_outweighs_two_poor_ones():
    reads = [([0], [40], 0, True, 0), ([1], [15], 0, True, 0), ([2], [15], 0, False, 0)]
    placements, members = layout_of(reads)
    assert consensus(placements, members, measure(placements, members)[0]).tolist() == [0]


def test_qualities_above_63_count_as_63():
    reads = [([0], [93], 0, True, 0), ([1], [60], 0, True, 0), ([1], [4], 0, True, 0)]
    placements, members = layout_of(reads)
    assert consensus(placements, members, measure(placements, members)[0]).tolist() == [1]


def test_no_pieces_at_all():
    placements, _ = layout_of([])
    members = Members(np.empty(0, np.int64), np.zeros(1, np.int64))
    span, laid_out = measure(placements, members)
    assert consensus(placements, members, span).size == span.size == laid_out.size == 0
