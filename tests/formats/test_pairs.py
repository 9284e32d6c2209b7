"""Candidate pairs read piece by piece, and refused where they are of other reads."""

import numpy as np
import pytest

from formats.errors import InputError
from formats.pairs import CandidatePairs, pairs_writer
from formats.reads import Reads, reads_fingerprint

BASES = np.array([0, 1, 2, 3, 0, 0], np.uint8)


def reads(bases: np.ndarray = BASES, n_reads: int = 3) -> Reads:
    offsets = np.linspace(0, bases.size, n_reads + 1).astype(np.int64)
    names = np.arange(n_reads + 1)
    return Reads(
        0, bases, offsets, np.zeros(n_reads, np.uint64), np.zeros(n_reads, np.uint32),
        np.full(n_reads, 65, np.uint8), names, np.zeros(n_reads, np.uint8),
    )  # fmt: skip


def write(path, read_b=(1, 2, 2)):
    attributes = {
        "reads_fingerprint": reads_fingerprint(reads()),
        "embeddings_fingerprint": "e",
        "n_reads": 3,
    }
    with pairs_writer(path, {}, "p", attributes) as append:
        append(
            [np.array(values) for values in ((0, 0, 1), read_b, (5, 6, 7), (0, 1, 0), (9, -8, 0))]
        )
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
