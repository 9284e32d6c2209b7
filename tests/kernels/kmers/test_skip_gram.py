"""Skip-gram: words in the same contexts get similar vectors; a seed gives one result."""

import numpy as np

from readkin.kernels.kmers.skip_gram import train

N_WORDS, DIMENSIONS = 40, 12


def texts():
    """Return texts of two topics with 15 words each; words from 30 on do not occur."""
    generator = np.random.default_rng(1)
    rows = [generator.integers(0, 15, 30) + 15 * (number % 2) for number in range(600)]
    starts = np.arange(len(rows) + 1, dtype=np.int64) * 30
    return np.concatenate(rows), starts


def test_words_of_one_topic_are_nearer():
    vectors = train(*texts(), N_WORDS, DIMENSIONS, seed=1)
    assert vectors.dtype == np.float32
    vectors = vectors[:30] - vectors[:30].mean(axis=0)  # the part that is common to all words
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    products = directions @ directions.T
    same = np.arange(30)[:, None] // 15 == np.arange(30) // 15
    assert products[same].mean() > products[~same].mean() + 0.3


def test_words_that_do_not_occur_stay_zero():
    vectors = train(*texts(), N_WORDS, DIMENSIONS, seed=1)
    assert not vectors[30:].any()
    assert vectors[:30].any(axis=1).all()


def test_seed_decides():
    first, again = (train(*texts(), N_WORDS, DIMENSIONS, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (train(*texts(), N_WORDS, DIMENSIONS, seed=2) != first).any()


def test_no_words_at_all():
    empty = train(np.zeros(0, np.int64), np.zeros(1, np.int64), N_WORDS, DIMENSIONS, seed=1)
    assert not empty.any()
