"""Fragments: shares of sequences, chimeras, duplicates, and where their reads come from."""

from dataclasses import dataclass

import numpy as np
import pytest

from readkin.formats.fasta import decode
from readkin.kernels.simulation.fragments import (
    Artefacts,
    Fragments,
    Parts,
    draw_fragments,
    fragment_bases,
    fragment_shares,
    origins_of_reads,
    pool_sequences,
    sub_parts,
    whole_fragments,
)


@dataclass
class FixedLength:
    """Platform whose fragments have one length; it reads nothing."""

    length: int

    def draw_lengths(self, n, random):
        return np.full(n, self.length)


@pytest.fixture
def pool():
    random = np.random.default_rng(3)
    sequences = [random.integers(0, 4, n).astype(np.uint8) for n in (400, 90, 700, 8)]
    return pool_sequences(sequences, np.array([False, True, True, False]))


def part_text(pool, parts, i):
    """Return the bases of one part, in the direction of sequencing."""
    start, length = int(parts.start[i]), int(parts.length[i])
    sequence = parts.sequence[i]
    bases = pool.bases[pool.start[sequence] :][: pool.length[sequence]]
    stretch = np.concatenate([bases, bases])[start : start + length]
    assert len(stretch) == length
    assert pool.is_circular[sequence] or start + length <= len(bases)
    text = decode(stretch)
    return reverse_complement(text) if parts.is_reverse[i] else text


def reverse_complement(text):
    return text[::-1].translate(str.maketrans("ACGT", "TGCA"))


def drawn(pool, n, chimeras=0.0, duplicates=0.0, seed=1):
    shares = fragment_shares(pool.length, np.ones(4), np.ones(4))
    random = np.random.default_rng(seed)
    artefacts = Artefacts(chimeras, duplicates)
    return draw_fragments(pool, shares, FixedLength(60), n, random, artefacts)


def fragment_texts(pool, fragments):
    row = np.repeat(np.arange(len(fragments.length)), fragments.length)
    first = np.cumsum(fragments.length) - fragments.length
    bases = fragment_bases(pool, fragments, row, np.arange(len(row)) - first[row])
    assert np.array_equal(bases, whole_fragments(pool, fragments))
    text = decode(bases)
    return [text[i : i + n] for i, n in zip(first, fragments.length, strict=True)]


def test_depth_is_proportional_to_copies_even_of_sequences_too_short_for_a_read():
    length, copies = np.array([1000, 50, 300]), np.array([1.0, 1.0, 5.0])
    expected_bases = np.minimum(length, 200).astype(float)
    shares = fragment_shares(length, copies, expected_bases)
    depth = shares * expected_bases / length
    assert shares.sum() == pytest.approx(1)
    assert depth / depth[0] == pytest.approx(copies)


def test_ordinary_fragments_are_stretches_of_one_sequence(pool):
    fragments = drawn(pool, 500)
    assert not fragments.second.length.any()
    assert fragments.original.tolist() == list(range(500))
    assert {60, 8} == set(fragments.length.tolist())  # the last sequence is shorter
    texts = fragment_texts(pool, fragments)
    assert texts == [part_text(pool, fragments.first, i) for i in range(500)]


def test_chimeras_are_joined_from_two_places(pool):
    fragments = drawn(pool, 3000, chimeras=0.2)
    is_chimera = fragments.second.length > 0
    assert is_chimera.mean() == pytest.approx(0.2, abs=0.03)
    assert (fragments.first.length > 0).all()
    for i, text in enumerate(fragment_texts(pool, fragments)):
        second = part_text(pool, fragments.second, i) if is_chimera[i] else ""
        assert text == part_text(pool, fragments.first, i) + second
    assert set(fragments.second.sequence[is_chimera].tolist()) == {0, 1, 2, 3}
    assert 0.4 < fragments.second.is_reverse[is_chimera].mean() < 0.6


def test_duplicates_are_copies_of_fragments_that_are_none(pool):
    fragments = drawn(pool, 3000, chimeras=0.1, duplicates=0.3)
    is_copy = fragments.original != np.arange(3000)
    assert is_copy.mean() == pytest.approx(0.3, abs=0.03)
    assert not is_copy[fragments.original].any()
    for part in (fragments.first, fragments.second):
        for column in part:
            assert np.array_equal(column, column[fragments.original])


def test_a_block_of_duplicates_alone_keeps_its_fragments(pool):
    fragments = drawn(pool, 20, duplicates=1.0)
    assert fragments.original.tolist() == list(range(20))


@pytest.mark.parametrize("from_far_end", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_origins_describe_the_bases_read(pool, from_far_end, seed):
    """Of chimeras too: the two parts, in their order, are the read."""
    fragments = drawn(pool, 400, chimeras=0.5, seed=seed)
    random = np.random.default_rng(seed)
    consumed = random.integers(1, fragments.length + 1)
    origin, other, is_other_first = origins_of_reads(pool, fragments, consumed, from_far_end)
    assert (origin.length >= other.length).all()
    assert ((origin.start >= 0) & (origin.start < pool.length[origin.sequence])).all()
    with_other = 0
    for i, fragment in enumerate(fragment_texts(pool, fragments)):
        text = reverse_complement(fragment) if from_far_end else fragment
        shown = [part_text(pool, origin, i)]
        if other.length[i]:
            shown.insert(0 if is_other_first[i] else 1, part_text(pool, other, i))
            with_other += 1
        assert "".join(shown) == text[: consumed[i]]
    assert with_other > 20
    assert is_other_first.any()
    assert not is_other_first[other.length == 0].any()


def test_of_equal_parts_the_one_read_first_is_the_origin(pool):
    part = Parts(*(np.array([value]) for value in (0, 10, 30, False)))
    other = Parts(*(np.array([value]) for value in (2, 50, 30, False)))
    fragments = Fragments(part, other, np.zeros(1, np.int64))
    for from_far_end, expected in ((False, 0), (True, 2)):
        origin, _, is_other_first = origins_of_reads(pool, fragments, np.array([60]), from_far_end)
        assert origin.sequence.tolist() == [expected]
        assert not is_other_first.any()


def test_stretches_of_parts_in_the_direction_of_sequencing():
    n = 2
    parts = Parts(np.zeros(n, int), np.full(n, 100), np.full(n, 50), np.array([False, True]))
    stretch = sub_parts(parts, np.full(n, 10), np.full(n, 30))
    assert stretch.start.tolist() == [110, 120]
    assert stretch.length.tolist() == [20, 20]
    assert sub_parts(parts, np.full(n, 30), np.full(n, 10)).length.tolist() == [0, 0]
