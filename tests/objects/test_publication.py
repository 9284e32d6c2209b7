"""Publication of results: complete or without manifest, and never over those of another run."""

import hashlib
import json

import pytest

from readkin.errors import InputError
from readkin.objects.failures import ObjectError
from readkin.objects.publication import claim_prefix, publish_folder
from readkin.objects.settings import StorageSettings
from readkin.objects.store import ObjectStore


@pytest.fixture
def store(proxy) -> ObjectStore:
    return ObjectStore(StorageSettings(endpoint_url=proxy.url))


@pytest.fixture
def results(tmp_path):
    """A folder of results, with files that are none."""
    folder = tmp_path / "results"
    (folder / "bam").mkdir(parents=True)
    (folder / "bam/a b.bam").write_bytes(b"bam")
    (folder / "report.html").write_text("<html>")
    (folder / "empty").touch()
    (folder / ".partial-host-1-x.h5").write_text("of a killed job")
    (folder / "bam/.snakemake_timestamp").touch()
    return folder


FILES = ["bam/a b.bam", "empty", "report.html"]


def manifest(bucket, prefix: str = "runs/1") -> dict:
    return json.loads(bucket.get(f"{prefix}/manifest.json"))


def test_files_and_manifest(bucket, store, results):
    published = publish_folder(store, results, bucket.uri("runs/1"), "me")
    assert (published.uploaded, published.removed) == (3, 0)
    names = [*FILES, "manifest.json", "run.json"]
    assert bucket.keys_below() == sorted(f"runs/1/{name}" for name in names)
    assert manifest(bucket) == {
        "run": "me",
        "files": [
            {
                "path": name,
                "bytes": (results / name).stat().st_size,
                "sha256": hashlib.sha256((results / name).read_bytes()).hexdigest(),
            }
            for name in FILES
        ],
    }
    assert published.content() == manifest(bucket)
    assert [bucket.get(f"runs/1/{name}") for name in FILES] == [b"bam", b"", b"<html>"]


def test_nothing_is_sent_twice(bucket, proxy, store, results):
    publish_folder(store, results, bucket.uri("runs/1"), "me")
    proxy.requests.clear()
    assert publish_folder(store, results, bucket.uri("runs/1"), "me").uploaded == 0
    assert proxy.requests == {"GET": 2}  # a list of the objects, and the manifest
    bucket.delete("runs/1/report.html")
    assert publish_folder(store, results, bucket.uri("runs/1"), "me").uploaded == 1
    assert bucket.get("runs/1/report.html") == b"<html>"


def test_changed_results_replace_those_of_the_same_run(bucket, store, results):
    publish_folder(store, results, bucket.uri("runs/1"), "me")
    bucket.put("runs/1/notes.txt", b"of a person")
    (results / "report.html").write_text("<HTML>")  # as many bytes as before
    (results / "empty").unlink()
    (results / "new").write_text("new")
    published = publish_folder(store, results, bucket.uri("runs/1"), "me")
    assert (published.uploaded, published.removed) == (2, 1)
    assert [file["path"] for file in manifest(bucket)["files"]] == [
        "bam/a b.bam",
        "new",
        "report.html",
    ]
    assert bucket.get("runs/1/report.html") == b"<HTML>"
    assert "runs/1/empty" not in bucket.keys_below()
    assert bucket.get("runs/1/notes.txt") == b"of a person"


class Failing(ObjectStore):
    """A store that publishes one file and fails with the others."""

    left = 1

    def publish(self, path, address, sha256=None):
        self.left -= 1
        if self.left < 0:
            raise ObjectError(address, "no right", "the right", "grant it")
        return super().publish(path, address, sha256)


def test_an_interrupted_publication_has_no_manifest_and_resumes(bucket, proxy, store, results):
    uri = bucket.uri("runs/1")
    publish_folder(store, results, uri, "me")
    for number, name in enumerate(FILES):
        (results / name).write_text(f"new {number}")
    with pytest.raises(ObjectError):
        publish_folder(Failing(store.settings), results, uri, "me")
    assert "runs/1/manifest.json" not in bucket.keys_below(), "old manifest over new files"
    (results / "empty").unlink()
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key="runs/1/big of a killed attempt")
    proxy.busy = 4
    published = publish_folder(store, results, uri, "me")
    assert (published.uploaded, published.removed) == (1, 1)
    assert manifest(bucket) == published.content()
    assert bucket.unfinished_uploads() == 0


@pytest.mark.parametrize("cut_bytes", [1, 250])
def test_lost_answers_lose_nothing(bucket, proxy, store, results, cut_bytes):
    """Also of the first claim, which the server has accepted and then refuses."""
    proxy.cut_bytes, proxy.cuts_left = cut_bytes, 12
    published = publish_folder(store, results, bucket.uri("runs/1"), "me")
    assert proxy.cuts_left == 0
    assert manifest(bucket) == published.content()
    assert [bucket.get(f"runs/1/{name}") for name in FILES] == [b"bam", b"", b"<html>"]


def test_all_that_a_run_has_published_is_its_own(bucket, store, results):
    claim_prefix(store, bucket.uri("runs/1"), "me")
    publish_folder(store, results, bucket.uri("runs/1"), "me")
    assert json.loads(bucket.get("runs/1/run.json"))["paths"] == FILES
    (results / FILES[0]).unlink()
    assert publish_folder(store, results, bucket.uri("runs/1"), "me").removed == 1
    names = [*FILES[1:], "manifest.json", "run.json"]
    assert bucket.keys_below() == sorted(f"runs/1/{name}" for name in names)


def test_another_run_is_refused(bucket, store, results):
    publish_folder(store, results, bucket.uri("runs/1"), "me")
    before = {key: bucket.get(key) for key in bucket.keys_below()}
    (results / "report.html").write_text("of another run")
    for address in ("runs/1", "runs/1/", "runs"):
        with pytest.raises(InputError, match="expected a prefix without objects, or with those of"):
            publish_folder(store, results, bucket.uri(address), "other")
    assert {key: bucket.get(key) for key in bucket.keys_below()} == before


def test_objects_of_nobody_are_refused(bucket, store, results):
    bucket.put("runs/1/notes.txt", b"of a person")
    bucket.put("runs/10", b"not in that folder")
    with pytest.raises(InputError, match="found objects that no run has published"):
        publish_folder(store, results, bucket.uri("runs/1"), "me")
    assert bucket.keys_below() == ["runs/1/notes.txt", "runs/10"]


def test_a_claim_by_something_else_is_reported(bucket, store, results):
    bucket.put("runs/1/run.json", b"<html>")
    with pytest.raises(InputError, match="found an object that is not JSON"):
        publish_folder(store, results, bucket.uri("runs/1"), "me")
