"""Consensus of a layout, base by base in plain Python."""

from collections import defaultdict

COMPLEMENT = {0: 3, 1: 2, 2: 1, 3: 0}


def consensus(reads, span):
    """Return the base codes of one piece.

    Args:
        reads: (codes, qualities, position, is_forward) of each read; position -1 is not laid out.
        span: length of the piece.
    """
    votes = [defaultdict(int) for _ in range(span)]
    for codes, qualities, position, is_forward in reads:
        if position < 0:
            continue
        pairs = list(zip(codes, qualities, strict=True))
        if not is_forward:
            pairs = [(COMPLEMENT.get(code, code), quality) for code, quality in reversed(pairs)]
        for place, (code, quality) in enumerate(pairs, position):
            if code < 4:
                votes[place][code] += max(quality, 1)
    return [min(vote, key=lambda base: (-vote[base], base)) if vote else 4 for vote in votes]


def span(reads):
    """Return the end of the last read that is laid out."""
    return max([0, *(place + len(codes) for codes, _, place, _ in reads if place >= 0)])
