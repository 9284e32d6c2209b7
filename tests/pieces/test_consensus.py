"""Pieces of a layout are the same on any number of ranks."""

from dataclasses import fields

import numpy as np
import pytest

from readkin.formats.pieces import Layout
from readkin.formats.reads import load_reads, reads_fingerprint
from readkin.kernels.layout.residues import pack_residues
from readkin.pieces.consensus import pieces_of
from readkin.pieces.residue_reads import ResidueReads
from support import naive_layout
from support.genome_reads import write_bam
from support.thread_ranks import on_ranks

N_PIECES = 7


@pytest.fixture
def reads(tmp_path):
    generator = np.random.default_rng(3)
    texts = [
        "".join(generator.choice(list("ACGTN"), size)) for size in generator.integers(0, 30, 60)
    ]
    return load_reads([write_bam(tmp_path / "reads.bam", texts, paired=False)], with_qualities=True)


def residues_of(reads):
    return ResidueReads(
        residues=pack_residues(reads.bases, reads.qualities),
        offsets=reads.offsets,
        step_to_mate=np.zeros(len(reads), np.int8),
        fingerprint=reads_fingerprint(reads),
    )


def random_layout(n):
    generator = np.random.default_rng(4)
    nothing = np.empty(0, np.uint32)
    contacts = ("a", "b", "alignments", "against", "unclear")
    return Layout(
        piece=np.sort(generator.integers(0, N_PIECES, n).astype(np.uint32)),
        position=generator.integers(-1, 40, n).astype(np.int32),
        is_forward=generator.random(n) < 0.5,
        is_shared=generator.random(n) < 0.1,
        is_shared_piece=np.zeros(N_PIECES, bool),
        **{f"contact_{name}": nothing for name in contacts},
        **{f"link_{name}": nothing for name in ("a", "b", "count", "is_flipped", "shift")},
        fragment_length=300.0,
        fragment_spread=50.0,
    )


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_pieces_on_ranks(reads, size):
    layout, residues = random_layout(len(reads)), residues_of(reads)
    pieces, *others = on_ranks(size, lambda ranks: pieces_of(layout, residues, "f", ranks))
    assert others == [None] * (size - 1)
    assert (pieces.fingerprint, pieces.reads_fingerprint) == ("f", reads_fingerprint(reads))
    for field in fields(Layout):
        np.testing.assert_array_equal(getattr(pieces, field.name), getattr(layout, field.name))
    for piece in range(N_PIECES):
        members = [
            (
                reads.bases[reads.offsets[i] : reads.offsets[i + 1]].tolist(),
                reads.qualities[reads.offsets[i] : reads.offsets[i + 1]].tolist(),
                int(layout.position[i]),
                bool(layout.is_forward[i]),
            )
            for i in np.flatnonzero(layout.piece == piece)
        ]
        span = naive_layout.span(members)
        assert pieces.span[piece] == span
        first, end = pieces.consensus_offsets[piece : piece + 2]
        assert pieces.consensus[first:end].tolist() == naive_layout.consensus(members, span)
        assert pieces.bases[piece] == sum(len(m[0]) for m in members if m[2] >= 0)
