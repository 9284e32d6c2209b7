"""Names of clusters: by content, stable when reads are added, different."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.clusters import names as naming
from support.community_pieces import random_genome, write_community
from support.some_pieces import some_pieces


def pieces_of(*sequences, shared=()):
    """Return pieces with these consensus sequences, uint8."""
    return some_pieces(
        span=np.array([len(sequence) for sequence in sequences], np.uint32),
        is_shared_piece=np.isin(np.arange(len(sequences)), shared),
        consensus=np.concatenate([*sequences, np.zeros(0, np.uint8)]),
    )


def cluster_names(pieces, cluster, n_clusters):
    """Return the names of clusters of which every piece is sure."""
    return naming.cluster_names(pieces, cluster, np.ones(len(pieces), bool), n_clusters)


GENOMES = [random_genome(3000, 0.5, seed) for seed in range(4)]


def test_names_follow_the_content_not_the_number():
    pieces = pieces_of(*GENOMES[:3])
    names = cluster_names(pieces, np.array([0, 1, 2]), 3)
    assert cluster_names(pieces, np.array([2, 0, 1]), 3) == [names[1], names[2], names[0]]
    turned = pieces_of(*(3 - genome[::-1] for genome in GENOMES[:3]))
    assert cluster_names(turned, np.array([0, 1, 2]), 3) == names
    assert all(len(name) == 9 and name[0] == "c" for name in names)


def test_pieces_without_a_cluster_do_not_matter():
    alone = cluster_names(pieces_of(GENOMES[0]), np.array([0]), 1)
    assert cluster_names(pieces_of(*GENOMES[:2]), np.array([0, -1]), 1) == alone
    assert cluster_names(pieces_of(*GENOMES[:2], shared=[1]), np.array([0, 0]), 1) == alone


def test_unsure_pieces_name_a_cluster_only_if_there_are_no_others():
    pieces, cluster = pieces_of(*GENOMES[:3]), np.array([0, 0, 1])
    names = naming.cluster_names(pieces, cluster, np.array([True, False, False]), 2)
    alone = [cluster_names(pieces_of(genome), np.array([0]), 1)[0] for genome in GENOMES[:3]]
    assert names == [alone[0], alone[2]]


def test_common_sequence_gives_no_name():
    """Strains: the common part has the smallest hashes of both, but each is named by its own."""
    common = np.concatenate([GENOMES[2], GENOMES[3]])
    strains = [np.concatenate([common, own]) for own in GENOMES[:2]]
    both = cluster_names(pieces_of(*strains), np.array([0, 1]), 2)
    assert len(set(both)) == 2
    assert cluster_names(pieces_of(*reversed(strains)), np.array([0, 1]), 2) == both[::-1]


@given(st.lists(st.integers(-1, 2), max_size=6))
def test_equal_and_empty_sequences_have_different_names(clusters):
    empty = np.full(40, 4, np.uint8)
    sequences = [GENOMES[0] if i % 2 else empty for i in range(len(clusters))]
    names = cluster_names(pieces_of(*sequences), np.array(clusters, np.int64), 3)
    assert len(set(names)) == 3


def test_most_names_stay_with_another_sample(tmp_path):
    """Twelve genomes at a depth of 4, then with a second sample: another coverage, same names."""
    genomes = [random_genome(20_000, 0.5, seed) for seed in range(12)]
    names = []
    for folder, samples in (("one", [4]), ("two", [4, 3])):
        (tmp_path / folder).mkdir()
        depths = [[depth] * len(genomes) for depth in samples]
        written = write_community(tmp_path / folder, genomes, depths)
        piece, first = np.unique(written.pieces.piece, return_index=True)
        names.append(cluster_names(written.pieces, written.genome[first], len(genomes)))
        assert len(piece) == len(written.pieces)
    kept = sum(one == two for one, two in zip(*names, strict=True))
    assert kept >= 10
