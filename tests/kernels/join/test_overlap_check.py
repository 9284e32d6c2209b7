"""Numbers of unequal bases equal those of strings, with and without indels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.join.overlap_check import (
    PackedRead,
    costs_for,
    least_mismatches,
    mismatches,
    overlap_span,
)
from readkin.kernels.sequences.packed_bases import (
    first_word_and_length_of,
    strand_buffers,
    write_strands,
)
from support import naive_join, naive_kmers
from support.kernel_join import packed

READ = st.text("ACGT", max_size=120) | st.text("AC", max_size=120)
ALL = 10**6


def random_text(length, seed=0):
    return "".join(np.random.default_rng([length, seed]).choice(list("ACGT"), length))


def compare(read, other, diagonal, enough=ALL, is_reverse=0):
    """Return the unequal bases by both kernels; if reverse, of the read's reverse complement."""
    reads = packed(["ACG", read, other])
    margined = strand_buffers(len(read))
    margined[:] = 2**64 - 1  # arbitrary content
    write_strands(reads, 1, *margined)
    second = PackedRead(*first_word_and_length_of(reads, 2))
    strand = margined[is_reverse]
    memory = costs_for(max(len(read), len(other)))
    return (
        mismatches(strand, len(read), reads.words, second, diagonal),
        least_mismatches(strand, len(read), reads.words, second, diagonal, enough, memory),
    )


@settings(max_examples=300)
@given(READ, READ, st.integers(-130, 130), st.integers(0, 1))
def test_equals_strings(read, other, diagonal, is_reverse):
    text = naive_kmers.reverse_complement(read) if is_reverse else read
    expected = (
        naive_join.mismatches(text, other, diagonal),
        naive_join.least_mismatches(text, other, diagonal),
    )
    assert compare(read, other, diagonal, ALL, is_reverse) == expected
    assert expected[1] <= expected[0]


@given(READ, READ, st.integers(-40, 40), st.integers(0, 20))
def test_above_enough_the_result_is_above_enough(read, other, diagonal, enough):
    expected = naive_join.least_mismatches(read, other, diagonal)
    found = compare(read, other, diagonal, enough)[1]
    assert found == expected if expected <= enough else enough < found <= expected


@pytest.mark.parametrize(
    ("lengths", "diagonal"),
    [((50, 80), 50), ((50, 80), -80), ((0, 0), 0), ((0, 9), 0), ((50, 80), 1000)],
)
def test_no_overlap_has_no_unequal_bases(lengths, diagonal):
    span = overlap_span(*lengths, diagonal)
    assert span[0] >= span[1]
    assert compare(random_text(lengths[0]), random_text(lengths[1], 1), diagonal) == (0, 0)


@pytest.mark.parametrize("position", range(0, 150, 7))
@pytest.mark.parametrize("change", ["deletion", "two deleted", "insertion", "two inserted"])
def test_indels_cost_part_of_a_block(position, change):
    read = random_text(150)
    size = 2 if change.startswith("two") else 1
    is_deletion = "delet" in change
    if is_deletion:
        other = read[:position] + read[position + size :]
    else:
        other = read[:position] + random_text(size, 5) + read[position:]
    # The diagonal of the left part, then that of the right one.
    for diagonal in (0, size if is_deletion else -size):
        exact, least = compare(read, other, diagonal)
        assert least == naive_join.least_mismatches(read, other, diagonal)
        assert least <= 8 * size
        if 40 < position < 110:
            assert exact > 20


def test_many_deletions_in_long_reads():
    generator = np.random.default_rng(3)
    read = random_text(10_000)
    kept = generator.random(10_000) > 0.001
    other = "".join(base for base, stays in zip(read[300:], kept[300:], strict=True) if stays)
    exact, least = compare(read, other, 300)
    assert exact == naive_join.mismatches(read, other, 300) > 1000
    assert least == naive_join.least_mismatches(read, other, 300) < 60


def test_long_reads_are_compared_on_many_diagonals():
    read = random_text(20_000)
    for deleted in (60, 80):  # 80 are too many
        other = "".join(read[start : start + 200 - deleted // 10] for start in range(0, 2000, 200))
        other += read[2000:]
        exact, least = compare(read, other, 0)
        assert exact == naive_join.mismatches(read, other, 0) > 1000
        assert least == naive_join.least_mismatches(read, other, 0)
        assert (least < 1000) == (deleted == 60)


@pytest.mark.parametrize("lengths", [(40, 10_000), (10_000, 40), (10_000, 10_000), (33, 64)])
def test_reads_of_different_lengths(lengths):
    read, other = random_text(lengths[0]), random_text(lengths[1], 1)
    for diagonal in (-lengths[1] // 2, -17, 0, 5, lengths[0] // 2):
        expected = (
            naive_join.mismatches(read, other, diagonal),
            naive_join.least_mismatches(read, other, diagonal),
        )
        assert compare(read, other, diagonal) == expected
