"""The file that passes storage and versions to the jobs of a run."""

from readkin.objects.settings import (
    ObjectVersion,
    RunObjects,
    StorageSettings,
    objects_as_text,
    read_objects,
)


def test_file_of_a_run(tmp_path):
    storage = StorageSettings(endpoint_url="http://host:1", requester_pays=True, kms_key="alias/a")
    objects = RunObjects(storage, {"s3://b/é k": ObjectVersion('"e1"', 7)})
    file = tmp_path / "objects.json"
    file.write_text(objects_as_text(objects), "utf-8")
    assert read_objects(file) == objects
    assert read_objects(file).versions["s3://b/é k"].etag == '"e1"'


def test_without_a_file(tmp_path):
    assert read_objects(tmp_path / "none") == read_objects(None) == RunObjects()
