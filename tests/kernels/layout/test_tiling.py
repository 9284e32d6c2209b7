"""Sequences of layouts of long reads follow the genome, although positions ignore indels."""

import numpy as np
import pytest

from readkin.formats.fasta import decode, encode
from readkin.kernels.layout.consensus import Members, Placements, consensus, measure
from readkin.kernels.layout.overlaps import LONG_READ_BP
from readkin.kernels.layout.residues import pack_residues
from support.naive_kmers import reverse_complement
from support.piece_inputs import random_genome

GENOME = random_genome(20_000, 8)


def residues_of(text):
    return pack_residues(encode(text), np.full(len(text), 30, np.uint8))


def sequence_of(reads):
    """Return the sequence of one piece of [(text along the axis, position, is_forward)]."""
    texts = [text if forward else reverse_complement(text) for text, _, forward in reads]
    placements = Placements(
        residues=residues_of("".join(texts)),
        offsets=np.cumsum([0, *map(len, texts)], dtype=np.int64),
        position=np.array([position for _, position, _ in reads], np.int32),
        is_forward=np.array([forward for *_, forward in reads], bool),
    )
    members = Members(np.arange(len(reads)), np.array([0, len(reads)]))
    span, _ = measure(placements, members)
    return decode(consensus(placements, members, span))


def tiles(error=0, length=3000, step=1000):
    """Return reads that cover the genome, in random order, each misplaced by up to ``error``."""
    generator = np.random.default_rng(9)
    starts = generator.permutation(np.arange(0, len(GENOME) - length + 1, step))
    return [
        (
            GENOME[start : start + length],
            max(0, start + int(generator.integers(-error, error + 1))) if start else 0,
            bool(generator.integers(0, 2)),
        )
        for start in starts
    ]


def test_reads_without_errors_give_the_genome():
    assert sequence_of(tiles()) == GENOME


@pytest.mark.parametrize("error", [1, 20, 60])
def test_misplaced_reads_are_joined_where_their_bases_are_equal(error):
    sequence = sequence_of(tiles(error))
    assert abs(len(sequence) - len(GENOME)) <= error
    known = sequence.rstrip("N")
    assert len(known) >= len(GENOME) - error
    assert known == GENOME[: len(known)]


def test_reads_with_indels_give_nearly_the_genome():
    generator = np.random.default_rng(10)
    reads = []
    for text, position, forward in tiles():
        kinds = generator.choice(4, len(text), p=[0.985, 0.005, 0.005, 0.005])
        changed = "".join(
            ("", base, base + "A", "ACGT"["ACGT".index(base) ^ 1])[(1, 0, 2, 3)[kind]]
            for base, kind in zip(text, kinds, strict=True)
        )
        reads.append((changed, position, forward))
    sequence = sequence_of(reads)
    within = [sequence[i : i + 12] in GENOME for i in range(0, len(sequence) - 12, 12)]
    assert np.mean(within) > 0.75  # 0.985 ** 12 = 0.83


def test_gaps_are_unknown_and_contained_reads_are_not_needed():
    long = LONG_READ_BP + 500
    reads = [
        (GENOME[:long], 0, True),
        (GENOME[100:300], 100, True),
        (GENOME[5000 : 5000 + long], 5000, False),
        ("", 7000, True),
    ]
    sequence = sequence_of(reads)
    expected = GENOME[:long] + "N" * (5000 - long) + GENOME[5000 : 5000 + long]
    assert sequence == expected.ljust(7000, "N")


def test_unknown_bases_and_repeats_are_no_place_to_change():
    repeat = "ACGTTGCA" * 250
    assert sequence_of([(repeat, 0, True), (repeat, 400, True)]) == (repeat + repeat)[:2400]
    unknown = "N" * 2000
    assert sequence_of([(unknown, 0, True), (unknown, 400, False)]) == "N" * 2400
