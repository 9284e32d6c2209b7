"""What a run writes before its first job if it uses objects in S3."""

from types import SimpleNamespace

import pytest

from readkin.objects.settings import ObjectVersion, RunObjects, StorageSettings, read_objects
from rules.object_records import stop_without_objects


@pytest.fixture
def start(tmp_path, bucket):
    """Start a run with these objects and address of its results; return what it has written."""

    def start(objects: RunObjects, results_uri: str | None = None, identity: str = "run.txt"):
        settings = SimpleNamespace(objects=objects, config={"results_uri": results_uri})
        files = tmp_path / "work/objects.json", tmp_path / "work" / identity
        stop_without_objects(settings, *files)  # type: ignore[arg-type]
        return files

    return start


def test_a_run_without_objects_writes_nothing(start, tmp_path):
    objects_file, identity = start(RunObjects())
    assert not objects_file.exists()
    assert not identity.exists()


def test_versions_are_those_of_the_last_start(start):
    seen = RunObjects(StorageSettings(region="eu-north-1"), {"s3://abc/x": ObjectVersion("e", 1)})
    assert read_objects(start(seen)[0]) == seen
    assert not start(RunObjects())[0].exists()


def test_address_of_the_results_is_claimed_for_good(start, bucket, capsys):
    storage = RunObjects(StorageSettings(endpoint_url=bucket.url))
    _, identity = start(storage, bucket.uri("runs/1"))
    run = identity.read_text().strip()
    assert f'"run": "{run}"'.encode() in bucket.get("runs/1/run.json")
    start(storage, bucket.uri("runs/1"))
    assert identity.read_text().strip() == run
    with pytest.raises(SystemExit) as stopped:
        start(storage, bucket.uri("runs/1"), identity="another.txt")
    assert stopped.value.code == 2
    assert "found the results of another run" in capsys.readouterr().err


def test_a_bucket_that_cannot_be_written_stops_the_run(start, bucket, capsys):
    with pytest.raises(SystemExit) as stopped:
        start(RunObjects(StorageSettings(endpoint_url=bucket.url)), "s3://no-such-bucket/runs/1")
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
