"""Rights, on a server that verifies signatures: who may read, who may publish, what is reported."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from readkin.errors import InputError
from readkin.objects.failures import ObjectError
from readkin.objects.publication import claim_prefix, publish_folder
from readkin.objects.settings import StorageSettings
from readkin.objects.store import ObjectStore
from support.object_servers import Bucket, credentials, identity, weed_server


@pytest.fixture(scope="module")
def reads(tmp_path_factory):
    """The bucket ``reads`` with one object, in which ``reader`` may read and ``writer`` publish."""
    identities = [
        identity("tester", "Admin"),
        identity("reader", "Read:reads"),
        identity("writer", "Read:reads", "Write:reads", "List:reads"),
        identity("nobody"),
    ]
    with weed_server(tmp_path_factory.mktemp("weed"), identities) as url:
        bucket = Bucket(url, "reads")
        bucket.put("a.fq", b"@a")
        yield bucket


@pytest.fixture
def store_of(reads, monkeypatch):
    """Return the store of a user."""

    def store_of(name: str, secret: str = "") -> ObjectStore:
        for variable, value in credentials((name, secret or f"secret-of-{name}")).items():
            monkeypatch.setenv(variable, value)
        return ObjectStore(StorageSettings(endpoint_url=reads.url, anonymous=not name), tries=2)

    return store_of


@pytest.mark.parametrize(
    ("name", "secret", "found"),
    [
        ("reader", "wrong", "a signature that does not match the secret key"),
        ("stranger", "x", "an access key that the server does not know"),
        ("nobody", "", "no right"),
        ("", "", "no right for anonymous requests"),
    ],
)
def test_who_may_not_read(reads, store_of, name, secret, found):
    with pytest.raises(ObjectError, match=f"found {found}"):
        store_of(name, secret).look(reads.uri("a.fq"))


def test_who_may_read_may_not_publish(reads, store_of, tmp_path):
    store = store_of("reader")
    assert store.look(reads.uri("a.fq")).size == 2
    (tmp_path / "x").write_bytes(b"x")
    with pytest.raises(ObjectError, match=r"found no right .* s3:PutObject"):
        store.publish(tmp_path / "x", reads.uri("x"))
    with pytest.raises(ObjectError, match=r"found no right .* s3:PutObject"):
        claim_prefix(store, reads.uri("runs/reader"), "run")
    assert reads.keys_below() == ["a.fq"]


def test_who_may_publish(reads, store_of, tmp_path):
    (tmp_path / "x").write_bytes(b"x")
    store = store_of("writer")
    publish_folder(store, tmp_path, reads.uri("runs/1"), "run")
    assert reads.keys_below("runs/1/") == [
        f"runs/1/{name}" for name in ("manifest.json", "run.json", "x")
    ]
    with pytest.raises(ObjectError, match="found no right"):
        store.look("s3://other-bucket/x")


def test_missing_buckets_and_objects(reads, store_of):
    store = store_of("tester")
    with pytest.raises(ObjectError, match='found no bucket "none-such"'):
        store.look("s3://none-such/a.fq")
    with pytest.raises(ObjectError, match="found no such object"):
        store.look(reads.uri("A.fq"))


def test_of_runs_that_begin_together_one_publishes(reads, store_of):
    """SeaweedFS may accept several first claims at once; the last one then counts for all."""
    store = store_of("writer")

    def has_claimed(run: str) -> bool:
        try:
            claim_prefix(store, reads.uri("runs/many"), run)
        except InputError:
            return False
        return True

    runs = [f"run {number}" for number in range(8)]
    with ThreadPoolExecutor(len(runs)) as pool:
        assert any(pool.map(has_claimed, runs))
    owner = json.loads(reads.get("runs/many/run.json"))["run"]
    assert list(filter(has_claimed, runs)) == [owner]
