"""Requests to an object storage: look, open, fetch, publish.

    store = ObjectStore(StorageSettings(region="eu-central-1"))
    with store.open("s3://bucket/reads_R1.fastq.gz") as file: ...
    store.fetch("s3://bucket/genomes.fa", Path("genomes.fa"))
    store.publish(Path("results/report.html"), "s3://bucket/runs/1/report.html")

Credentials come from boto3's chain only: variables, profile, SSO, role.
"""

import hashlib
import io
import logging
import random
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from readkin.formats.atomic_write import atomic_write
from readkin.objects.failures import (
    ObjectError,
    PassingObjectError,
    archived,
    changed,
    code_of,
    failure,
    is_passing,
)
from readkin.objects.reader import BLOCK_BYTES, BLOCKS_AHEAD, RangeReader
from readkin.objects.settings import ObjectVersion, RunObjects, StorageSettings
from readkin.objects.uri import Addressed, ObjectUri, is_object, parse_uri
from readkin.provenance import sha256_of_file

T = TypeVar("T")

SHA256 = "sha256"
"""Name of the metadata that contain the checksum of a published object, in hexadecimal."""

CONNECTIONS = 32
SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 10, 30
TRIES = 8  # without progress; botocore tries each request that fails before its content again, too
LONGEST_PAUSE = 20.0  # seconds
CHUNK_BYTES = 256 << 10
COPIED_BYTES = 1 << 20
PART_BYTES = 32 << 20  # of an upload; S3 allows 10,000 parts and 5 GiB in one
PARTS_AT_ONCE = 4
MOST_PARTS = 10_000
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
_RESTORED = 'ongoing-request="false"'


class ObjectStore:
    """Objects of any bucket, with one set of settings; threads may share it.

    Args:
        settings: of the storage; None for the defaults.
        tries: of a request, or without progress within one.
    """

    def __init__(self, settings: StorageSettings | None = None, tries: int = TRIES) -> None:
        self.settings = settings or StorageSettings()
        self._tries = tries
        self._lock = threading.Lock()
        self._made: Any = None

    @property
    def _client(self) -> Any:
        with self._lock:  # making a client is not safe in threads, using one is
            self._made = self._made or self._new_client()
            return self._made

    def _new_client(self) -> Any:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        for library in ("boto3", "botocore", "s3transfer", "urllib3"):
            logging.getLogger(library).setLevel(logging.ERROR)  # failures are reported here
        config = Config(
            connect_timeout=SECONDS_TO_CONNECT,
            read_timeout=SECONDS_TO_ANSWER,
            max_pool_connections=CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": 3},
            signature_version=UNSIGNED if self.settings.anonymous else None,
            # Other servers rarely have a name for each bucket.
            s3={"addressing_style": "path"} if self.settings.endpoint_url else None,
        )
        url, region = self.settings.endpoint_url, self.settings.region
        session = boto3.session.Session()
        try:
            return session.client("s3", endpoint_url=url, region_name=region, config=config)
        except ValueError as error:
            where, expected = "storage.endpoint_url", "the URL of an S3 server"
            raise ObjectError(where, f"{url} ({error})", expected, "correct it") from error

    def request(self, name: str, uri: ObjectUri, **options: Any) -> Any:
        """Send a request of boto3's client and return its answer.

        Args:
            name: method of the client, such as ``head_object``.
            uri: object, or prefix, that messages name.
            options: arguments of the method, except the bucket.

        Raises:
            ObjectError: if it fails.
        """
        try:
            if self.settings.requester_pays:
                options["RequestPayer"] = "requester"
            return getattr(self._client, name)(Bucket=uri.bucket, **options)
        except Exception as error:
            if _is_of_storage(error):
                is_reading = name in ("head_object", "get_object")
                raise failure(uri, error, self.settings, is_reading) from error
            raise

    def patiently(self, name: str, uri: ObjectUri, **options: Any) -> Any:
        """Send a request as ``request``, again after passing failures."""
        return self._again(lambda: self.request(name, uri, **options), threading.Event())

    def _again(self, attempt: Callable[[], T], stopped: threading.Event) -> T:
        """Call ``attempt`` until it returns; pauses between the tries grow."""
        for failures in range(1, self._tries):
            try:
                return attempt()
            except PassingObjectError:
                stopped.wait(min(LONGEST_PAUSE, 0.2 * 2**failures) * random.uniform(0.5, 1))
                if stopped.is_set():
                    raise
        return attempt()

    def head(self, address: str) -> dict[str, Any]:
        """Return the answer to a HEAD request, for an object that can be read at once.

        Raises:
            ObjectError: if there is no such object, or it cannot be read.
        """
        uri = parse_uri(address)
        try:
            answer = self.patiently("head_object", uri, Key=uri.key)
        except ObjectError as error:
            if not code_of(error.__cause__).isdigit():
                raise
            # A HEAD request fails without a cause: a GET request has one.
            self.patiently("get_object", uri, Key=uri.key, Range="bytes=0-0")["Body"].close()
            raise
        if not answer.get("ETag") or "ContentLength" not in answer:
            what_to_do = "check storage.endpoint_url"
            raise ObjectError(uri, "an answer without ETag or size", "that of S3", what_to_do)
        storage_class = answer.get("StorageClass", "")
        is_archived = storage_class in _ARCHIVES or "ArchiveStatus" in answer
        if is_archived and _RESTORED not in answer.get("Restore", ""):
            raise archived(uri, storage_class)
        return answer

    def look(self, address: str) -> ObjectVersion:
        """Return the present version of an object that can be read at once.

        Raises:
            ObjectError: as ``head``.
        """
        answer = self.head(address)
        return ObjectVersion(answer["ETag"], answer["ContentLength"])

    def open(
        self,
        address: str,
        version: ObjectVersion | None = None,
        block_bytes: int = BLOCK_BYTES,
        ahead: int = BLOCKS_AHEAD,
    ) -> io.BufferedReader:
        """Open an object for reading, of one version from its start to its end.

        Args:
            address: of the object.
            version: that is read; None for the present one.
            block_bytes, ahead: as ``RangeReader``.

        Raises:
            ObjectError: if it cannot be read; while reading, if it was replaced.
        """
        uri = parse_uri(address)
        seen = self.look(address) if version is None else version

        def read_range(first: int, end: int, stopped: threading.Event) -> bytearray:
            return self.read_range(uri, seen, first, end, stopped)

        return io.BufferedReader(
            RangeReader(read_range, seen.size, block_bytes, ahead), CHUNK_BYTES
        )

    def content(self, uri: ObjectUri) -> bytes:
        """Return the content of a small object, in whatever version.

        Raises:
            ObjectError: if it cannot be read.
        """

        def read() -> bytes:
            body = self.request("get_object", uri, Key=uri.key)["Body"]
            try:
                return bytes(body.read())
            except Exception as error:
                if is_passing(error):
                    raise failure(uri, error, self.settings) from error
                raise
            finally:
                body.close()

        return self._again(read, threading.Event())

    def read_range(
        self,
        uri: ObjectUri,
        version: ObjectVersion,
        first: int,
        end: int,
        stopped: threading.Event | None = None,
    ) -> bytearray:
        """Return the bytes from ``first`` up to ``end`` of one version.

        An answer that breaks is continued from the byte at which it broke.

        Raises:
            ObjectError: if the object has changed or cannot be read.
        """
        stopped = stopped or threading.Event()
        content = bytearray()
        while len(content) < end - first:
            self._again(partial(self._read_on, uri, version, first, end, content), stopped)
        return content

    def _read_on(
        self, uri: ObjectUri, version: ObjectVersion, first: int, end: int, content: bytearray
    ) -> None:
        """Append to the content of a range: at least one byte, all that arrives in one answer."""
        position = first + len(content)
        wanted = f"bytes={position}-{end - 1}"
        answer = self.request("get_object", uri, Key=uri.key, Range=wanted, IfMatch=version.etag)
        body = answer["Body"]
        try:
            if answer.get("ETag") != version.etag:
                raise changed(uri)
            if not answer.get("ContentRange", "").startswith(f"bytes {position}-"):
                found = f"an answer without the range {wanted}"
                raise ObjectError(uri, found, "that range", "use a server with ranges, as S3")
            while len(content) < end - first and (chunk := body.read(CHUNK_BYTES)):
                content += chunk
        except ObjectError:
            raise
        except Exception as error:
            if not is_passing(error):
                raise
            if position == first + len(content):
                raise failure(uri, error, self.settings) from error
        finally:
            body.close()
        if position == first + len(content):
            raise PassingObjectError(uri, "an empty answer", "content", "start the run again")
        del content[end - first :]

    def fetch(self, address: str, path: Path, version: ObjectVersion | None = None) -> str:
        """Copy an object to a file, which appears whole or not at all; return its SHA-256.

        Args:
            address: of the object.
            path: file; its folder is created.
            version: that is read; None for the present one.

        Raises:
            ObjectError: if it cannot be read, has changed, or is not what ``publish`` wrote.
        """
        head = self.head(address)
        present = ObjectVersion(head["ETag"], head["ContentLength"])
        if version is not None and present != version:
            raise changed(parse_uri(address))
        digest, size = hashlib.sha256(), 0
        with (
            atomic_write(path) as temporary,
            self.open(address, present) as source,
            temporary.open("wb") as file,
        ):
            while chunk := source.read(COPIED_BYTES):
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            file.flush()
            found, expected = digest.hexdigest(), head["Metadata"].get(SHA256)
            if size != present.size or expected not in (None, found):
                raise ObjectError(
                    address,
                    f"{size} bytes with SHA-256 {found}",
                    f"{present.size} bytes with {expected or 'any'}",
                    "publish the object again",
                )
        return found

    def publish(self, path: Path, address: str, sha256: str | None = None) -> str:
        """Copy a file to an object, with its SHA-256 in the metadata; return the checksum.

        Server and client compare the SHA-256 of each part. The object appears whole or not at all.

        Args:
            path: file.
            address: of the object, which is replaced.
            sha256: of the file, if known.

        Raises:
            ObjectError: if it cannot be written, or if the file has changed meanwhile.
        """
        uri = parse_uri(address)
        before = path.stat()
        checksum = sha256 or sha256_of_file(path)
        self._again(lambda: self._upload(path, uri, checksum, before.st_size), threading.Event())
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            self.patiently("delete_object", uri, Key=uri.key)
            raise ObjectError(path, "a file that has changed meanwhile", "the same", "run again")
        return checksum

    def _upload(self, path: Path, uri: ObjectUri, checksum: str, size: int) -> None:
        from boto3.exceptions import S3UploadFailedError
        from boto3.s3.transfer import TransferConfig

        part_bytes = max(PART_BYTES, -(-size // MOST_PARTS))
        transfer = TransferConfig(
            multipart_threshold=part_bytes,
            multipart_chunksize=part_bytes,
            max_concurrency=PARTS_AT_ONCE,
        )
        options = self.options_of_uploads() | {"Metadata": {SHA256: checksum}}
        if self.settings.requester_pays:
            options["RequestPayer"] = "requester"
        try:
            self._client.upload_file(
                str(path), uri.bucket, uri.key, ExtraArgs=options, Config=transfer
            )
        except S3UploadFailedError as error:
            raise failure(uri, _cause(error), self.settings, is_reading=False) from error
        except Exception as error:
            if _is_of_storage(error):
                raise failure(uri, error, self.settings, is_reading=False) from error
            raise

    def options_of_uploads(self) -> dict[str, Any]:
        """Return the arguments of all requests that write an object: checksum and encryption."""
        options = {"ChecksumAlgorithm": "SHA256"}
        if self.settings.kms_key:
            options |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.settings.kms_key}
        return options


class ObjectFile(Addressed):
    """An object where a reader takes a path: the parts of ``pathlib.Path`` that readers use.

    Args:
        store: of the object.
        address: of the object.
        version: that is read; None for the one present at the first ``open``.
        block_bytes, ahead: as ``RangeReader``.
    """

    def __init__(
        self,
        store: ObjectStore,
        address: str,
        version: ObjectVersion | None = None,
        block_bytes: int = BLOCK_BYTES,
        ahead: int = BLOCKS_AHEAD,
    ) -> None:
        super().__init__(address)
        self._store, self._version = store, version
        self._block_bytes, self._ahead = block_bytes, ahead

    def open(self, _mode: Literal["rb"], /) -> io.BufferedReader:
        """Open it for reading, from its start, always in the same version."""
        if self._version is None:
            self._version = self._store.look(self._address)
        return self._store.open(self._address, self._version, self._block_bytes, self._ahead)


def file_or_object(text: str, objects: RunObjects) -> Path | ObjectFile:
    """Return a path, or an object in the version that the run has seen."""
    if not is_object(text):
        return Path(text)
    return ObjectFile(ObjectStore(objects.storage), text, objects.versions.get(text))


def _is_of_storage(error: Exception) -> bool:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return isinstance(error, BotoCoreError | ClientError | Boto3Error | ResponseParserError)


def _cause(error: Exception) -> Exception:
    """Return what an upload failed for; boto3 wraps it."""
    inner = error.__cause__ or error.__context__
    return inner if isinstance(inner, Exception) else error
