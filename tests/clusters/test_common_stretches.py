"""Reads of stretches that strains share: their depth shows them, the sample of the read decides."""

import numpy as np
import pytest

from readkin.clusters.common_stretches import strains_of_reads
from support.simulated_pieces import READ_BP
from support.some_genomes import genomes_of
from support.some_pieces import some_pieces

SPAN = 40_000
COMMON = slice(10_000, 16_000)  # of piece 0


def laid_out(depths, common, seed=1):
    """Return piece, position and sample of the reads of two pieces, each of a strain of its own.

    Args:
        depths: of the strains in each sample, (2, samples).
        common: whether reads of the second strain lie on a stretch of the first piece, too.
    """
    rng = np.random.default_rng(seed)
    stretches = [(0, 0, SPAN, 0), (1, 0, SPAN, 1)]
    if common:
        stretches.append((0, COMMON.start, COMMON.stop, 1))
    rows = []
    for piece, start, stop, strain in stretches:
        for sample, depth in enumerate(depths[strain]):
            n = rng.poisson(depth * (stop - start) / READ_BP)
            rows += [(piece, place, sample, strain) for place in rng.integers(start, stop, n)]
    return np.array(rows).T


def strains(piece, position, sample):
    pieces = some_pieces(
        piece=piece.astype(np.uint32),
        position=position.astype(np.int32),
        span=np.array([SPAN, SPAN, 300], np.uint32),
    )
    genomes = genomes_of(
        [0, 0, 1], [1] * 3, strain=[1, 2, 0], strain_confidence=np.array([0.99, 0.99, 0])
    )
    return strains_of_reads(pieces, genomes, sample, int(sample.max()) + 1)


def test_reads_of_a_common_stretch_are_as_sure_as_the_share_of_their_strain():
    piece, position, sample, _ = laid_out([[120], [40]], common=True)
    found = strains(piece, position, sample)
    assert np.array_equal(found.strain, 1 + piece)
    inside = (piece == 0) & (position >= COMMON.start) & (position < COMMON.stop)
    assert np.median(found.confidence[inside]) == pytest.approx(0.99 * 0.75, abs=0.02)
    assert (found.confidence[~inside] > 0.95).mean() > 0.95


def test_the_sample_decides_on_reads_of_a_common_stretch():
    piece, position, sample, true = laid_out([[20, 1], [1, 20]], common=True)
    found = strains(piece, position, sample)
    inside = (piece == 0) & (position >= COMMON.start) & (position < COMMON.stop)
    assert (found.strain[inside] == 1 + sample[inside]).mean() > 0.99
    assert (found.strain == 1 + true).mean() > 0.98


def test_without_common_stretches_reads_have_the_strain_of_their_piece():
    piece, position, sample, _ = laid_out([[12, 3], [3, 4]], common=False)
    found = strains(piece, position, sample)
    assert np.array_equal(found.strain, 1 + piece)
    assert (found.confidence > 0.95).mean() > 0.98


def test_reads_of_clusters_without_strains_have_none():
    piece, position, sample = np.array([[0, 0, 1, 2], [5, 9, 7, -1], [0, 0, 0, 0]])
    found = strains(piece, position, sample)
    assert found.strain[3] == 0
    assert found.confidence[3] == 0
