"""The first look at all objects: 16 at a time, everything wrong at once, an absent server once."""

import gzip
import threading

from readkin.objects import looks
from readkin.objects.failures import ObjectError
from readkin.objects.looks import AT_ONCE, START_BYTES, look_at_all
from readkin.objects.settings import ObjectVersion, StorageSettings
from readkin.objects.store import ObjectStore


def test_versions_and_starts(bucket, proxy):
    content = gzip.compress(bytes(200), mtime=0) + bytes(range(256)) * 8000
    address = bucket.put("a.fq.gz", content)
    empty = bucket.put("empty", b"")
    store = ObjectStore(StorageSettings(endpoint_url=proxy.url))
    found = look_at_all(store, [address, empty, bucket.uri("none"), address])
    assert list(found) == [address, empty, bucket.uri("none")]
    assert isinstance(found[bucket.uri("none")], ObjectError)
    start = found[address]
    assert start.version == store.look(address)
    assert (str(start), start.name) == (address, "a.fq.gz")
    proxy.requests.clear()
    with start.open("rb") as file:
        assert file.read(START_BYTES) == content[:START_BYTES]
    assert not proxy.requests
    with start.open("rb") as file:
        assert file.read() == content
    assert proxy.requests
    with found[empty].open("rb") as file:
        assert file.read() == b""


def test_sixteen_at_a_time(monkeypatch):
    running, most = 0, 0
    lock, full = threading.Lock(), threading.Barrier(AT_ONCE, timeout=20)

    class Slow:
        def __init__(self, store, address):
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            full.wait()
            with lock:
                running -= 1
            self.version = ObjectVersion("e", 1)

    monkeypatch.setattr(looks, "ObjectStart", Slow)
    found = look_at_all(ObjectStore(), [f"s3://abc/{number}" for number in range(4 * AT_ONCE)])
    assert (len(found), most) == (4 * AT_ONCE, AT_ONCE)


def test_a_server_that_is_away_is_reported_once(bucket):
    store = ObjectStore(StorageSettings(endpoint_url="http://127.0.0.1:9"), tries=1)
    found = look_at_all(store, [f"s3://abc/{number}" for number in range(100)])
    assert len(found) == 1
    assert "found no answer" in str(*found.values())
