"""Buckets come back as they were added, from memory or from a file that leaves no trace."""

import numpy as np
import pytest

from readkin.join.bucket_store import BucketStore

PIECES = [np.arange(5, dtype=np.uint64), np.empty(0, np.uint64), np.full(3, 2**64 - 1, np.uint64)]


@pytest.mark.parametrize("in_file", [False, True])
def test_pieces_come_back_as_often_as_wanted(tmp_path, in_file):
    folder = tmp_path / "not" / "yet there"
    with BucketStore(folder if in_file else None) as store:
        assert (list(store.pieces()), store.n_pieces) == ([], 0)
        for number, piece in enumerate(PIECES):
            given = piece.copy()
            store.add(given)
            given[:] = 7  # the store has its own
            assert store.n_pieces == number + 1
            for _ in range(2):
                found = list(store.pieces())
                for one, other in zip(found, PIECES[: number + 1], strict=True):
                    np.testing.assert_array_equal(one, other, strict=True)
    assert folder.exists() == in_file
    assert list(tmp_path.rglob("*.*")) == []


def test_half_read_pieces_begin_again(tmp_path):
    with BucketStore(tmp_path) as store:
        for piece in PIECES:
            store.add(piece)
        next(store.pieces())
        assert [piece.tolist() for piece in store.pieces()] == [p.tolist() for p in PIECES]
