"""Failures of requests to an object storage, in one sentence each.

A HEAD request fails without a cause, so callers repeat such a request as GET (store.py).
"""

from typing import Any

from readkin.errors import InputError
from readkin.objects.settings import StorageSettings
from readkin.objects.uri import ObjectUri

CHANGED = "PreconditionFailed"
MISSING = ("NoSuchKey", "404", "NotFound")
_BUSY = (
    "ConditionalRequestConflict",
    "InternalError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
)
_CREDENTIALS = {
    "ExpiredToken": "an expired session token",
    "InvalidAccessKeyId": "an access key that the server does not know",
    "InvalidToken": "an invalid session token",
    "SignatureDoesNotMatch": "a signature that does not match the secret key",
    "TokenRefreshRequired": "an expired session token",
}
_RENEW = "renew your credentials: profile, SSO, role or variables AWS_*"
_OTHER_REGION = ("PermanentRedirect", "AuthorizationHeaderMalformed", "301", "TemporaryRedirect")
RESTORE = (
    "restore it (aws s3api restore-object), wait until that is done, or give a copy in another"
    " storage class"
)


class ObjectError(InputError):
    """A request failed: the message names the object and the cause."""


class PassingObjectError(ObjectError):
    """The server or the network failed, which may pass."""

    is_retryable = True


def failure(
    uri: ObjectUri, error: Exception, storage: StorageSettings, is_reading: bool = True
) -> ObjectError:
    """Return the error of a failed request as a message.

    Args:
        uri: object of the request.
        error: of boto3, urllib3 or the operating system.
        storage: settings of the request.
        is_reading: whether the request reads an object; the others are parts of publishing.
    """
    from botocore.exceptions import ClientError

    if isinstance(error, ObjectError):
        return error
    if not isinstance(error, ClientError):
        return _failure_without_answer(uri, error, storage)
    code, status = code_of(error), _status(error)
    # On one line, whatever the server has written.
    text = " ".join(error.response.get("Error", {}).get("Message", "").split()) or code
    if status in (429, 500, 502, 503, 504) or code in _BUSY:
        return PassingObjectError(
            uri, f"a busy server ({code})", "an answer", "start the run again later"
        )
    if code in ("NoSuchBucket", "NoSuchUpload"):
        what_to_do = "check its name, and storage.endpoint_url for a server other than AWS"
        return ObjectError(uri, f'no bucket "{uri.bucket}"', "an existing bucket", what_to_do)
    if code in MISSING:
        what_to_do = "check the key; upper and lower case differ"
        return ObjectError(uri, "no such object", "an existing object", what_to_do)
    if code == CHANGED:
        return changed(uri)
    if code == "InvalidObjectState":
        return archived(uri, "")
    if code in _CREDENTIALS:
        return ObjectError(uri, _CREDENTIALS[code], "valid credentials", _RENEW)
    if code in _OTHER_REGION:
        return ObjectError(
            uri, f"a bucket of another region ({text})", "its region", "set storage.region"
        )
    if status == 403:
        return _refused(uri, text, storage, is_reading)
    return ObjectError(uri, f"the answer {code}: {text}", "success", "check the settings storage")


def _refused(uri: ObjectUri, text: str, storage: StorageSettings, is_reading: bool) -> ObjectError:
    if "requester pays" in text.lower() and not storage.requester_pays:
        return ObjectError(
            uri,
            "a bucket whose requests the requester pays for",
            "storage.requester_pays: true",
            "set it to pay for the requests and the transfer, with credentials of your own",
        )
    if "kms" in text.lower():
        what_to_do = "grant kms:Decrypt to read, kms:GenerateDataKey to publish"
        return ObjectError(uri, f"no right to use its key ({text})", "the right", what_to_do)
    if storage.anonymous:
        what_to_do = "set storage.anonymous: false and provide credentials"
        return ObjectError(uri, "no right for anonymous requests", "a public object", what_to_do)
    if not is_reading:
        what_to_do = "grant s3:PutObject and the other rights to publish (docs/s3.md)"
        return ObjectError(uri, f"no right ({text})", "the right to publish there", what_to_do)
    what_to_do = (
        "grant s3:GetObject, or correct the key: without s3:ListBucket a missing object looks like"
        " this, too"
    )
    return ObjectError(uri, f"no right ({text})", "the right to read it", what_to_do)


def _failure_without_answer(
    uri: ObjectUri, error: Exception, storage: StorageSettings
) -> ObjectError:
    from botocore.exceptions import (
        CredentialRetrievalError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        TokenRetrievalError,
    )

    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        what_to_do = "provide a profile, SSO, a role or variables AWS_*; for public data set"
        return ObjectError(
            uri, "no credentials", "AWS credentials", f"{what_to_do} storage.anonymous: true"
        )
    if isinstance(error, CredentialRetrievalError | ProfileNotFound | TokenRetrievalError):
        return ObjectError(uri, f"no credentials ({reason})", "AWS credentials", _RENEW)
    if is_passing(error):
        server = storage.endpoint_url or "the server"
        what_to_do = f"check the network and that {server} is the right one, then run again"
        return PassingObjectError(uri, f"no answer ({reason})", "an answer", what_to_do)
    return ObjectError(uri, f"a failed request ({reason})", "success", "check the settings storage")


def changed(uri: ObjectUri) -> ObjectError:
    """Return the error of an object that was replaced while the run was reading it."""
    what_to_do = "start the run again: it reads the new object from its start"
    return ObjectError(uri, "another object than at the start of the run", "the same", what_to_do)


def archived(uri: ObjectUri, storage_class: str) -> ObjectError:
    """Return the error of an object that must be restored before it can be read."""
    words = f" (storage class {storage_class})" if storage_class else ""
    return ObjectError(uri, f"an archived object{words}", "one that can be read at once", RESTORE)


def is_passing(error: Exception) -> bool:
    """Return whether the same request may succeed later."""
    from botocore.exceptions import (
        ClientError,
        ConnectionError,
        HTTPClientError,
        IncompleteReadError,
    )
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    if isinstance(error, ClientError):
        return _status(error) in (429, 500, 502, 503, 504) or code_of(error) in _BUSY
    broken = ConnectionError | HTTPClientError | IncompleteReadError | HTTPError | OSError
    broken |= ResponseParserError  # an answer of something other than S3
    return isinstance(error, PassingObjectError | broken)


def code_of(error: Any) -> str:
    """Return the code of a ClientError; "" for another error."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
