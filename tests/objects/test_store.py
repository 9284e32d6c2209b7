"""Objects of a real server, through connections that break: nothing lost, nothing half-written."""

import hashlib
import random
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import h5py
import numpy as np
import pytest

from readkin.objects.failures import ObjectError, PassingObjectError
from readkin.objects.publication import publish_folder
from readkin.objects.settings import RunObjects, StorageSettings
from readkin.objects.store import PART_BYTES, ObjectFile, ObjectStore, file_or_object

CONTENT = random.Random(3).randbytes(20_000_000)


@pytest.fixture
def store(proxy) -> ObjectStore:
    return ObjectStore(StorageSettings(endpoint_url=proxy.url))


def read(file) -> bytes:
    with file:
        return file.read()


def test_cut_answers_are_continued(bucket, proxy, store):
    uri = bucket.put("a b/ü.bin", CONTENT)
    proxy.cut_bytes = 3_000_000
    assert read(store.open(uri)) == CONTENT
    # Four ranges of 4.2 MB and a rest of 3.2 MB, each in two parts: bytes that arrived are kept.
    assert proxy.requests == {"HEAD": 1, "GET": 5 * 2}


def test_busy_and_slow_servers_are_asked_again(bucket, proxy, store):
    uri = bucket.put("x", CONTENT[:100_000])
    proxy.busy, proxy.delay = 5, 0.1
    assert read(store.open(uri)) == CONTENT[:100_000]
    assert proxy.busy == 0


def test_a_server_that_stays_busy_is_reported(bucket, proxy):
    uri = bucket.put("x", b"x")
    proxy.busy = 1000
    with pytest.raises(PassingObjectError, match="found a busy server"):
        ObjectStore(StorageSettings(endpoint_url=proxy.url), tries=1).look(uri)


def test_an_object_replaced_meanwhile_is_noticed(bucket, store, tmp_path):
    uri = bucket.put("x", CONTENT)
    with store.open(uri, block_bytes=1 << 20, ahead=1) as file:
        assert file.read(10) == CONTENT[:10]
        bucket.put("x", CONTENT[::-1])
        with pytest.raises(ObjectError, match="found another object than at the start of the run"):
            file.read()
    version = store.look(uri)
    bucket.put("x", CONTENT)
    with pytest.raises(ObjectError, match="another object"):
        store.fetch(uri, tmp_path / "x", version)
    assert not list(tmp_path.iterdir())


def test_an_object_removed_meanwhile_is_noticed(bucket, store):
    uri = bucket.put("x", CONTENT)
    with store.open(uri, block_bytes=1 << 20, ahead=1) as file:
        file.read(10)
        bucket.delete("x")
        with pytest.raises(ObjectError, match="found no such object"):
            file.read()


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES + 1])
def test_published_files_can_be_fetched(bucket, store, tmp_path, size):
    content = (CONTENT * 2)[:size]
    (tmp_path / "here").write_bytes(content)
    uri = bucket.uri("runs/my file")
    sha256 = store.publish(tmp_path / "here", uri)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert store.fetch(uri, tmp_path / "new folder" / "back") == sha256
    assert (tmp_path / "new folder" / "back").read_bytes() == content
    head = bucket.client.head_object(Bucket=bucket.name, Key="runs/my file", ChecksumMode="ENABLED")
    assert head["Metadata"] == {"sha256": sha256}
    assert "ChecksumSHA256" in head


def test_cut_uploads_are_repeated(bucket, proxy, store, tmp_path):
    content = CONTENT * 4
    (tmp_path / "big").write_bytes(content)
    proxy.cut_bytes, proxy.cut_requests = 10_000_000, 3
    store.publish(tmp_path / "big", bucket.uri("big"))
    proxy.cut_bytes = 0
    assert proxy.cut_requests == 0
    assert bucket.get("big") == content
    assert bucket.unfinished_uploads() == 0


def test_what_is_not_what_was_published_is_refused(bucket, store, tmp_path):
    uri = bucket.put("x", b"other content", Metadata={"sha256": hashlib.sha256(b"x").hexdigest()})
    with pytest.raises(ObjectError, match="found 13 bytes with SHA-256"):
        store.fetch(uri, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_file_that_changes_while_it_is_published_is_not_kept(bucket, store, tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"1")

    class Changing(ObjectStore):
        def _upload(self, *arguments):
            file.write_bytes(b"22")
            super()._upload(*arguments)

    with pytest.raises(ObjectError, match="found a file that has changed meanwhile"):
        Changing(store.settings).publish(file, bucket.uri("x"))
    assert bucket.keys_below() == []


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_archived_objects_are_reported(bucket, store, storage_class):
    uri = bucket.put("x", b"x", StorageClass=storage_class)
    with pytest.raises(ObjectError, match=rf"an archived object \(storage class {storage_class}\)"):
        store.look(uri)


def test_anonymous_requests(bucket):
    uri = bucket.put("private", b"1")
    public = bucket.put("public", b"2", ACL="public-read")
    store = ObjectStore(StorageSettings(endpoint_url=bucket.url, anonymous=True))
    assert read(store.open(public)) == b"2"
    with pytest.raises(ObjectError, match="found no right for anonymous requests"):
        store.look(uri)


def test_encryption_key_of_published_objects(bucket, tmp_path):
    (tmp_path / "x").write_bytes(b"x")
    settings = StorageSettings(endpoint_url=bucket.url, kms_key="alias/results")
    ObjectStore(settings).publish(tmp_path / "x", bucket.uri("x"))
    head = bucket.client.head_object(Bucket=bucket.name, Key="x")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/results")


def test_an_impossible_url_is_reported(bucket):
    with pytest.raises(ObjectError, match=r"storage.endpoint_url: found http://-x \(Invalid"):
        ObjectStore(StorageSettings(endpoint_url="http://-x")).look("s3://abc/x")


def test_hdf5_is_read_in_place(bucket, store, tmp_path):
    values = np.arange(1_000_000).reshape(1000, 1000)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("values", data=values, chunks=(10, 1000))
    uri = bucket.put("x.h5", (tmp_path / "x.h5").read_bytes())
    with store.open(uri, block_bytes=1 << 18, ahead=0) as opened, h5py.File(opened) as file:
        assert (file["values"][500] == values[500]).all()


def test_an_object_in_place_of_a_path(bucket, store, tmp_path):
    uri = bucket.put("reads/a.fq", b"@a\n")
    version = store.look(uri)
    objects = RunObjects(store.settings, {uri: version})
    file = file_or_object(uri, objects)
    assert (str(file), file.name, read(file.open("rb"))) == (uri, "a.fq", b"@a\n")
    assert file_or_object(str(tmp_path), objects) == tmp_path
    bucket.put("reads/a.fq", b"@b\n")
    with pytest.raises(ObjectError, match="another object"):
        read(file.open("rb"))
    unseen = ObjectFile(store, uri)
    assert read(unseen.open("rb")) == b"@b\n"
    bucket.put("reads/a.fq", b"@c\n")
    with pytest.raises(ObjectError, match="another object"):
        read(unseen.open("rb"))


@pytest.mark.parametrize(
    ("etag", "found"),
    [('"e"', "an answer without the range bytes=0-4"), ("", "an answer without ETag or size")],
)
def test_servers_that_are_not_s3_are_refused(bucket, etag, found):
    class Whole(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(b"whole" if self.command == "GET" else b"")

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Whole) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        store = ObjectStore(StorageSettings(endpoint_url=f"http://127.0.0.1:{server.server_port}"))
        with pytest.raises(ObjectError, match=f"found {found}"):
            read(store.open("s3://abc/x"))
        server.shutdown()


def test_all_requests_name_their_payer(bucket, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/x").write_bytes(CONTENT[:1000])
    store = ObjectStore(StorageSettings(endpoint_url=bucket.url, requester_pays=True))
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key="runs/1/unfinished")
    sent = []
    events = store._client.meta.events
    events.register("before-send.s3", lambda request, **_: sent.append(dict(request.headers)))
    publish_folder(store, tmp_path / "results", bucket.uri("runs/1"), "me")
    store.fetch(bucket.uri("runs/1/x"), tmp_path / "x")
    assert len(sent) > 8
    assert all(headers["x-amz-request-payer"] == b"requester" for headers in sent)
