"""Simulated pieces of strains: of one composition, at different depths, side by side."""

from dataclasses import replace
from itertools import combinations

import numpy as np

from readkin.clusters.genomes import GenomeRules, find_genomes
from readkin.formats.metric import read_metric
from support.simulated_pieces import cut, pieces_of, random_genome


def two_depths(depths, seed=1, length=500_000, mean_bp=8000):
    """Two halves of sequence of one composition, at two depths."""
    rng = np.random.default_rng(seed)
    genome = random_genome(length, rng)
    stretches = cut(genome[: length // 2], 0, depths[0], rng, mean_bp)
    stretches += cut(genome[length // 2 :], 1, depths[1], rng, mean_bp)
    return pieces_of(stretches, rng)


def side_by_side(simulated, per_read=3.0, against=0.8, seed=2):
    """Return the pieces with contacts between random pieces of different genomes."""
    pieces, rng = simulated.pieces, np.random.default_rng(seed)
    parts = [np.flatnonzero(simulated.genome == number) for number in np.unique(simulated.genome)]
    pairs = {
        (int(min(a, b)), int(max(a, b)))
        for first, second in combinations(parts, 2)
        for a in first
        for b in rng.choice(second, 2, replace=False)
    }
    a, b = np.array(sorted(pairs), np.uint32).T
    smaller = min(pieces.n_reads[part].sum() for part in parts)
    alignments = np.full(len(a), max(3, per_read * smaller / len(a))).astype(np.uint32)
    changes = {
        "contact_a": a,
        "contact_b": b,
        "contact_alignments": alignments,
        "contact_against": (against * alignments).astype(np.uint32),
        "contact_unclear": np.zeros(len(a), np.uint32),
    }
    return simulated._replace(pieces=replace(pieces, **changes))


def found(simulated, **rules):
    samples = int(simulated.sample.max()) + 1
    return find_genomes(
        simulated.pieces, simulated.sample, samples, GenomeRules(**rules), read_metric()
    )
