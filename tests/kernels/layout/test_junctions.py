"""Blocks that mates have joined are moved to where their ends share bases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.formats.fasta import encode
from readkin.kernels.layout.joining import single_reads
from readkin.kernels.layout.junctions import close_junctions
from readkin.kernels.layout.residues import pack_residues
from support import naive_junctions
from support.naive_kmers import reverse_complement
from support.piece_inputs import random_genome

GENOME = random_genome(400, 6)
READ = st.tuples(
    st.integers(0, 340),  # begin in the genome
    st.integers(0, 60),  # length
    st.integers(-30, 30),  # error of the position
    st.integers(0, 3),  # block
    st.booleans(),  # direction
    st.integers(0, 1),  # piece
)


def state_of(reads):
    """Return state, blocks, residues and offsets of [(text, position, block, is_forward, piece)].

    Names of pieces and blocks are their first reads.
    """
    texts = [text if forward else reverse_complement(text) for text, _, _, forward, _ in reads]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    state = single_reads(np.diff(offsets), np.zeros((len(reads), 1), np.float32))
    first_of_piece, first_of_block = {}, {}
    block = np.empty(len(reads), np.int32)
    for i, (_, position, name, is_forward, piece) in enumerate(reads):
        state.read["piece"][i] = first_of_piece.setdefault(piece, i)
        block[i] = first_of_block.setdefault((piece, name), i)
        state.read["position"][i] = position
        state.is_forward[i] = is_forward
    bases = encode("".join(texts))
    return state, block, pack_residues(bases, np.full(bases.size, 30, np.uint8)), offsets


def moved(reads, reach=40):
    """Return positions after closing the junctions, and the state."""
    state, *rest = state_of(reads)
    close_junctions(state, *rest, reach)
    return state.read["position"].tolist(), state


@given(st.lists(READ, max_size=10))
def test_equals_the_naive_junctions(drawn):
    reads = [
        (GENOME[begin : begin + length], begin + error, block, forward, piece)
        for begin, length, error, block, forward, piece in drawn
    ]
    found, state = moved(reads)
    for piece in range(2):
        members = [i for i, read in enumerate(reads) if read[4] == piece]
        names = state_of(reads)[1]
        of_piece = [(reads[i][0], reads[i][1], int(names[i])) for i in members]
        assert [found[i] for i in members] == naive_junctions.positions(of_piece, 40)
        if members:
            ends = [found[i] + len(reads[i][0]) for i in members]
            assert state.low[members[0]] == min(found[i] for i in members)
            assert state.high[members[0]] == max(ends)


@pytest.mark.parametrize("error", [-39, -3, 0, 17, 30])
@pytest.mark.parametrize("is_forward", [True, False])
def test_shared_bases_give_the_exact_distance(error, is_forward):
    reads = [
        (GENOME[0:60], 0, 0, True, 0),
        (GENOME[40:100], 40, 0, is_forward, 0),
        (GENOME[85:150], 85 + error, 1, not is_forward, 0),
        (GENOME[130:200], 130 + error, 1, True, 0),
        (GENOME[250:300], 250 + error, 2, True, 0),  # shares nothing with the others
    ]
    assert moved(reads)[0] == [0, 40, 85, 130, 250]


def test_blocks_that_share_nothing_are_not_upon_each_other():
    reads = [(GENOME[0:60], 0, 0, True, 0), (GENOME[100:150], 45, 1, True, 0)]
    assert moved(reads)[0] == [0, 61]
    assert moved(reads, reach=10)[0] == [0, 45]  # further than the placement may be wrong


def test_a_block_within_another_one_keeps_its_place():
    reads = [(GENOME[0:100], 0, 0, True, 0), (GENOME[200:250], 40, 1, True, 0)]
    assert moved(reads)[0] == [0, 40]


def test_few_mismatches_are_allowed_and_unknown_bases_equal_nothing():
    end, begin = GENOME[:60], GENOME[35:95]  # 25 bases are shared
    wrong = begin[:10] + ("A" if begin[10] != "A" else "C") + begin[11:]
    assert moved([(end, 0, 0, True, 0), (begin, 50, 1, True, 0)])[0] == [0, 35]
    assert moved([(end, 0, 0, True, 0), (wrong, 50, 1, True, 0)])[0] == [0, 35]
    unknown = begin[:10] + "NN" + begin[12:]
    assert moved([(end, 0, 0, True, 0), (unknown, 50, 1, True, 0)])[0] == [0, 61]
    both = end[:-20] + "N" * 20, "N" * 20 + begin[20:]
    assert moved([(both[0], 0, 0, True, 0), (both[1], 50, 1, True, 0)])[0] == [0, 61]
