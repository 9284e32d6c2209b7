"""Candidate pairs read piece by piece, and refused where they are of other reads."""

import resource
import shutil

import h5py
import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.pairs import CandidatePairs, shard_name
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.kernels.join.candidates import Candidates
from support.pair_files import write_pairs

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


def write(path, read_b=(1, 2, 2), edges=(1,), duplicates=((), ())):
    rows = (0, 0, 1), read_b, (5, 6, 7), (0, 1, 0), (9, -8, 0)
    pairs = Candidates(*map(np.array, rows))
    fingerprint = reads_fingerprint(reads())
    return write_pairs(path, 3, pairs, duplicates, edges, reads_fingerprint=fingerprint)


@pytest.mark.parametrize("edges", [(), (1,), (0, 1, 1, 2)])
def test_parts_are_rows_of_all_shards(tmp_path, edges):
    with CandidatePairs(write(tmp_path / "pairs.h5", edges=edges)) as pairs:
        assert len(pairs) == 3
        part = pairs.part(1, 9)
        assert [array.tolist() for array in part] == [[0, 1], [2, 2], [6, 7], [1, 0], [-8, 0]]
        assert part.read_a.dtype == np.uint64
        assert [array.size for array in pairs.part(2, 2)] == [0] * 5


def test_the_reads_they_come_from_are_accepted(tmp_path):
    with CandidatePairs(write(tmp_path / "pairs.h5")) as pairs:
        pairs.check_reads(3, reads_fingerprint(reads()))


def test_other_reads_are_refused(tmp_path):
    with CandidatePairs(write(tmp_path / "pairs.h5")) as pairs:
        with pytest.raises(InputError, match=r"n_reads: found 3 reads, expected the 2 of the BAM"):
            pairs.check_reads(2, reads_fingerprint(reads(n_reads=2)))
        with pytest.raises(InputError, match=r"reads_fingerprint: found [0-9a-f]{64}, expected"):
            pairs.check_reads(3, reads_fingerprint(reads(3 - BASES)))


def test_the_embeddings_they_come_from_are_accepted_and_others_refused(tmp_path):
    path = write(tmp_path / "pairs.h5")
    with CandidatePairs(path) as pairs, h5py.File(tmp_path / "embeddings.h5", "w") as embeddings:
        embeddings["read_length"] = np.zeros(3)
        embeddings.attrs["fingerprint"] = pairs.fingerprints["embeddings_fingerprint"]
        embeddings.attrs["reads_fingerprint"] = pairs.fingerprints["reads_fingerprint"]
        pairs.check_embeddings(embeddings)
        for name in ("fingerprint", "reads_fingerprint"):
            own, embeddings.attrs[name] = embeddings.attrs[name], "other"
            with pytest.raises(InputError, match=f"{name}: found .*, expected that of .*, other;"):
                pairs.check_embeddings(embeddings)
            embeddings.attrs[name] = own
        del embeddings["read_length"]
        embeddings["read_length"] = np.zeros(2)
        with pytest.raises(InputError, match=r"n_reads: found 3, expected that of .*h5, 2; provid"):
            pairs.check_embeddings(embeddings)


def test_a_read_that_there_is_not_is_refused(tmp_path):
    with (
        CandidatePairs(write(tmp_path / "pairs.h5", read_b=(1, 2, 3))) as pairs,
        pytest.raises(InputError, match=r"read_b: found read 3, expected reads below n_reads, 3"),
    ):
        pairs.part(0, 3)


def test_some_columns_come_part_by_part(tmp_path):
    with CandidatePairs(write(tmp_path / "pairs.h5")) as pairs:
        parts = [part["votes"].tolist() for part in pairs.columns(["votes"], 2)]
    assert parts == [[5, 6], [7]]


@pytest.mark.parametrize("edges", [(), (1,)])
def test_duplicates_come_back(tmp_path, edges):
    path = write(tmp_path / "pairs.h5", edges=edges, duplicates=([1, 2], [0, 1]))
    with CandidatePairs(path) as pairs:
        duplicate, original = pairs.duplicates()
    assert (duplicate.tolist(), original.tolist()) == ([1, 2], [0, 1])
    with CandidatePairs(write(tmp_path / "none.h5")) as pairs:
        assert [column.size for column in pairs.duplicates()] == [0, 0]


def test_other_programs_see_one_file(tmp_path):
    with h5py.File(write(tmp_path / "pairs.h5")) as file:
        assert file["votes"].is_virtual
        assert file["votes"][:].tolist() == [5, 6, 7]
        assert file.attrs["shards"] == "pairs_shards"


def test_missing_shard_is_refused_where_hdf5_would_give_fill_values(tmp_path):
    path = write(tmp_path / "pairs.h5")
    shard = tmp_path / "pairs_shards" / shard_name(1)
    shard.unlink()
    with h5py.File(path) as file:
        assert file["votes"][:].tolist() == [5, 6, 0]
    with pytest.raises(InputError) as caught:
        CandidatePairs(path)
    assert str(caught.value) == (
        f"{shard}: found no such file, expected a shard of 1 pairs; make the pairs again with"
        " find_pairs"
    )


def test_damaged_shard_is_refused(tmp_path):
    path = write(tmp_path / "pairs.h5")
    shard = tmp_path / "pairs_shards" / shard_name(1)
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    CandidatePairs(path, slice(0, 1)).close()
    with pytest.raises(InputError, match=r"shard-000001\.h5: found SHA-256"):
        CandidatePairs(path)


def test_shards_of_another_run_are_refused(tmp_path):
    path, other = write(tmp_path / "pairs.h5"), tmp_path / "other" / "pairs.h5"
    write_pairs(other, 4)
    shutil.rmtree(tmp_path / "pairs_shards")
    other.with_name("pairs_shards").rename(tmp_path / "pairs_shards")
    with pytest.raises(InputError, match=r"manifest\.json:reads_fingerprint: found none, expected"):
        CandidatePairs(path)


@pytest.fixture
def open_files():
    """Restore the limit of open files afterwards."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_the_limit_of_open_files_is_raised_for_all_shards(tmp_path, open_files):
    """At the limit HDF5 returns fill values."""
    path = write(tmp_path / "pairs.h5")
    _, hard = open_files
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    CandidatePairs(path).close()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (258, hard)


def test_too_low_a_limit_of_open_files_is_reported(tmp_path, monkeypatch):
    path = write(tmp_path / "pairs.h5")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (200, 257))
    with pytest.raises(InputError) as caught:
        CandidatePairs(path)
    assert str(caught.value) == (
        f"{path}: found 2 shards and a limit of 257 open files, expected a limit of at least 258;"
        " raise the limit (ulimit -Hn)"
    )
