"""Stretches of low complexity equal the naive ones; the reverse complement has the same ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.sequences.low_complexity import BLOCK, low_complexity
from support import naive_kmers, naive_low_complexity

RANDOM = "".join("ACGT"[base] for base in np.random.default_rng(1).integers(0, 4, 3 * BLOCK))
LENGTHS = st.integers(1, 40)
UNITS = ["G", "A", "AT", "CAG", "AGAT", "AAAAT", "AACCCT", "TTTAGGG", "GATTACAC"]


def marks_of(reads):
    """Return the kernel's marks as one list per read; check the counts."""
    bases, offsets = naive_kmers.pack(reads)
    marks, counts = low_complexity(bases, offsets)
    assert (marks.dtype, counts.dtype) == (np.uint8, np.uint32)
    rows = [part.tolist() for part in np.split(marks, offsets[1:-1])] if reads else []
    assert counts.tolist() == [sum(row) for row in rows]
    return rows


@st.composite
def repetitive_reads(draw):
    """Return a read of random parts and repeats, with errors."""
    repeats = st.builds(
        lambda unit, n: (unit * n)[:n], st.text("ACGT", min_size=1, max_size=9), LENGTHS
    )
    parts = draw(st.lists(st.one_of(st.text("ACGTN", max_size=20), repeats), max_size=4))
    read = list("".join(parts))
    for position in draw(st.lists(st.integers(0, 200), max_size=8)):
        if position < len(read):
            read[position] = draw(st.sampled_from("ACGTN"))
    return "".join(read)


@settings(max_examples=200, deadline=None)
@given(st.lists(repetitive_reads(), max_size=4))
def test_equals_naive(reads):
    assert marks_of(reads) == [naive_low_complexity.marks(read) for read in reads]


@settings(max_examples=200, deadline=None)
@given(repetitive_reads())
def test_the_reverse_complement_has_the_same_marks_mirrored(read):
    own, other = marks_of([read, naive_kmers.reverse_complement(read)])
    assert own == other[::-1]


@pytest.mark.parametrize("unit", UNITS)
def test_repeats_are_marked_and_their_flanks_are_not(unit):
    repeat = (unit * 60)[:60]
    (marks,) = marks_of([f"{RANDOM[:90]}{repeat}{RANDOM[90:150]}"])
    assert marks[90:150] == [1] * 60
    assert sum(marks[:90] + marks[150:]) <= 8  # bases that continue the repeat by chance
    assert marks_of([repeat]) == [[1] * 60]


@pytest.mark.parametrize("unit", UNITS)
def test_errors_do_not_hide_a_repeat(unit):
    generator = np.random.default_rng(2)
    reads = []
    for _ in range(50):
        read = np.array(list((unit * 150)[:150]))
        wrong = generator.random(150) < 0.08
        read[wrong] = generator.choice(list("ACGT"), wrong.sum())
        reads.append("".join(read))
    shares = [np.mean(row) for row in marks_of(reads)]
    assert np.mean(shares) > 0.95


@pytest.mark.parametrize("first", range(BLOCK - 30, BLOCK + 31, 4))
def test_blocks_do_not_matter(first):
    read = RANDOM[:first] + "AC" * 12 + RANDOM[first:]
    (marks,) = marks_of([read])
    assert all(marks[first : first + 24])
    assert sum(marks) <= 28


def test_repeats_do_not_continue_in_the_next_read():
    assert marks_of(["A" * 10, "A" * 10]) == [[0] * 10] * 2
    assert marks_of(["", RANDOM[:50], "", "G" * 17, ""]) == [[], [0] * 50, [], [1] * 17, []]
    assert marks_of([]) == []


@pytest.mark.parametrize(("share_of_at", "most"), [(0.5, 1e-4), (0.65, 3e-4), (0.8, 2e-3)])
def test_random_bases_are_hardly_marked(share_of_at, most):
    p = [share_of_at / 2, 0.5 - share_of_at / 2]
    bases = np.random.default_rng(3).choice(4, 200_000, p=[p[0], p[1], p[1], p[0]])
    marks, _ = low_complexity(bases.astype(np.uint8), np.array([0, bases.size]))
    assert marks.mean() < most


def test_unknown_bases_are_equal_to_each_other():
    bases = np.array([4, 5, 255, 4] * 5, np.uint8)
    assert low_complexity(bases, np.array([0, 20]))[1].tolist() == [20]


def test_offsets_outside_of_the_bases_are_refused():
    with pytest.raises(ValueError, match="outside"):
        low_complexity(np.zeros(3, np.uint8), np.array([0, 4]))
