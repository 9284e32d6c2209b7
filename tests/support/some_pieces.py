"""A small set of pieces whose values fit together, for tests of files and of later stages."""

import numpy as np

from readkin.formats.pieces import Pieces


def some_pieces(**changes) -> Pieces:
    """Three pieces of six reads; ``changes`` replace attributes."""
    values = {
        "piece": np.array([0, 0, 1, 0, 1, 2], np.uint32),
        "position": np.array([0, 5, 0, 2, -1, 0], np.int32),
        "is_forward": np.array([1, 0, 1, 1, 1, 1], bool),
        "is_shared": np.array([0, 0, 0, 0, 0, 1], bool),
        "span": np.array([9, 4, 4], np.uint32),
        "bases": np.array([12, 4, 4], np.uint64),
        "is_shared_piece": np.array([0, 0, 1], bool),
        "consensus": np.array([0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 0, 1, 1, 2, 2, 3, 3], np.uint8),
        "contact_a": np.array([0, 0], np.uint32),
        "contact_b": np.array([1, 2], np.uint32),
        "contact_alignments": np.array([3, 2], np.uint32),
        "contact_against": np.array([2, 0], np.uint32),
        "contact_unclear": np.array([1, 2], np.uint32),
        "link_a": np.array([0], np.uint32),
        "link_b": np.array([2], np.uint32),
        "link_count": np.array([3], np.uint32),
        "link_is_flipped": np.array([1], bool),
        "link_shift": np.array([-40], np.int64),
        "fragment_length": 300.0,
        "fragment_spread": 59.5,
        "fingerprint": "ab" * 32,
        "reads_fingerprint": "cd" * 32,
    }
    return Pieces(**values | changes)
