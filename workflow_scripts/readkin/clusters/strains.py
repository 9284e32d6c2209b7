"""Strains: a level below clusters, found by rival clusters, by depth, and by samples."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from readkin.clusters.assignments import Assignments
from readkin.clusters.contacts import contacts_of_groups, rivals
from readkin.clusters.mixtures import Mixture, best_mixture
from readkin.clusters.profiles import AbundanceScale, PieceProfiles
from readkin.formats.pieces import Pieces

SHORT_BP = 1000  # shorter pieces do not show that there are strains
ITERATIONS = 30


@dataclass(frozen=True, kw_only=True)
class StrainRules:
    """When a cluster is two strains; all values were chosen by measurement.

    Attributes:
        rivals_per_read: contradicting alignments between two clusters, for each read of the smaller
            one, that make them strains of one species.
        contacts_per_read: alignments between two strains in one cluster, likewise; replicons of
            different depth have none.
        smallest_bp: clusters with less sequence are not divided.
        separation: least difference of log depth or log share.
        span_ratio: least ratio of the lengths of both strains.
        gain: log likelihood that two strains gain over one, per kb.
        deviation: standard deviation of log depth within a strain, beyond that of counts.
        conflict: log odds of different strains for two pieces side by side that differ, and of the
            same strain for two pieces that mates link.
        unphased_per_read: contradicting alignments within a cluster, for each read, that show
            strains even if they cannot be told apart.
    """

    rivals_per_read: float = 0.5
    contacts_per_read: float = 0.5
    smallest_bp: int = 200_000
    separation: float = 0.485
    span_ratio: float = 0.2
    gain: float = 0.5
    deviation: float = 0.055
    conflict: float = 3.0
    unphased_per_read: float = 0.5


def find_strains(
    profiles: PieceProfiles, scale: AbundanceScale, placed: Assignments, rules: StrainRules
) -> None:
    """Join rival clusters into species with strains, and divide others, in place."""
    pieces = profiles.pieces
    n = int(placed.cluster.max(initial=-1)) + 1
    species = species_of_clusters(pieces, placed.cluster, n, rules)
    _join_rivals(profiles, placed, species)
    n = int(species.max(initial=-1)) + 1
    contacts = contacts_of_groups(pieces, placed.cluster, n)
    conflicts = contacts.against.diagonal() / np.maximum(contacts.reads, 1)
    for cluster in np.flatnonzero(np.bincount(species) == 1):
        members = np.flatnonzero(placed.cluster == cluster)
        division = divide_cluster(profiles, members, scale, rules)
        if division:
            is_first = division.log_odds > 0
            placed.strain[members] = np.where(is_first, 1, 2)
            placed.strain_confidence[members] = 1 / (1 + np.exp(-np.abs(division.log_odds)))
            placed.evidence.append({"cluster": int(cluster)} | division.evidence)
        elif conflicts[cluster] > rules.unphased_per_read:
            per_read = round(float(conflicts[cluster]), 3)
            placed.evidence.append(
                {"cluster": int(cluster), "kind": "not phased", "conflicts_per_read": per_read}
            )


def _join_rivals(profiles: PieceProfiles, placed: Assignments, species: np.ndarray) -> None:
    """Replace clusters by their species, and number the strains in those with several clusters."""
    n_species = int(species.max(initial=-1)) + 1
    size = np.bincount(species, minlength=n_species)
    strain = np.zeros(len(species) + 1, np.int64)  # the last one for pieces without a cluster
    for number in np.flatnonzero(size > 1):
        clusters = np.flatnonzero(species == number)
        strain[clusters] = 1 + np.arange(len(clusters))
        placed.evidence.append(
            {"cluster": int(number), "kind": "clusters side by side", "strains": len(clusters)}
        )
    padded = np.append(species, -1)
    is_same = (padded[placed.cluster] == padded[placed.second]) & (placed.cluster >= 0)
    both = placed.confidence + placed.second_confidence
    placed.strain[:] = strain[placed.cluster]
    certainty = np.where(is_same, placed.confidence / np.maximum(both, 1e-300), 1)
    placed.strain_confidence[:] = np.where(placed.strain > 0, certainty, 0)
    placed.confidence[:] = np.where(is_same, both, placed.confidence)
    placed.cluster[:] = padded[placed.cluster]
    placed.second[:] = np.where(is_same, -1, padded[placed.second])
    placed.second_confidence[is_same] = 0


def species_of_clusters(
    pieces: Pieces, cluster: np.ndarray, n: int, rules: StrainRules
) -> np.ndarray:
    """Return a number for each of n clusters that rival clusters share, int64 (n,)."""
    is_rival = rivals(contacts_of_groups(pieces, cluster, n), rules.rivals_per_read)
    return connected_components(csr_array(is_rival), directed=False)[1].astype(np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class Division:
    """Division of one cluster into two strains.

    Attributes:
        members: int64 (m,), pieces of the cluster.
        log_odds: float64 (m,), of the first strain.
        evidence: numbers that show the division.
    """

    members: np.ndarray
    log_odds: np.ndarray
    evidence: dict[str, Any]


def divide_cluster(
    profiles: PieceProfiles, members: np.ndarray, scale: AbundanceScale, rules: StrainRules
) -> Division | None:
    """Divide a cluster whose pieces have two depths or two profiles over samples, if it is so.

    Args:
        profiles: of all pieces.
        members: int64 (m,), pieces of the cluster, ascending.
        scale: dimensions of depth and shares.
        rules: conditions.
    """
    length = profiles.length[members]
    shows = (length >= SHORT_BP) & ~profiles.pieces.is_shared_piece[members]
    if length[shows].sum() < rules.smallest_bp:
        return None
    x, noise = _abundances(profiles, members, scale, rules)
    mixture = best_mixture(x[shows], noise[shows], length[shows] / 1000)
    own = mixture.log_odds(x, noise)
    spans = np.array([length[shows & half].sum() for half in (own > 0, own <= 0)])
    if (
        mixture.separation < rules.separation
        or mixture.gain < rules.gain
        or spans.min() < rules.span_ratio * spans.max()
    ):
        return None
    group = np.full(len(profiles.pieces), -1)
    group[members] = own <= 0
    contacts = contacts_of_groups(profiles.pieces, group, 2)
    per_read = contacts.alignments.toarray()[0, 1] / max(contacts.reads.min(), 1)
    if per_read < rules.contacts_per_read:
        return None
    log_odds = _with_conflicts(profiles.pieces, members, own, rules)
    evidence = _evidence(profiles, members, log_odds, mixture, scale)
    evidence |= {"alignments_between_per_read": round(float(per_read), 3)}
    return Division(members=members, log_odds=log_odds, evidence=evidence)


def _abundances(
    profiles: PieceProfiles, members: np.ndarray, scale: AbundanceScale, rules: StrainRules
) -> tuple[np.ndarray, np.ndarray]:
    """Return log abundances and their variances within a strain."""
    x, noise = replace(scale, overdispersion=np.array(rules.deviation**2)).dimensions(
        profiles, members
    )
    bias = (SHORT_BP / np.maximum(profiles.length[members], 1)) ** 2
    noise[:, 0] += np.where(profiles.length[members] >= SHORT_BP, 0.12 * bias, 0)
    return x, noise


def _with_conflicts(
    pieces: Pieces, members: np.ndarray, own: np.ndarray, rules: StrainRules
) -> np.ndarray:
    """Return log odds that consider conflicts and mates too, by mean-field iteration.

    Args:
        pieces: the pieces.
        members: int64 (m,), ascending.
        own: float64 (m,), log odds of each piece by itself.
        rules: strength of a conflict.
    """
    differs = pieces.contact_against > 0.5 * pieces.contact_alignments
    differs &= pieces.contact_alignments >= 3
    linked = pieces.link_count >= 2
    a = np.concatenate([pieces.contact_a[differs], pieces.link_a[linked]])
    b = np.concatenate([pieces.contact_b[differs], pieces.link_b[linked]])
    strength = np.repeat([-rules.conflict / 2, rules.conflict / 2], [differs.sum(), linked.sum()])
    place = np.full(len(pieces), -1)
    place[members] = np.arange(len(members))
    kept = (place[a] >= 0) & (place[b] >= 0)
    rows, columns, values = place[a][kept], place[b][kept], strength[kept]
    coupling = csr_array((values, (rows, columns)), shape=(len(members), len(members)))
    coupling = csr_array(coupling + coupling.T)
    field = own / 2
    side = np.tanh(field)
    for _ in range(ITERATIONS):
        side = 0.5 * (side + np.tanh(field + coupling @ side))
    return 2 * np.arctanh(np.clip(side, -1 + 1e-12, 1 - 1e-12))


def _evidence(
    profiles: PieceProfiles,
    members: np.ndarray,
    log_odds: np.ndarray,
    mixture: Mixture,
    scale: AbundanceScale,
) -> dict[str, Any]:
    halves = (log_odds > 0, log_odds <= 0)
    depths = np.exp([mixture.first[0] + scale.centre[0], mixture.second[0] + scale.centre[0]])
    return {
        "kind": "depth" if len(mixture.first) == 1 else "samples",
        "depths": [round(float(depth), 2) for depth in depths],
        "spans_bp": [int(profiles.length[members[half]].sum()) for half in halves],
        "log_ratio": round(mixture.separation, 3),
        "gain_per_kb": round(mixture.gain, 3),
    }
