"""Naive reference implementation of stretches of low complexity: all stretches of all distances."""

DISTANCES = (5, 6, 7, 8)
UNEQUAL_COST = 2
LEAST_SCORE = 12


def marks(read):
    """Return 1 for each base of low complexity of a string over ACGTN, else 0.

    A stretch begins and ends where its score is highest: all of its beginnings and ends score above
    0. No part of it loses as much as a stretch must score.
    """
    marked = [0] * len(read)
    for distance in DISTANCES:
        scores = [
            1 if read[i] == read[i - distance] else -UNEQUAL_COST
            for i in range(distance, len(read))
        ]
        for begin in range(len(scores)):
            for end in _ends_of(scores, begin):
                marked[begin : end + distance] = [1] * (end + distance - begin)
    return marked


def _ends_of(scores, begin):
    """Yield the ends of the stretches that begin with comparison ``begin``."""
    total = loss = 0
    for end in range(begin + 1, len(scores) + 1):
        total += scores[end - 1]
        loss = min(loss, 0) + scores[end - 1]
        if total <= 0 or loss <= 1 - LEAST_SCORE:
            return
        if total >= LEAST_SCORE and all(sum(scores[i:end]) > 0 for i in range(begin, end)):
            yield end


def masked(read):
    """Return the read with N in place of bases of low complexity."""
    return "".join("N" if mark else base for base, mark in zip(read, marks(read), strict=True))
