"""Word vectors learned from neighbouring words: skip-gram with negative sampling.

Mikolov et al. 2013, "Distributed representations of words and phrases and their compositionality",
NIPS: training raises the product of the vectors of each word and each of its neighbours, and lowers
that of the word and NEGATIVES random words. It runs on one thread, so that the result depends on
the seed only.
"""

import math

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import mix64, seed_mask

WINDOW, NEGATIVES, EPOCHS = 5, 5, 5
FIRST_RATE = 0.05
SUBSAMPLING = 1e-4
NOISE_POWER = 0.75
NOISE_ENTRIES = 1 << 20
LARGEST_PRODUCT = 30.0


def train(
    words: np.ndarray, starts: np.ndarray, n_words: int, dimensions: int, seed: int
) -> np.ndarray:
    """Train the vectors of words.

    Args:
        words: int64, the concatenated texts, numbers below ``n_words``.
        starts: int64 (n + 1,), text i is ``words[starts[i]:starts[i + 1]]``.
        n_words: size of the vocabulary.
        dimensions: length of a vector.
        seed: of initial vectors, windows, negative samples, and the subsampling of frequent words.

    Returns:
        float32 (n_words, dimensions); zero vectors for words that do not occur.
    """
    counts = np.bincount(words, minlength=n_words)
    vectors = np.random.default_rng(seed).random((n_words, dimensions), np.float32) - np.float32(
        0.5
    )
    vectors /= np.float32(dimensions)
    vectors[counts == 0] = 0
    if words.size:
        shares = np.cumsum(counts**NOISE_POWER)
        quantiles = (np.arange(NOISE_ENTRIES) + 0.5) * (shares[-1] / NOISE_ENTRIES)
        noise = np.searchsorted(shares, quantiles).astype(np.int32)
        frequent = np.sqrt(SUBSAMPLING * words.size / np.maximum(counts, 1))
        contexts = np.zeros_like(vectors)
        _train((words, starts), (noise, frequent), seed_mask(seed), vectors, contexts)
    return vectors


@njit(cache=True, nogil=True)
def _train(
    texts: tuple[np.ndarray, np.ndarray],
    sampling: tuple[np.ndarray, np.ndarray],
    state: np.uint64,
    vectors: np.ndarray,
    contexts: np.ndarray,
) -> None:
    words, starts = texts
    noise, kept_share = sampling
    change = np.empty(vectors.shape[1], np.float32)
    longest = 0
    for text in range(starts.size - 1):
        longest = max(longest, starts[text + 1] - starts[text])
    kept = np.empty(longest, np.int64)
    done, total = 0, EPOCHS * words.size
    for _ in range(EPOCHS):
        for text in range(starts.size - 1):
            n_kept = 0
            for i in range(starts[text], starts[text + 1]):
                state = _next(state)
                if _unit(state) < kept_share[words[i]]:
                    kept[n_kept] = words[i]
                    n_kept += 1
            rate = np.float32(FIRST_RATE * (1 - done / total))
            for i in range(n_kept):
                state = _next(state)
                window = 1 + np.int64(_unit(state) * WINDOW)
                for j in range(i - window, i + window + 1):
                    if i != j and 0 <= j < n_kept:
                        vector = vectors[kept[j]]
                        change[:] = 0
                        _learn(vector, contexts[kept[i]], np.float32(1), rate, change)
                        for _negative in range(NEGATIVES):
                            state = _next(state)
                            other = noise[np.int64(_unit(state) * noise.size)]
                            if other != kept[i]:
                                _learn(vector, contexts[other], np.float32(0), rate, change)
                        for d in range(change.size):
                            vector[d] += change[d]
            done += starts[text + 1] - starts[text]


@njit(inline="always")
def _next(state: np.uint64) -> np.uint64:
    """Return the next state of SplitMix64's counter."""
    return state + np.uint64(0x9E3779B97F4A7C15)


@njit(inline="always")
def _unit(state: np.uint64) -> float:
    """Return the number of a state, 0 <= number < 1."""
    return np.float64(mix64(state) >> np.uint64(11)) / 9007199254740992.0


@njit(inline="always", fastmath=True)
def _learn(
    vector: np.ndarray,
    context: np.ndarray,
    target: np.float32,
    rate: np.float32,
    change: np.ndarray,
) -> None:
    """Update the context, and add to the change of the vector, along the gradient."""
    product = np.float32(0)
    for d in range(vector.size):
        product += vector[d] * context[d]
    bounded = min(max(np.float64(product), -LARGEST_PRODUCT), LARGEST_PRODUCT)
    step = rate * (target - np.float32(1 / (1 + math.exp(-bounded))))
    for d in range(vector.size):
        change[d] += step * context[d]
        context[d] += step * vector[d]
