"""Strains: a level below clusters, found by rival clusters, by depth, and by samples."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from readkin.clusters.assignments import Assignments
from readkin.clusters.contacts import contacts_of_groups, rivals
from readkin.clusters.mixtures import Mixture, best_mixture
from readkin.clusters.phasing import phased, strain_log_densities, strain_means
from readkin.clusters.profiles import AbundanceScale, PieceProfiles

SHORT_BP = 1000  # shorter pieces do not show that there are strains
ROUNDS = 3  # in which the abundances of strains are learned


@dataclass(frozen=True, kw_only=True)
class StrainRules:
    """When a cluster is two strains; all values were chosen by measurement.

    Attributes:
        rivals_per_read: contradicting alignments between two clusters, for each read of the smaller
            one, that make them strains of one species.
        contacts_per_read: alignments between two strains in one cluster, likewise; replicons of
            different depth have none.
        unphased_per_read: contradicting alignments within a cluster, for each read, that show
            strains even if they cannot be separated.
        smallest_bp: clusters with less sequence are not divided.
        separation: least difference of log depth or log share.
        span_ratio: least ratio of the lengths of both strains.
        gain: log likelihood that two strains gain over one, per kb.
        deviation: standard deviation of log depth within a strain, beyond that of counts.
        conflict: log odds of different strains for two pieces side by side that differ.
    """

    rivals_per_read: float = 0.5
    contacts_per_read: float = 0.5
    unphased_per_read: float = 0.5
    smallest_bp: int = 200_000
    separation: float = 0.485
    span_ratio: float = 0.2
    gain: float = 0.5
    deviation: float = 0.055
    conflict: float = 3.0


def find_strains(
    profiles: PieceProfiles, scale: AbundanceScale, placed: Assignments, rules: StrainRules
) -> None:
    """Join rival clusters into species with strains, and divide others, in place.

    Args:
        profiles: of all pieces.
        scale: dimensions of depth and shares.
        placed: assignments of all pieces.
        rules: conditions.
    """
    shows = (profiles.length >= SHORT_BP) & ~profiles.pieces.is_shared_piece
    n = int(placed.cluster.max(initial=-1)) + 1
    group = np.where(shows, placed.cluster, -1)
    is_rival = rivals(contacts_of_groups(profiles.pieces, group, n), rules.rivals_per_read)
    species = connected_components(csr_array(is_rival), directed=False)[1]
    for number in np.flatnonzero(np.bincount(species) > 1):
        members = np.flatnonzero(np.append(species, -1)[placed.cluster] == number)
        evidence = _phase_rivals(profiles, placed, members, shows[members], scale, rules)
        placed.evidence.append({"cluster": int(number)} | evidence)
    _join_rivals(placed, species)
    group = np.where(shows, placed.cluster, -1)
    contacts = contacts_of_groups(profiles.pieces, group, int(species.max(initial=-1)) + 1)
    conflicts = contacts.against.diagonal() / np.maximum(contacts.reads, 1)
    for cluster in np.flatnonzero(np.bincount(species) == 1):
        per_read = float(conflicts[cluster])
        members = np.flatnonzero(placed.cluster == cluster)
        found = _divide(profiles, members, shows[members], scale, placed, rules)
        if found is None and per_read > rules.unphased_per_read:
            found = {"kind": "not phased", "conflicts_per_read": round(per_read, 3)}
        if found:
            placed.evidence.append({"cluster": int(cluster)} | found)


def _phase_rivals(
    profiles: PieceProfiles,
    placed: Assignments,
    members: np.ndarray,
    shows: np.ndarray,
    scale: AbundanceScale,
    rules: StrainRules,
) -> dict[str, Any]:
    """Decide again between the rival clusters of a species: strains do not differ in composition.

    Args:
        profiles: of all pieces.
        placed: assignments, whose strains are filled in.
        members: int64 (m,), pieces of the rival clusters, ascending.
        shows: bool (m,), pieces that are long enough to show strains.
        scale: dimensions of depth and shares.
        rules: conditions.

    Returns:
        Numbers that show the strains.
    """
    x, noise = _abundances(profiles, members, scale, rules)
    clusters, first = np.unique(placed.cluster[members], return_inverse=True)
    start = np.eye(len(clusters))[first]
    weight = profiles.length[members] * shows
    means = strain_means(x, noise, weight, start)
    _fill_in(profiles, placed, members, weight, (x, noise), means, rules)
    depths = np.exp(means[:, 0] + scale.centre[0])
    return {"kind": "clusters side by side", "depths": [round(float(d), 2) for d in depths]}


def _fill_in(
    profiles: PieceProfiles,
    placed: Assignments,
    members: np.ndarray,
    weight: np.ndarray,
    abundances: tuple[np.ndarray, np.ndarray],
    means: np.ndarray,
    rules: StrainRules,
) -> None:
    """Find the strain of each member by abundance and by conflicts; learn the means again."""
    x, noise = abundances
    for _ in range(ROUNDS):
        own = strain_log_densities(x, noise, means)
        probability = phased(profiles.pieces, members, own, rules.conflict)
        means = strain_means(x, noise, weight, probability)
    placed.strain[members] = 1 + probability.argmax(axis=1)
    placed.strain_confidence[members] = probability.max(axis=1)


def _join_rivals(placed: Assignments, species: np.ndarray) -> None:
    """Replace clusters by their species."""
    padded = np.append(species, -1)
    cluster, second = padded[placed.cluster], padded[placed.second]
    is_same = (cluster == second) & (cluster >= 0)
    placed.confidence[is_same] += placed.second_confidence[is_same]
    placed.second_confidence[is_same] = 0
    placed.cluster[:] = cluster
    placed.second[:] = np.where(is_same, -1, second)


def _divide(
    profiles: PieceProfiles,
    members: np.ndarray,
    shows: np.ndarray,
    scale: AbundanceScale,
    placed: Assignments,
    rules: StrainRules,
) -> dict[str, Any] | None:
    """Divide a cluster whose pieces have two depths or two profiles over samples, if it is so.

    Args:
        profiles: of all pieces.
        members: int64 (m,), pieces of the cluster, ascending.
        shows: bool (m,), pieces that are long enough to show strains.
        scale: dimensions of depth and shares.
        placed: assignments, whose strains are filled in.
        rules: conditions.

    Returns:
        Numbers that show the division, if there is one.
    """
    length = profiles.length[members]
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
    group[members[shows]] = own[shows] <= 0
    contacts = contacts_of_groups(profiles.pieces, group, 2)
    per_read = contacts.alignments.toarray()[0, 1] / max(contacts.reads.min(), 1)
    if per_read < rules.contacts_per_read:
        return None
    means = np.stack([mixture.first, mixture.second])
    _fill_in(profiles, placed, members, length * shows, (x, noise), means, rules)
    return _evidence(mixture, scale) | {
        "spans_bp": [int(length[placed.strain[members] == strain].sum()) for strain in (1, 2)],
        "alignments_between_per_read": round(float(per_read), 3),
    }


def _abundances(
    profiles: PieceProfiles, members: np.ndarray, scale: AbundanceScale, rules: StrainRules
) -> tuple[np.ndarray, np.ndarray]:
    """Return log abundances and their variances within a strain."""
    scale = replace(scale, overdispersion=np.array(rules.deviation**2))
    return scale.dimensions(profiles, members)


def _evidence(mixture: Mixture, scale: AbundanceScale) -> dict[str, Any]:
    depths = np.exp(np.array([mixture.first[0], mixture.second[0]]) + scale.centre[0])
    return {
        "kind": "depth" if len(mixture.first) == 1 else "samples",
        "depths": [round(float(depth), 2) for depth in depths],
        "log_ratio": round(mixture.separation, 3),
        "gain_per_kb": round(mixture.gain, 3),
    }
