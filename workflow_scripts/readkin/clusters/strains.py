"""Strains: a level below clusters, found by rival clusters, by depth, and by samples."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from readkin.clusters.assignments import Assignments
from readkin.clusters.contacts import contacts_of_groups, rivals
from readkin.clusters.mixtures import best_mixture
from readkin.clusters.phasing import phased, strain_log_densities, strain_means
from readkin.clusters.profiles import AbundanceScale, PieceProfiles

SHORT_BP = 1000  # shorter pieces do not show that there are strains
MOST_STRAINS = 8  # of a species
ROUNDS = 3  # in which the abundances of strains are learned


@dataclass(frozen=True, kw_only=True)
class StrainRules:
    """When a cluster is several strains; all values were chosen by measurement.

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
    contacts_per_read: float = 1.5
    unphased_per_read: float = 0.5
    smallest_bp: int = 200_000
    separation: float = 0.485
    span_ratio: float = 0.2
    gain: float = 0.5
    deviation: float = 0.055
    conflict: float = 3.0


class Division(NamedTuple):
    """Pieces that are divided.

    Attributes:
        is_second: bool (m,), pieces of the second half.
        evidence: numbers that show it.
    """

    is_second: np.ndarray
    evidence: dict[str, Any]


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
    n, species = connected_components(csr_array(is_rival), directed=False)
    species_of_piece = np.append(species, -1)[placed.cluster]
    group = np.where(shows, species_of_piece, -1)
    contacts = contacts_of_groups(profiles.pieces, group, n)
    conflicts = contacts.against.diagonal() / np.maximum(contacts.reads, 1)
    for number in range(n):
        members = np.flatnonzero(species_of_piece == number)
        found = _strains_of(profiles, placed, members, shows[members], scale, rules)
        per_read = float(conflicts[number])
        if found is None and per_read > rules.unphased_per_read:
            found = {"kind": "not phased", "conflicts_per_read": round(per_read, 3)}
        if found:
            placed.evidence.append({"cluster": number} | found)
    _join_rivals(placed, species)


def _strains_of(
    profiles: PieceProfiles,
    placed: Assignments,
    members: np.ndarray,
    shows: np.ndarray,
    scale: AbundanceScale,
    rules: StrainRules,
) -> dict[str, Any] | None:
    """Find the strains of a species: rival clusters, each divided as long as it has two abundances.

    What is left of composition does not count: strains do not differ in it.

    Args:
        profiles: of all pieces.
        placed: assignments, whose strains are filled in.
        members: int64 (m,), pieces of the species, ascending.
        shows: bool (m,), pieces that are long enough to show strains.
        scale: dimensions of depth and shares.
        rules: conditions.

    Returns:
        Numbers that show the strains, if there are any.
    """
    x, noise = _abundances(profiles, members, scale, rules)
    clusters, part = np.unique(placed.cluster[members], return_inverse=True)
    divisions: list[dict[str, Any]] = []
    undivided = list(range(len(clusters)))
    while undivided and len(clusters) + len(divisions) < MOST_STRAINS:
        inside = np.flatnonzero(part == undivided.pop())
        divided = _divide(
            profiles, members[inside], shows[inside], (x[inside], noise[inside]), rules
        )
        if divided:
            new = len(clusters) + len(divisions)
            undivided += [int(part[inside[0]]), new]
            part[inside[divided.is_second]] = new
            divisions.append(divided.evidence)
    n = len(clusters) + len(divisions)
    if n == 1:
        return None
    weight = profiles.length[members] * shows
    means = _fill_in(profiles, placed, members, weight, (x, noise), np.eye(n)[part], rules)
    order = np.argsort(-means[:, 0], kind="stable")
    depths = np.exp(means[order, 0] + scale.centre[0])
    spans = np.bincount(placed.strain[members] - 1, weights=weight, minlength=n)[order]
    by_abundance = "depth" if x.shape[1] == 1 else "samples"
    return {
        "kind": by_abundance if len(clusters) == 1 else "clusters side by side",
        "depths": [round(float(depth), 2) for depth in depths],
        "spans_bp": [int(span) for span in spans],
        "divisions": divisions,
    }


def _fill_in(
    profiles: PieceProfiles,
    placed: Assignments,
    members: np.ndarray,
    weight: np.ndarray,
    abundances: tuple[np.ndarray, np.ndarray],
    start: np.ndarray,
    rules: StrainRules,
) -> np.ndarray:
    """Find the strain of each member by abundance and by conflicts; return the mean abundances."""
    x, noise = abundances
    means = strain_means(x, noise, weight, start)
    for _ in range(ROUNDS):
        own = strain_log_densities(x, noise, means)
        probability = phased(profiles.pieces, members, own, rules.conflict)
        means = strain_means(x, noise, weight, probability)
    placed.strain[members] = 1 + probability.argmax(axis=1)
    placed.strain_confidence[members] = probability.max(axis=1)
    return means


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
    abundances: tuple[np.ndarray, np.ndarray],
    rules: StrainRules,
) -> Division | None:
    """Divide pieces that have two depths or two profiles over samples, if it is so.

    Args:
        profiles: of all pieces.
        members: int64 (m,), the pieces, ascending.
        shows: bool (m,), pieces that are long enough to show strains.
        abundances: log abundances and their variances, float64 (m, dims).
        rules: conditions.
    """
    x, noise = abundances
    length = profiles.length[members]
    if length[shows].sum() < rules.smallest_bp:
        return None
    mixture = best_mixture(x[shows], noise[shows], length[shows] / 1000)
    is_second = mixture.log_odds(x, noise) <= 0
    spans = np.array([length[shows & half].sum() for half in (~is_second, is_second)])
    if (
        mixture.separation < rules.separation
        or mixture.gain < rules.gain
        or spans.min() < rules.span_ratio * spans.max()
    ):
        return None
    group = np.full(len(profiles.pieces), -1)
    group[members[shows]] = is_second[shows]
    contacts = contacts_of_groups(profiles.pieces, group, 2)
    per_read = contacts.alignments.toarray()[0, 1] / max(contacts.reads.min(), 1)
    if per_read < rules.contacts_per_read:
        return None
    evidence = {
        "log_ratio": round(mixture.separation, 3),
        "gain_per_kb": round(mixture.gain, 3),
        "spans_bp": [int(span) for span in spans],
        "alignments_between_per_read": round(float(per_read), 3),
    }
    return Division(is_second, evidence)


def _abundances(
    profiles: PieceProfiles, members: np.ndarray, scale: AbundanceScale, rules: StrainRules
) -> tuple[np.ndarray, np.ndarray]:
    """Return log abundances and their variances within a strain."""
    scale = replace(scale, overdispersion=np.array(rules.deviation**2))
    return scale.dimensions(profiles, members)
