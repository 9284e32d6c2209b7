"""Pieces are cut where their composition becomes that of another genome, and nothing is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.layout.composition import CompositionModel, composition_sums
from readkin.kernels.layout.cutting import cut_pieces
from readkin.kernels.layout.joining import single_reads
from readkin.kernels.layout.residues import pack_residues

READ_BP, STEP_BP = 150, 100
VARIANCE = np.array([36.0, 36.0])
LIMIT = -25.0
A_WORD = 20.0  # composition of AAAA; CCCC has the opposite one, all other words none


def model():
    axes = np.zeros((256, 2), np.float32)
    axes[0, 0], axes[0b01010101, 0] = A_WORD, -A_WORD
    return CompositionModel(axes, VARIANCE)


def laid_out(pieces):
    """Return the state of pieces, and the bases of their reads: some As, then Cs.

    Args:
        pieces: of each piece the mean composition of each stretch of 100 reads, a number.
    """
    rng = np.random.default_rng(5)
    level = np.concatenate([np.repeat(stretches, 100) for stretches in pieces])
    composition = (READ_BP - 3) * level + rng.normal(0, 20, level.size)
    n_a = np.rint((composition / A_WORD + READ_BP) / 2)
    bases = (np.arange(READ_BP) >= n_a[:, None]).astype(np.uint8)
    state = single_reads(np.full(level.size, READ_BP), sums_of(bases))
    first = 0
    for stretches in pieces:
        members = first + rng.permutation(100 * len(stretches))  # linked in any order
        state.read["position"][members] = STEP_BP * (members - first)
        state.read["piece"][members] = members[0]
        state.read["next"][members] = np.append(members[1:], -1)
        name = members[0]
        state.last[name], state.size[name] = members[-1], members.size
        state.low[name], state.high[name] = 0, STEP_BP * (members.size - 1) + READ_BP
        state.bases[name] = READ_BP * members.size
        first += members.size
    return state, bases


def arrays_of(bases):
    """Return the residues and their bounds."""
    offsets = np.arange(len(bases) + 1, dtype=np.int64) * READ_BP
    return pack_residues(bases.ravel(), np.full(bases.size, 30, np.uint8)), offsets


def sums_of(bases):
    return composition_sums(*arrays_of(bases), model().axes)


def cut(pieces):
    """Return the reads of each piece after cutting, by their first read, and the state."""
    state, bases = laid_out(pieces)
    cuts = cut_pieces(state, *arrays_of(bases), model(), LIMIT)
    piece = state.read["piece"]
    parts = {int(name): np.flatnonzero(piece == name) for name in np.unique(piece)}
    assert cuts == len(parts) - len(pieces)
    return sorted(parts.values(), key=lambda reads: reads[0]), state


@pytest.mark.parametrize(
    ("pieces", "bounds"),
    [
        ([[1, 1]], [0]),
        ([[6, -6]], [0, 100]),
        ([[0, 0], [6, 6, -6]], [0, 200, 400]),
        ([[9, -9, 9]], [0, 100, 200]),
        ([[0.1, -0.1]], [0]),
    ],
)
def test_cut_between_two_compositions(pieces, bounds):
    parts, _ = cut(pieces)
    found = [int(reads[0]) for reads in parts]
    assert found == pytest.approx(bounds, abs=4)
    for reads in parts:
        assert np.diff(reads).max() == 1


@given(
    st.lists(st.lists(st.sampled_from([-6, 0, 6]), min_size=1, max_size=4), min_size=1, max_size=3)
)
def test_members_and_ends_agree(pieces):
    parts, state = cut(pieces)
    assert sum(map(len, parts)) == len(state.read)
    for reads in parts:
        name = state.read["piece"][reads[0]]
        assert name in reads
        linked, i = [], int(name)
        while i >= 0:
            linked.append(i)
            i = int(state.read["next"][i])
        assert sorted(linked) == reads.tolist()
        assert state.last[name] == linked[-1]
        assert state.size[name] == len(reads)
        assert state.bases[name] == READ_BP * len(reads)
        assert state.low[name] == state.read["position"][reads].min()
        assert state.high[name] == state.read["position"][reads].max() + READ_BP


@pytest.mark.parametrize(("length", "cuts"), [(300, 0), (3000, 1)])
def test_short_ends_stay(length, cuts):
    state, bases = laid_out([[18]])
    bases[: length // STEP_BP] ^= 1
    assert cut_pieces(state, *arrays_of(bases), model(), LIMIT) == cuts
