"""Strains are found by depth, samples and conflicts, and replicons are no strains."""

from dataclasses import replace

import numpy as np
from sklearn.metrics import adjusted_rand_score

from support.simulated_pieces import cut, pieces_of, random_genome
from support.simulated_strains import found, side_by_side, two_depths


def strain_of_reads(simulated, genomes):
    return (10 * genomes.cluster + genomes.strain)[simulated.pieces.piece]


def test_two_depths_side_by_side_are_strains():
    simulated = side_by_side(two_depths([(14.0,), (5.0,)]))
    genomes = found(simulated)
    assert genomes.n_clusters == 1
    assert set(genomes.strain[genomes.cluster == 0]) == {1, 2}
    score = adjusted_rand_score(simulated.genome_of_reads(), strain_of_reads(simulated, genomes))
    assert score > 0.97
    reads = [simulated.pieces.n_reads[genomes.strain == strain].sum() for strain in (1, 2)]
    assert reads[0] > reads[1]
    [evidence] = genomes.evidence
    assert evidence["cluster"] == 0
    long = simulated.pieces.span > 2000
    assert np.allclose(genomes.copy_number[long], 1, atol=0.4)


def test_two_depths_apart_are_replicons():
    simulated = two_depths([(9.0,), (5.0,)])
    genomes = found(simulated)
    assert genomes.n_clusters == 1
    assert (genomes.strain == 0).all()
    assert genomes.evidence == []
    long = simulated.pieces.span > 2000
    median = [np.median(genomes.copy_number[long & (simulated.genome == g)]) for g in (0, 1)]
    assert 1.5 < median[0] / median[1] < 2.1


def test_strains_with_profiles_of_their_own_share_a_cluster():
    simulated = side_by_side(two_depths([(9.0, 1.0, 2.0), (2.0, 8.0, 2.0)]))
    genomes = found(simulated)
    assert genomes.n_clusters == 1
    score = adjusted_rand_score(simulated.genome_of_reads(), strain_of_reads(simulated, genomes))
    assert score > 0.97
    assert genomes.evidence[0]["cluster"] == 0


def test_strains_of_equal_depth_are_reported_as_not_phased():
    genomes = found(side_by_side(two_depths([(8.0,), (8.0,)])))
    assert genomes.n_clusters == 1
    assert (genomes.strain == 0).all()
    [evidence] = genomes.evidence
    assert evidence["kind"] == "not phased"
    assert evidence["conflicts_per_read"] > 0.5


def test_strains_are_not_looked_for_on_request():
    genomes = found(side_by_side(two_depths([(14.0,), (5.0,)])), strains=False)
    assert (genomes.strain == 0).all()
    assert genomes.evidence == []


def test_conflicts_and_mates_place_short_pieces_of_strains():
    simulated = two_depths([(14.0,), (5.0,)], mean_bp=2500, seed=4)
    plain = side_by_side(simulated, against=0.0)
    with_conflicts = side_by_side(simulated, against=1.0)
    scores = [
        adjusted_rand_score(simulated.genome_of_reads(), strain_of_reads(simulated, found(pieces)))
        for pieces in (plain, with_conflicts)
    ]
    assert min(scores) > 0.9


def with_stray_reads(simulated, per_piece=20):
    """Return the pieces with lone reads that contradict a long piece of their own strain each."""
    pieces = simulated.pieces
    long = np.flatnonzero(pieces.span > 2000)
    p, host = len(pieces), np.repeat(long, per_piece)
    new = np.arange(p, p + len(host))
    reads = {"position": 0, "is_forward": True, "is_shared": False}
    changes = {
        name: np.concatenate([getattr(pieces, name), np.full(len(new), value)])
        for name, value in reads.items()
    }
    contacts = {
        "contact_a": host,
        "contact_b": new,
        "contact_alignments": np.full(len(new), 12),
        "contact_against": np.full(len(new), 12),
        "contact_unclear": np.zeros(len(new)),
    }
    order = np.lexsort(
        [
            np.concatenate([getattr(pieces, name), contacts[name]])
            for name in ("contact_b", "contact_a")
        ]
    )
    changes |= {
        name: np.concatenate([getattr(pieces, name), values])[order].astype(np.uint32)
        for name, values in contacts.items()
    }
    consensus = [pieces.consensus[pieces.consensus_offsets[piece] :][:150] for piece in host]
    changes |= {
        "piece": np.concatenate([pieces.piece, new]).astype(np.uint32),
        "span": np.concatenate([pieces.span, np.full(len(new), 150)]).astype(np.uint32),
        "bases": np.concatenate([pieces.bases, np.full(len(new), 150)]).astype(np.uint64),
        "is_shared_piece": np.concatenate([pieces.is_shared_piece, np.zeros(len(new), bool)]),
        "consensus": np.concatenate([pieces.consensus, *consensus]),
    }
    return simulated._replace(
        pieces=replace(pieces, **changes),
        sample=np.concatenate([simulated.sample, simulated.genome[host]]),
        genome=np.concatenate([simulated.genome, simulated.genome[host]]),
    )


def test_lone_reads_of_many_errors_do_not_turn_long_pieces_to_another_strain():
    simulated = with_stray_reads(side_by_side(two_depths([(9.0, 1.0), (1.0, 7.0)])))
    genomes = found(simulated)
    long = simulated.pieces.span > 2000
    strain = genomes.strain[long]
    assert genomes.n_clusters == 1
    assert adjusted_rand_score(simulated.genome[long], strain) > 0.9


def test_three_strains_of_a_species_are_found():
    rng = np.random.default_rng(3)
    genome = random_genome(900_000, rng)
    depths = [(18.0,), (8.0,), (3.5,)]
    parts = [genome[300_000 * i : 300_000 * (i + 1)] for i in range(3)]
    stretches = [
        stretch
        for number, (part, depth) in enumerate(zip(parts, depths, strict=True))
        for stretch in cut(part, number, depth, rng)
    ]
    simulated = side_by_side(pieces_of(stretches, rng), per_read=6.0)
    genomes = found(simulated)
    assert genomes.n_clusters == 1
    assert genomes.strain.max() == 3
    score = adjusted_rand_score(simulated.genome_of_reads(), strain_of_reads(simulated, genomes))
    assert score > 0.95
    [evidence] = genomes.evidence
    assert len(evidence["depths"]) == len(evidence["spans_bp"]) == 3
    assert evidence["depths"] == sorted(evidence["depths"], reverse=True)
