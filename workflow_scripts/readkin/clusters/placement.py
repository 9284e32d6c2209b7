"""Placement of pieces: posterior probability of each genome, and copies per genome."""

from dataclasses import dataclass

import numpy as np

from readkin.clusters.assignments import Assignments
from readkin.clusters.communities import Features, summed_evidence
from readkin.clusters.founding import Founding
from readkin.clusters.profiles import PieceProfiles
from readkin.clusters.space import Space
from readkin.clusters.votes import rows_of, votes_of_mates
from readkin.kernels.likelihood.posterior import GroupModel, Votes, place_pieces

BLOCK = 1 << 16  # pieces that are placed at a time


@dataclass(frozen=True, kw_only=True)
class PlacementRules:
    """Probabilities for single pieces; all values were chosen by measurement.

    Attributes:
        outside: prior probability that a piece is of none of the genomes.
        tempering: factor of the variance of a piece: real genomes have heavier tails than Gaussian.
        outlying: probability that a piece lies outside of the depth of its genome.
        outlying_short: the same for pieces below ``short_bp``.
        short_bp: bp.
        agreement: share of likely neighbours from which on a founder is as certain as its
            probability; below, the probability is reduced in proportion.
        least_certain: mean probability of the founders of a small genome, for it to be one.
        small_share: of the length of the largest genome, up to which a genome is small.
        per_link: log odds for a genome for each further pair of mates that links a piece to the
            same piece of it.
        leaves_below, leaves_for: a founder leaves its genome if its probability there is below the
            one, and that of another genome at least the other.
    """

    outside: float = 0.02
    tempering: float = 1.5
    outlying: float = 0.02
    outlying_short: float = 0.05
    short_bp: int = 10_000
    agreement: float = 0.9
    least_certain: float = 0.7
    small_share: float = 0.25
    per_link: float = 1.0
    leaves_below: float = 0.05
    leaves_for: float = 0.9


def genome_model(
    features: Features,
    label: np.ndarray,
    length: np.ndarray,
    settled: np.ndarray,
    depth: int,
    rules: PlacementRules,
) -> GroupModel:
    """Describe genomes by the chunks of their communities.

    Args:
        features: of m chunks.
        label: int64 (m,), genome of each chunk, from 0 without gaps; -1 for none.
        length: float64 (m,), bp of each chunk; the prior of a genome is its share.
        settled: float64 (dims,), variance below which no mean is known.
        depth: dimension of the log depth.
        rules: probabilities.
    """
    known = label >= 0
    n = int(label.max()) + 1 if label.size else 0
    part = Features(x=features.x[known], noise=features.noise[known], between=features.between)
    precision, weighted = summed_evidence(part, label[known], n)
    damping = 1 / (1 + precision * settled)
    spread = features.between / (1 + features.between * precision * damping)
    size = np.bincount(label[known], weights=length[known], minlength=n)
    return GroupModel(
        genomes=n,
        mean=weighted * damping * spread,
        spread=spread,
        log_prior=np.log((1 - rules.outside) * size / size.sum()),
        between=features.between,
        log_outside=float(np.log(rules.outside)),
        depth=depth,
    )


def place_all(
    profiles: PieceProfiles, founding: Founding, settled: np.ndarray, rules: PlacementRules
) -> Assignments:
    """Place all pieces; founders keep their genome, unless another one is far more probable.

    A founder whose likely neighbours are of other genomes is less certain than that. A genome that
    is much smaller than the largest one and whose founders are uncertain is none: it consists of
    mobile or repeated sequence of others. Its pieces are placed in other genomes, with what is left
    of their probability.

    Args:
        profiles: of all pieces.
        founding: genome of each founder, by falling length without gaps; -1 for none.
        settled: float64 (dims,), variance below which no mean is known.
        rules: probabilities.
    """
    label = founding.label
    first = _place_with(profiles, founding, label, int(label.max()) + 1, settled, rules)
    number, genomes = _certain_first(profiles, founding, first, rules)
    if genomes == len(number):
        return first
    label = np.append(number, -1)[label]
    return _place_with(profiles, founding, label, genomes, settled, rules)


def _certain_first(
    profiles: PieceProfiles, founding: Founding, placed: Assignments, rules: PlacementRules
) -> tuple[np.ndarray, int]:
    """Return new numbers of the genomes, those that are none last, and the number of the others."""
    founders, known = founding.chunks.founders, founding.label >= 0
    length, label = profiles.length[founders][known], founding.label[known]
    size = np.bincount(label, weights=length)
    certain = np.bincount(label, weights=length * placed.confidence[founders][known]) / size
    is_none = (certain < rules.least_certain) & (size < rules.small_share * size.max())
    number = np.empty(len(size), np.int64)
    number[np.argsort(is_none, kind="stable")] = np.arange(len(size))
    return number, int((~is_none).sum())


def _place_with(
    profiles: PieceProfiles,
    founding: Founding,
    label: np.ndarray,
    genomes: int,
    settled: np.ndarray,
    rules: PlacementRules,
) -> Assignments:
    """Place all pieces; only the first groups of ``label`` are genomes."""
    chunks, space = founding.chunks, founding.space
    features = space.of_chunks(profiles, chunks)
    model = genome_model(features, label[chunks.owner], chunks.length, settled, space.depth, rules)
    model = model._replace(genomes=genomes)
    label = np.where(label < genomes, label, -1)
    p = len(profiles.pieces)
    given = np.full(p, -1, np.int64)
    given[chunks.founders] = label
    votes = votes_of_mates(profiles.pieces, given, len(model.mean), rules.per_link)
    placed = Assignments.none_yet(p)
    for start in range(0, p, BLOCK):
        rows = np.arange(start, min(start + BLOCK, p))
        block_votes = rows_of(votes, start, start + len(rows))
        _place_block(profiles, rows, space, given[rows], block_votes, model, rules, placed)
    is_founder = label >= 0
    certainty = np.minimum(founding.agreement[is_founder] / rules.agreement, 1)
    placed.confidence[chunks.founders[is_founder]] *= certainty
    return placed


def _place_block(
    profiles: PieceProfiles,
    rows: np.ndarray,
    space: Space,
    given: np.ndarray,
    votes: Votes,
    model: GroupModel,
    rules: PlacementRules,
    placed: Assignments,
) -> None:
    """Place the pieces ``rows``, and fill in their rows of ``placed``."""
    features = space.of_pieces(profiles, rows)
    outlying = np.where(
        profiles.length[rows] < rules.short_bp, rules.outlying_short, rules.outlying
    )
    outlying = np.where(profiles.pieces.is_shared_piece[rows], 1.0, outlying)
    noise = features.noise * rules.tempering
    found = place_pieces(features.x, noise, outlying, given, votes, model)
    is_placed = (found.p_first > found.p_outside) & (profiles.length[rows] > 0)
    leaves = (found.p_given < rules.leaves_below) & (found.p_first >= rules.leaves_for)
    is_given = (given >= 0) & ~leaves
    cluster = np.where(is_given, given, np.where(is_placed, found.first, -1))
    is_first = (cluster == found.first) | ~is_given
    placed.cluster[rows] = cluster
    placed.confidence[rows] = np.where(
        is_given, found.p_given, np.where(is_placed, found.p_first, 0)
    )
    placed.second[rows] = np.where(is_first, found.second, found.first)
    placed.second_confidence[rows] = np.where(is_first, found.p_second, found.p_first)
