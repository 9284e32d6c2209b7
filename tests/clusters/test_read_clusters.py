"""Clusters of reads from those of pieces: status, shared reads, others; depth of genomes."""

import numpy as np
import pyarrow as pa
import pytest

from readkin.clusters.common_stretches import StrainsOfReads
from readkin.clusters.counted_reads import count_reads
from readkin.clusters.read_clusters import cluster_tables, clusters_of_genomes, other_clusters
from readkin.clusters.summary import genome_sizes, longest_pieces
from readkin.formats.clusters import STATUSES
from readkin.formats.unaligned_bam import UnitName
from support.genome_reads import genome_reads, write_bam
from support.some_genomes import genomes_of
from support.some_pieces import some_pieces


def clusters_of(genomes, min_confidence=0.8):
    """Return the clusters of the reads of ``some_pieces``, with the strains of their pieces."""
    pieces = some_pieces()
    strains = StrainsOfReads(genomes.strain[pieces.piece], genomes.strain_confidence[pieces.piece])
    return clusters_of_genomes(pieces, genomes, strains, min_confidence)


def statuses(found):
    return [STATUSES[number] for number in found.status]


def test_status_of_reads():
    """Reads 0, 1, 3 are in piece 0, 2 and 4 in piece 1, 5 in shared piece 2."""
    found = clusters_of(genomes_of([1, 0, -1], [0.8, 0.79, 0]))
    assert found.cluster.tolist() == [2, 2, 1, 2, 1, 0]
    placed, unsure, shared = "placed", "low confidence", "shared sequence"
    assert statuses(found) == [placed, placed, unsure, placed, unsure, shared]
    assert found.confidence[-1] == 0
    found = clusters_of(genomes_of([-1, -1, 0], [0, 0, 0.9]))
    assert statuses(found) == ["no cluster"] * 5 + ["placed"]


def test_shared_reads_and_those_that_are_not_placed_list_other_clusters(tmp_path):
    """Piece 0 is placed, piece 1 is not, and shared piece 2 is placed, too."""
    reads = count_reads([write_bam(tmp_path / "r.bam", genome_reads(6, 100, 0, 1), paired=True)])
    genomes = genomes_of(
        [0, 0, 0], [0.9, 0.7, 0.9], second=[1, 1, 1], second_confidence=[0.1, 0.3, 0.1]
    )
    found = clusters_of(genomes)
    table = pa.concat_tables(cluster_tables(reads, [UnitName("a", "b")], found))
    assert table["other_clusters"].to_pylist() == [[], [], [2], [], [2], [2]]


def test_reads_have_the_strain_of_their_piece_and_its_probability():
    changes = {"strain": [1, 2, 0], "strain_confidence": np.array([0.9, 0.7, 0], np.float32)}
    found = clusters_of(genomes_of([0, 0, 1], [0.5] * 3, **changes))
    assert found.strain.tolist() == [1, 1, 2, 1, 2, 0]
    np.testing.assert_allclose(found.strain_confidence, [0.9, 0.9, 0.7, 0.9, 0.7, 0], rtol=1e-6)


def test_other_clusters():
    """Shared piece 2 touches pieces 0 and 1, which alone would list their second clusters only."""
    pieces = some_pieces(contact_a=np.array([0, 0, 1]), contact_b=np.array([1, 2, 2]))
    genomes = genomes_of([4, 0, 0], [1] * 3, second=[3, 7, 5], second_confidence=[0.4, 0.001, 0.2])
    assert other_clusters(pieces, genomes).to_pylist() == [[4], [], [5, 6]]
    none = genomes_of([-1] * 3, [0] * 3)
    assert other_clusters(pieces, none).to_pylist() == [[], [], []]


@pytest.mark.parametrize("depth", [0.5, 2, 10])
def test_size_of_a_genome_from_pieces_that_cover_a_part_of_it(depth):
    """Of 1 Mb the share 1 - exp(-depth) is covered; a repeat of 1 kb has ten copies."""
    covered = round(1e6 * (1 - np.exp(-depth)))
    pieces = some_pieces(
        span=np.array([covered, 1000, 500]), bases=np.array([1e6 * depth, 1e4 * depth, 5e3])
    )
    pieces = some_pieces(
        span=pieces.span, bases=pieces.bases, is_shared_piece=np.array([False, True, False])
    )
    genomes = genomes_of([1, 1, 0], [1] * 3, copy_number=[1, 10, 1])
    depths, sizes = genome_sizes(pieces, genomes, 2)
    assert (depths[1], sizes[1]) == pytest.approx((depth, 1.01e6), rel=0.01)
    assert (depths[0], sizes[0]) == pytest.approx((10, 500), rel=0.01)


def test_longest_pieces():
    cluster = np.array([1, 1, -1])
    assert longest_pieces(some_pieces(), cluster, 3) == ["", "0:9,1:4", ""]
