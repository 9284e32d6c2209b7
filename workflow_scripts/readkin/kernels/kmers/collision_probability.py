"""Probability that the join finds a pair of overlapping reads."""

import numpy as np

from readkin.kernels.kmers.signatures import KeySettings, sample_keys

SIMULATED_OVERLAPS = 10_000


def collision_probability(
    overlap: int, k: int, error_rate: float, fraction: float, min_votes: int = 1
) -> float:
    """Return the probability that two overlapping reads share at least ``min_votes`` keys.

    The result is exact for k-mers that are distinct and sampled independently of each other (scheme
    fracminhash), and for substitutions only. It is computed by dynamic programming along the
    overlap. The state is the number of bases since the last error in either read (up to k) and the
    number of votes so far (up to ``min_votes``). A base that completes k correct ones adds a common
    k-mer, which is sampled with probability ``fraction``. Equal errors in both reads are neglected.

    Args:
        overlap: bases that the reads have in common.
        k: k-mer length.
        error_rate: probability that a base is wrong, in each read.
        fraction: share of all k-mers that are keys.
        min_votes: shared keys that a pair needs, >= 1.

    >>> round(collision_probability(overlap=75, k=16, error_rate=0.01, fraction=0.2), 3)
    0.996
    """
    both_correct = (1 - error_rate) ** 2
    state = np.zeros((k + 1, min_votes + 1))  # axes: consecutive correct bases, votes
    state[0, 0] = 1
    for _ in range(overlap):
        following = np.zeros_like(state)
        following[1:] = both_correct * state[:-1]
        following[k] += both_correct * state[k]
        voting = fraction * following[k]
        following[k] -= voting
        following[k, 1:] += voting[:-1]
        following[k, -1] += voting[-1]
        following[0] = (1 - both_correct) * state.sum(axis=0)
        state = following
    return float(state[:, -1].sum())


def simulated_collision_probability(
    overlap: int, error_rate: float, settings: KeySettings
) -> float:
    """Estimate, by simulation, the probability that two overlapping reads share a key.

    It applies to all schemes, also to those whose keys depend on each other. The overlaps are
    random bases with substitutions, the same in each call. The standard error is at most 0.005.

    Args:
        overlap: bases that the reads have in common.
        error_rate: probability that a base is wrong, in each read.
        settings: which k-mers are keys.
    """
    draw = np.random.default_rng(1)
    true_bases = draw.integers(0, 4, (SIMULATED_OVERLAPS, overlap), np.uint8)
    offsets = np.arange(SIMULATED_OVERLAPS + 1, dtype=np.int64) * overlap
    both = []
    for _ in range(2):
        wrong = draw.random(true_bases.shape) < error_rate
        bases = (true_bases + wrong * draw.integers(1, 4, true_bases.shape, np.uint8)) % 4
        keys = sample_keys(bases.astype(np.uint8).ravel(), offsets, *settings)
        number = np.repeat(np.arange(SIMULATED_OVERLAPS, dtype=np.uint64), keys.counts)
        # Keys of different overlaps must not match: the odd factor gives each overlap its own mask.
        both.append((keys.hashes ^ number * np.uint64(0x9E3779B97F4A7C15), number))
    common = np.isin(both[0][0], both[1][0])
    return np.unique(both[0][1][common]).size / SIMULATED_OVERLAPS
