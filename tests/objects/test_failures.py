"""Failures of requests, in one sentence each; those that no server here causes."""

import socket

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
)

from readkin.objects.failures import PassingObjectError, failure
from readkin.objects.settings import StorageSettings
from readkin.objects.store import ObjectStore
from readkin.objects.uri import ObjectUri

URI = ObjectUri("reads", "a.fq.gz")


def client_error(code: str, status: int, message: str = "") -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "GetObject")  # type: ignore[arg-type]


PAYS = "Access Denied: Bucket is requester pays bucket but no requester pays header present."


@pytest.mark.parametrize(
    ("error", "settings", "found", "what_to_do"),
    [
        (client_error("AccessDenied", 403, PAYS), {}, "requester pays", "to pay for the requests"),
        (client_error("AccessDenied", 403, "x"), {"anonymous": True}, "anonymous", "credentials"),
        (client_error("AccessDenied", 403, "no kms:Decrypt"), {}, "its key", "kms:Decrypt"),
        (client_error("AccessDenied", 403, "a\n b"), {}, "no right (a b)", "s3:GetObject"),
        (client_error("ExpiredToken", 400), {}, "an expired session token", "renew"),
        (client_error("InvalidObjectState", 403), {}, "an archived object", "restore-object"),
        (client_error("PermanentRedirect", 301), {}, "another region", "set storage.region"),
        (client_error("NoSuchBucket", 404), {}, 'no bucket "reads"', "endpoint_url"),
        (client_error("Strange", 418, "tea"), {}, "the answer Strange: tea", "settings storage"),
        (NoCredentialsError(), {}, "no credentials", "storage.anonymous: true"),
        (ProfileNotFound(profile="x"), {}, "no credentials (The config profile (x)", "renew"),
    ],
)
def test_failures_that_stay(error, settings, found, what_to_do):
    message = failure(URI, error, StorageSettings(**settings))
    assert not message.is_retryable
    where, in_words, _, advice = message.args
    assert where == "s3://reads/a.fq.gz"
    assert found in in_words
    assert what_to_do in advice


@pytest.mark.parametrize(
    "error",
    [
        client_error("SlowDown", 503),
        client_error("InternalError", 500),
        client_error("RequestTimeout", 400),
        client_error("ConditionalRequestConflict", 409),
        EndpointConnectionError(endpoint_url="http://host"),
        ReadTimeoutError(endpoint_url="http://host"),
    ],
)
def test_failures_that_may_pass(error):
    assert isinstance(failure(URI, error, StorageSettings()), PassingObjectError)


def test_a_server_that_is_away(bucket):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    with pytest.raises(PassingObjectError, match=f"no answer .*{url} is the right one"):
        ObjectStore(StorageSettings(endpoint_url=url), tries=1).look("s3://reads/a")
