"""Copies of objects for stages that read them as a whole."""

import subprocess
import sys

import pytest

import fetch_object
from readkin.objects.settings import ObjectVersion, RunObjects, StorageSettings, objects_as_text
from readkin.objects.store import ObjectStore
from support.repository import SCRIPTS


@pytest.fixture
def objects_of(tmp_path, proxy):
    """Write the file of a run."""

    def objects_of(**versions: ObjectVersion):
        storage = StorageSettings(endpoint_url=proxy.url)
        named = {uri: version for uri, version in versions.items() if version}
        (tmp_path / "o.json").write_text(objects_as_text(RunObjects(storage, named)))
        return str(tmp_path / "o.json")

    return objects_of


def test_an_object_is_copied(bucket, proxy, objects_of, tmp_path, capfd):
    uri = bucket.put("g.fa", b">g\nACGT\n" * 100_000)
    proxy.cut_bytes = 300_000
    version = ObjectStore(StorageSettings(endpoint_url=bucket.url)).look(uri)
    words = ["--uri", uri, "--objects", objects_of(**{uri: version})]
    assert fetch_object.main([*words, "--output", str(tmp_path / "deep/g.fa")]) == 0
    assert (tmp_path / "deep/g.fa").read_bytes() == b">g\nACGT\n" * 100_000
    assert f"fetched {uri}: 800000 bytes, SHA-256 " in capfd.readouterr().err


def test_failures_are_one_line(bucket, objects_of, tmp_path):
    uri = bucket.put("g.fa", b">g\nACGT\n")
    seen = objects_of(**{uri: ObjectVersion('"of another time"', 8)})
    for address, message in (
        (uri, "found another object than at the start of the run, expected the same; start"),
        (bucket.uri("none"), "found no such object, expected an existing object; check the key"),
    ):
        command = [sys.executable, SCRIPTS / "fetch_object.py", "--uri", address]
        command += ["--objects", seen, "--output", tmp_path / "g.fa"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(f"fetch_object: {address}: {message}")
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "g.fa").exists()
