"""Cuts in pieces whose parts are of different composition.

When a chimeric read or a conserved gene joins two pieces of a few reads, their composition cannot
object. It can when the piece is complete.
"""

from typing import Any

import numpy as np
from numba import njit

from readkin.kernels.layout.composition import (
    CompositionModel,
    K,
    add_composition,
    same_genome_likelihood,
)
from readkin.kernels.layout.joining import PieceState
from readkin.kernels.sequences.sequences import read_only

LEAST_PART_BP = 1000
STEP_BP = 100  # between places that are tried


def cut_pieces(
    state: PieceState,
    residues: np.ndarray,
    offsets: np.ndarray,
    model: CompositionModel,
    least_likelihood: float,
) -> int:
    """Cut pieces at the place where their parts differ most, as long as these differ too much.

    Args:
        state: changed in place; names, members and ends of the pieces that are cut.
        residues: uint8, of all reads.
        offsets: int64 (reads + 1,), bounds of the reads.
        model: of composition.
        least_likelihood: logarithm of the likelihood ratio of one genome to two, below which a
            piece is cut.

    Returns:
        Number of cuts.
    """
    names = np.flatnonzero(state.read["piece"] == np.arange(state.size.size))
    reads = read_only(residues), read_only(offsets)
    return int(_cut(state, names, *reads, model.axes, model.variance, least_likelihood))


@njit(cache=True, nogil=True)
def _cut(
    state: PieceState,
    names: np.ndarray,
    residues: np.ndarray,
    offsets: np.ndarray,
    axes: np.ndarray,
    variance: np.ndarray,
    least_likelihood: float,
) -> int:
    cuts = 0
    for name in names:
        if np.int64(state.high[name]) - state.low[name] < 2 * LEAST_PART_BP:
            continue
        reads = _members(state, name)
        reads = reads[np.argsort(_middles(state, reads), kind="mergesort")]
        pending = [(reads, _composition(reads, residues, offsets, axes))]
        while len(pending) > 0:
            reads, composition = pending.pop()
            at = _best_cut(state, reads, composition, variance, least_likelihood)
            if at > 0:
                cuts += 1
                for part in (slice(at, reads.size), slice(0, at)):
                    _make_piece(state, reads[part], composition[part])
                    pending.append((reads[part], composition[part]))
    return cuts


@njit(cache=True, nogil=True)
def _composition(
    reads: np.ndarray, residues: np.ndarray, offsets: np.ndarray, axes: np.ndarray
) -> np.ndarray:
    """Return the sums over the tetranucleotides of some reads, float32 (k, dims).

    Those of all reads are not kept from the joins on: they need more memory than the bases.
    """
    sums = np.zeros((reads.size, axes.shape[1]), np.float32)
    for n in range(reads.size):
        add_composition(residues[offsets[reads[n]] : offsets[reads[n] + 1]], axes, sums[n])
    return sums


@njit(cache=True, nogil=True)
def _members(state: PieceState, name: Any) -> np.ndarray:
    reads = np.empty(state.size[name], np.int64)
    i, n = np.int64(name), 0
    while i >= 0:
        reads[n] = i
        n += 1
        i = np.int64(state.read[i]["next"])
    return reads


@njit(cache=True, nogil=True)
def _middles(state: PieceState, reads: np.ndarray) -> np.ndarray:
    """Return the position of the middle of each read, int64."""
    middles = np.empty(reads.size, np.int64)
    for n in range(reads.size):
        read = state.read[reads[n]]
        middles[n] = np.int64(read["position"]) + read["length"] // 2
    return middles


@njit(cache=True, nogil=True)
def _best_cut(
    state: PieceState,
    reads: np.ndarray,
    composition: np.ndarray,
    variance: np.ndarray,
    least_likelihood: float,
) -> int:
    """Return before which of the reads, sorted by their middles, to cut; 0 for nowhere."""
    dims = composition.shape[1]
    right, left = np.zeros(dims, np.float32), np.zeros(dims, np.float32)
    bases: Any = 0
    for n in range(reads.size):
        bases += np.int64(state.read[reads[n]]["length"])
        for d in range(dims):
            right[d] += composition[n, d]
    middles = _middles(state, reads)
    low, high = middles[0], middles[-1]
    best, lowest, tried = 0, least_likelihood, low
    bases_left: Any = 0
    for n in range(reads.size):
        if middles[n] - low >= LEAST_PART_BP and middles[n] - tried >= STEP_BP:
            if high - middles[n] < LEAST_PART_BP:
                break
            tried = middles[n]
            bases_right = bases - bases_left
            likelihood = same_genome_likelihood(
                left,
                max(1, bases_left - (K - 1) * n),
                min(middles[n] - low, bases_left),
                right,
                max(1, bases_right - (K - 1) * (reads.size - n)),
                min(high - middles[n], bases_right),
                variance,
            )
            if likelihood < lowest:
                best, lowest = n, likelihood
        bases_left += np.int64(state.read[reads[n]]["length"])
        for d in range(dims):
            left[d] += composition[n, d]
            right[d] -= composition[n, d]
    return best


@njit(cache=True, nogil=True)
def _make_piece(state: PieceState, reads: np.ndarray, composition: np.ndarray) -> None:
    """Make a piece of some reads, named by the first of them."""
    name = reads[0]
    state.size[name] = reads.size
    state.last[name] = reads[-1]
    state.bases[name] = 0
    state.composition[name] = 0
    state.low[name], state.high[name] = np.iinfo(np.int32).max, np.iinfo(np.int32).min
    for n in range(reads.size):
        i = reads[n]
        own = state.read[i]
        own["piece"] = name
        own["next"] = reads[n + 1] if n + 1 < reads.size else -1
        state.bases[name] += own["length"]
        state.low[name] = min(state.low[name], own["position"])
        state.high[name] = max(state.high[name], own["position"] + own["length"])
        for d in range(composition.shape[1]):
            state.composition[name, d] += composition[n, d]
