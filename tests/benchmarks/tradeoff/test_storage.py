"""All formats return what was written; other values are noticed."""

import numpy as np
import pytest

from benchmarks.tradeoff.storage import FORMATS, compare_formats, compare_with_objects
from support import object_servers


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """Embeddings of some reads."""
    random = np.random.default_rng(3)
    return {
        "vectors": random.integers(-9, 9, (300, 16)).astype(np.int8),
        "norms": random.random(300).astype(np.float32),
        "read_length": random.integers(50, 150, 300).astype(np.uint32),
        "mate_index": random.integers(0, 2**64, 300, np.uint64),
        "unit": np.zeros(300, np.uint32),
    }


def test_every_format_is_measured(arrays, tmp_path):
    records = list(compare_formats(arrays, tmp_path, 2))
    metrics = {(row["tool"], row["metric"]) for row in records}
    wanted = ("write", "read all", "read one row", "size")
    assert metrics == {(f.name, metric) for f in FORMATS for metric in wanted}
    assert all(row["median"] > 0 for row in records)


def test_a_format_that_changes_values_is_refused(arrays, tmp_path, monkeypatch):
    changed = FORMATS[0]._replace(read=lambda path: arrays | {"norms": arrays["norms"] + 1})
    monkeypatch.setattr("benchmarks.tradeoff.storage.FORMATS", (changed,))
    with pytest.raises(ValueError, match="HDF5: the values read are not those written"):
        list(compare_formats(arrays, tmp_path, 1))


def test_objects_are_read_as_they_were_written(arrays, tmp_path, monkeypatch):
    for name, value in object_servers.credentials().items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "file"
    path.write_bytes(arrays["vectors"].tobytes())
    with object_servers.moto_server(tmp_path) as url:
        records = list(compare_with_objects(path, object_servers.client(url), 1))
    assert {(row["tool"], row["metric"]) for row in records} == {
        (store, metric) for store in ("disk", "S3, loopback") for metric in ("write", "read")
    }
