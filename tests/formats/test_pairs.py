"""Candidate pairs read piece by piece, and refused where they are of other reads."""

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats import pairs as pairs_format
from readkin.formats.pairs import CandidatePairs, PairsFile
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.kernels.join.candidates import Candidates

BASES = np.array([0, 1, 2, 3, 0, 0], np.uint8)


def reads(bases: np.ndarray = BASES, n_reads: int = 3) -> Reads:
    offsets = np.linspace(0, bases.size, n_reads + 1).astype(np.int64)
    names = np.arange(n_reads + 1)
    return Reads(
        first_index=0,
        bases=bases,
        offsets=offsets,
        mate_index=np.zeros(n_reads, np.uint64),
        unit=np.zeros(n_reads, np.uint32),
        name_bytes=np.full(n_reads, 65, np.uint8),
        name_offsets=names,
        mate_number=np.zeros(n_reads, np.uint8),
    )


def write(path, read_b=(1, 2, 2), change=None):
    attributes = {
        "reads_fingerprint": reads_fingerprint(reads()),
        "embeddings_fingerprint": "e",
        "n_reads": 3,
    }
    rows = (0, 0, 1), read_b, (5, 6, 7), (0, 1, 0), (9, -8, 0)
    with PairsFile(path, {}, "p", attributes) as pairs:
        for part in (slice(0, 1), slice(1, 1), slice(1, 3)):
            pairs.write(Candidates(*(np.array(values)[part] for values in rows)))
        if change is not None:
            change(pairs)
    return path


def test_parts_are_rows_of_the_file(tmp_path):
    with CandidatePairs(write(tmp_path / "pairs.h5")) as pairs:
        assert len(pairs) == 3
        part = pairs.part(1, 9)
        assert [array.tolist() for array in part] == [[0, 1], [2, 2], [6, 7], [1, 0], [-8, 0]]
        assert part.read_a.dtype == np.uint64
        assert [array.size for array in pairs.part(2, 2)] == [0] * 5


def test_the_reads_they_come_from_are_accepted(tmp_path):
    with CandidatePairs(write(tmp_path / "pairs.h5")) as pairs:
        pairs.check_reads(reads())


def test_other_reads_are_refused(tmp_path):
    with CandidatePairs(write(tmp_path / "pairs.h5")) as pairs:
        with pytest.raises(InputError, match=r"n_reads: found 3 reads, expected the 2 of the BAM"):
            pairs.check_reads(reads(n_reads=2))
        with pytest.raises(InputError, match=r"reads_fingerprint: found [0-9a-f]{64}, expected"):
            pairs.check_reads(reads(3 - BASES))


def test_a_read_that_there_is_not_is_refused(tmp_path):
    with (
        CandidatePairs(write(tmp_path / "pairs.h5", read_b=(1, 2, 3))) as pairs,
        pytest.raises(InputError, match=r"read_b: found read 3, expected reads below n_reads, 3"),
    ):
        pairs.part(0, 3)


def rows_of(pairs):
    return list(zip(*(column.tolist() for column in pairs), strict=True))


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 100])
def test_pairs_are_replaced_piece_by_piece(tmp_path, monkeypatch, rows_at_a_time):
    monkeypatch.setattr(pairs_format, "ROWS_PER_PIECE", rows_at_a_time)

    def drop_second(pairs):
        assert len(pairs) == 3
        pieces = list(pairs.pieces())
        assert len(pieces) == -(-3 // rows_at_a_time)
        assert [row for piece in pieces for row in rows_of(piece)] == [
            (0, 1, 5, 0, 9),
            (0, 2, 6, 1, -8),
            (1, 2, 7, 0, 0),
        ]
        pairs.replace(piece.rows(piece.votes != 6) for piece in pairs.pieces())
        assert len(pairs) == 2

    path = write(tmp_path / "pairs.h5", change=drop_second)
    with CandidatePairs(path) as pairs:
        assert rows_of(pairs.part(0, 9)) == [(0, 1, 5, 0, 9), (1, 2, 7, 0, 0)]


def test_duplicates_come_back(tmp_path):
    def add(pairs):
        pairs.write_duplicates(np.array([2], np.uint64), np.array([0], np.uint64))

    with CandidatePairs(write(tmp_path / "pairs.h5", change=add)) as pairs:
        duplicate, original = pairs.duplicates()
    assert (duplicate.tolist(), original.tolist()) == ([2], [0])
    with CandidatePairs(write(tmp_path / "none.h5")) as pairs:
        assert [column.size for column in pairs.duplicates()] == [0, 0]


def test_a_file_that_is_not_finished_does_not_stay(tmp_path):
    def fail(pairs):
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        write(tmp_path / "pairs.h5", change=fail)
    assert list(tmp_path.iterdir()) == []
