"""Embeddings whose shards are missing, truncated or foreign are refused by name."""

import json
import os
import shutil

import h5py
import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats import embeddings
from readkin.formats.embedding_shards import (
    EmbeddingRun,
    publish_shards,
    read_shard,
    shard_name,
    write_shard,
)
from readkin.formats.embeddings import open_embeddings, write_index
from readkin.formats.hdf5_schema import EMBEDDING_SHARD

RUN = EmbeddingRun({"k": 11}, "f" * 64, 4)
KEYS_PER_READ = 2
BYTES_PER_READ = 3


def arrays_of(rows, seed):
    generator = np.random.default_rng(seed)
    sizes = {
        "reads": rows,
        "keys": KEYS_PER_READ * rows,
        "bytes": BYTES_PER_READ * rows,
        "runs": 2 * rows,
        "dimensions": RUN.dimensions,
    }
    arrays = {
        declared.name: generator.integers(1, 100, [sizes[axis] for axis in declared.dims])
        for declared in EMBEDDING_SHARD.datasets
    }
    return arrays | {"keys/count": np.full(rows, KEYS_PER_READ)}


def make(folder, rows_of_shards=(5, 3, 4), run=RUN, seed=0):
    """Embeddings of random rows in ``folder``; returns the arrays of each shard."""
    arrays, shards, first = [], [], 0
    for number, rows in enumerate(rows_of_shards):
        path = folder / "partial" / shard_name(number)
        arrays.append(arrays_of(rows, seed + number))
        write_shard(path, run, first, f"reads {number}", arrays[-1])
        shards.append(read_shard(path, run, first, f"reads {number}"))
        first += rows
    publish_shards(shards, (), folder / "partial", folder / "embeddings_shards")
    index = folder / "embeddings.h5"
    write_index(index, folder / "embeddings_shards", shards, run, "all reads")
    return arrays


@pytest.fixture
def made(tmp_path):
    make(tmp_path)
    return tmp_path


def test_virtual_file_is_the_shards_one_after_the_other(tmp_path):
    arrays = make(tmp_path, (5, 0, 3))
    with open_embeddings(tmp_path / "embeddings.h5") as file:
        for declared in EMBEDDING_SHARD.datasets:
            expected = np.concatenate([shard[declared.name] for shard in arrays])
            np.testing.assert_array_equal(file[declared.name][:], expected)
            assert file[declared.name].dtype == np.dtype(declared.dtype)


def test_moved_folder_is_found_from_anywhere(made, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("else") / "with space and 100%b"
    shutil.move(made, elsewhere)
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
    with open_embeddings(elsewhere / "embeddings.h5") as file:
        assert (file["norms"][:] > 0).all()
        sources = {source.file_name for source in file["norms"].virtual_sources()}
    assert sources == {f"embeddings_shards/{shard_name(number)}" for number in range(3)}


def test_shards_folder_with_a_percent_sign(tmp_path):
    arrays = make(tmp_path)
    folder = tmp_path / "shards %b 100%"
    (tmp_path / "embeddings_shards").rename(folder)
    shards = [
        read_shard(folder / shard_name(n), RUN, first, f"reads {n}")
        for n, first in enumerate((0, 5, 8))
    ]
    write_index(tmp_path / "embeddings.h5", folder, shards, RUN, "all reads")
    with open_embeddings(tmp_path / "embeddings.h5") as file:
        expected = np.concatenate([shard["read_length"] for shard in arrays])
        np.testing.assert_array_equal(file["read_length"][:], expected)


def refused(folder):
    with pytest.raises(InputError) as caught:
        open_embeddings(folder / "embeddings.h5")
    return str(caught.value)


def test_missing_shard_is_refused_where_hdf5_would_give_fill_values(made):
    shard = made / "embeddings_shards" / "shard-000001.h5"
    shard.unlink()
    with h5py.File(made / "embeddings.h5") as file:
        assert file["read_length"][5:8].tolist() == [0, 0, 0]
        assert np.isnan(file["norms"][5:8]).all()
    assert refused(made).startswith(f"{shard}: found no such file, expected a shard of 3 reads;")


def test_truncated_shard_is_refused(made):
    shard = made / "embeddings_shards" / "shard-000002.h5"
    size = shard.stat().st_size
    os.truncate(shard, size - 1)
    assert refused(made).startswith(f"{shard}: found {size - 1} bytes, expected {size} as in the")


def test_foreign_shard_of_the_same_size_is_refused(made, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    make(other, seed=50)
    shard = made / "embeddings_shards" / "shard-000000.h5"
    foreign = other / "embeddings_shards" / shard.name
    assert foreign.stat().st_size == shard.stat().st_size
    shutil.copyfile(foreign, shard)
    assert refused(made).startswith(f"{shard}: found SHA-256 ")


def test_hashing_may_be_shared_out(made):
    shard = made / "embeddings_shards" / "shard-000001.h5"
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    open_embeddings(made / "embeddings.h5", slice(0, None, 2)).close()
    with pytest.raises(InputError, match=r"shard-000001\.h5: found SHA-256"):
        open_embeddings(made / "embeddings.h5", slice(1, None, 2))


def test_manifest_of_another_run_is_refused(made, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    make(other, run=RUN._replace(fingerprint="0" * 64))
    manifest = made / "embeddings_shards" / "manifest.json"
    shutil.copyfile(other / "embeddings_shards" / "manifest.json", manifest)
    assert refused(made).startswith(f"{manifest}:fingerprint: found 000")


def drop_last_shard(content):
    del content["shards"][-1]


def drop_shards(content):
    del content["shards"]


def newer_version(content):
    content["format_version"] = 5


@pytest.mark.parametrize(
    ("spoil", "where", "found"),
    [
        (drop_last_shard, "embeddings.h5:vectors", "12 rows, expected 8 in shards"),
        (drop_shards, "embeddings_shards/manifest.json", "damaged content (KeyError('shards'))"),
        (newer_version, "embeddings_shards/manifest.json:format_version", "5, expected 4"),
    ],
)
def test_changed_manifest_is_refused(made, spoil, where, found):
    path = made / "embeddings_shards" / "manifest.json"
    content = json.loads(path.read_text())
    spoil(content)
    path.write_text(json.dumps(content))
    assert refused(made).startswith(f"{made / where}: found {found}")


def test_embeddings_of_an_earlier_version_are_refused(made):
    with h5py.File(made / "embeddings.h5", "r+") as file:
        file.attrs["format_version"] = 3
    assert refused(made) == (
        f"{made}/embeddings.h5:format_version: found 3, expected 4; make it again with embed_reads"
    )


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_manifest_of_other_content_is_refused(made, text):
    manifest = made / "embeddings_shards" / "manifest.json"
    manifest.write_text(text)
    assert refused(made).startswith(f"{manifest}: found damaged content")
    manifest.unlink()
    assert refused(made).startswith(f"{manifest}: found no such file")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"run": RUN._replace(fingerprint="0" * 64)}, "fingerprint"),
        ({"first_read_index": 1}, "first_read_index"),
        ({"reads_fingerprint": "others"}, "reads_fingerprint"),
    ],
)
def test_unfinished_shard_of_something_else_is_not_taken_up(made, change, key):
    path = made / "embeddings_shards" / shard_name(0)
    right = {"run": RUN, "first_read_index": 0, "reads_fingerprint": "reads 0"}
    assert read_shard(path, **right).rows == 5
    with pytest.raises(InputError, match=f":{key}: found"):
        read_shard(path, **(right | change))


@pytest.mark.parametrize("n", [0, 1, 9_999, 10_000, 10_001, 123_456])
def test_names_of_rows_are_their_numbers(n):
    assert embeddings._numbers_as_text(n).tolist() == [b"%d" % number for number in range(n)]
