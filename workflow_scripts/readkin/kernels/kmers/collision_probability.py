"""How probable it is that the join finds a pair of overlapping reads."""

import numpy as np

from readkin.kernels.kmers.signatures import KeySettings, sample_keys

TRIALS = 10_000


def collision_probability(
    overlap: int, k: int, error_rate: float, fraction: float, min_votes: int = 1
) -> float:
    """Probability that two overlapping reads share at least ``min_votes`` sampled keys.

    Exact for k-mers sampled independently of each other (scheme fracminhash), substitutions and
    distinct k-mers, by dynamic programming along the overlap. The state is the number of bases
    since the last error in either read (up to k) and the number of votes so far (up to
    ``min_votes``); a base that completes k right ones is one more common k-mer, which is sampled
    with probability ``fraction``. That two errors agree is neglected.

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


def share_of_trials(overlap: int, error_rate: float, settings: KeySettings) -> float:
    """Share of overlaps, drawn at random, in which two reads have a key in common.

    For schemes whose keys depend on each other. With substitutions alone, as above; what is drawn
    is the same each time, and the standard error at most 0.005.

    Args:
        overlap: bases that the reads have in common.
        error_rate: probability that a base is wrong, in each read.
        settings: which k-mers are keys.
    """
    draw = np.random.default_rng(1)
    true_bases = draw.integers(0, 4, (TRIALS, overlap), np.uint8)
    offsets = np.arange(TRIALS + 1, dtype=np.int64) * overlap
    both = []
    for _ in range(2):
        wrong = draw.random(true_bases.shape) < error_rate
        bases = (true_bases + wrong * draw.integers(1, 4, true_bases.shape, np.uint8)) % 4
        keys = sample_keys(bases.astype(np.uint8).ravel(), offsets, *settings)
        trial = np.repeat(np.arange(TRIALS, dtype=np.uint64), keys.counts)
        # A key of another trial is not the same; multiplied by an odd number, the trials differ.
        both.append((keys.hashes ^ trial * np.uint64(0x9E3779B97F4A7C15), trial))
    common = np.isin(both[0][0], both[1][0])
    return np.unique(both[0][1][common]).size / TRIALS
