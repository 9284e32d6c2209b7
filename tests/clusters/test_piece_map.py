"""The map of the pieces: genomes lie apart, and every piece with known bases has a place."""

import numpy as np
import pytest

from readkin.clusters.piece_map import map_of_pieces
from readkin.formats.metric import read_metric
from readkin.formats.reads import load_reads
from support.community_pieces import DIFFERENT_GC, random_genome, write_community
from support.some_pieces import some_pieces


def community(folder, depths):
    genomes = [random_genome(60_000, gc, number) for number, gc in enumerate(DIFFERENT_GC)]
    made = write_community(folder, genomes, depths)
    genome = np.zeros(len(made.pieces), np.int32)
    genome[made.pieces.piece] = made.genome
    sample = load_reads(made.bams).unit.astype(np.int64)
    return made.pieces, sample, genome


@pytest.mark.parametrize("n_samples", [1, 2])
def test_genomes_lie_apart(tmp_path, n_samples):
    pieces, sample, genome = community(tmp_path, [[5, 4, 6], [1, 8, 3]][:n_samples])
    places = map_of_pieces(pieces, sample, n_samples, genome, read_metric())
    assert places.shape == (len(pieces), 2)
    middles = np.array([places[genome == number].mean(axis=0) for number in range(3)])
    nearest = np.linalg.norm(places[:, None] - middles, axis=2).argmin(axis=1)
    long = pieces.span >= 5000
    assert (nearest == genome)[long].mean() > 0.95


def test_pieces_without_clusters_have_places(tmp_path):
    pieces, sample, genome = community(tmp_path, [[5, 4, 6]])
    places = map_of_pieces(pieces, sample, 1, np.full_like(genome, -1), read_metric())
    assert np.isfinite(places).all()
    assert np.ptp(places, axis=0).min() > 0


def test_short_pieces_and_pieces_without_known_bases():
    """Three pieces of 9, 4 and 4 bp, of which nothing else is known."""
    cluster = np.array([0, -1, -1], np.int32)
    places = map_of_pieces(some_pieces(), np.zeros(6, np.int64), 1, cluster, read_metric())
    assert np.isfinite(places).all(axis=1).tolist() == [True, True, True]
    unknown = some_pieces(consensus=np.full(17, 4, np.uint8))
    places = map_of_pieces(unknown, np.zeros(6, np.int64), 1, cluster, read_metric())
    assert np.isnan(places).all()


def test_without_pieces():
    nothing = some_pieces(
        piece=np.zeros(0, np.uint32),
        position=np.zeros(0, np.int32),
        span=np.zeros(0, np.uint32),
        bases=np.zeros(0, np.uint64),
        consensus=np.zeros(0, np.uint8),
    )
    none = np.zeros(0, np.int64)
    assert map_of_pieces(nothing, none, 1, none, read_metric()).shape == (0, 2)
