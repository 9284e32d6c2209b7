"""How probable it is that the join finds a pair of overlapping reads."""

import numpy as np


def collision_probability(
    overlap: int, k: int, error_rate: float, fraction: float, min_votes: int = 1
) -> float:
    """Probability that two overlapping reads share at least ``min_votes`` sampled keys.

    Exact for substitutions and distinct k-mers, by dynamic programming along the overlap. The
    state is the number of bases since the last error in either read (up to k) and the number of
    votes so far (up to ``min_votes``); a base that completes k right ones is one more common
    k-mer, which is sampled with probability ``fraction``. That two errors agree is neglected.

    Args:
        overlap: bases that the reads have in common.
        k: k-mer length.
        error_rate: probability that a base is wrong, in each read.
        fraction: share of all k-mers that are keys.
        min_votes: shared keys that a pair needs, >= 1.
    """
    both_right = (1 - error_rate) ** 2
    state = np.zeros((k + 1, min_votes + 1))  # axes: right bases in a row, votes
    state[0, 0] = 1
    for _ in range(overlap):
        following = np.zeros_like(state)
        following[1:] = both_right * state[:-1]
        following[k] += both_right * state[k]
        voting = fraction * following[k]
        following[k] -= voting
        following[k, 1:] += voting[:-1]
        following[k, -1] += voting[-1]
        following[0] = (1 - both_right) * state.sum(axis=0)
        state = following
    return float(state[:, -1].sum())
