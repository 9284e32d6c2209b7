"""Run a command whose inputs and outputs are objects in S3: fetch, run, publish with a manifest.

    python objects.py --folder F --fetch URI=PATH --publish PATH=URI --manifest URI -- COMMAND ...

The command runs in F, a new folder, which is removed at its end; PATHs are relative to it. A URI
that ends with / is a folder. Each object has its sha256 in its metadata, which is verified when it
is fetched. The manifest lists size and sha256 of all outputs and is written last, so that outputs
without one are those of a run that did not finish; one of an earlier run is deleted first.
Credentials, region and endpoint are those of boto3 (AWS_... variables, ~/.aws, roles).

This file is complete in itself: standard library and boto3.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import NamedTuple

SCHEME = "s3://"
FORMAT = "objects manifest"
VERSION = 1
TRANSFERS = 8  # objects at the same time
BLOCK = 1 << 20


class ObjectsError(Exception):
    """An object or file that is not as expected, reported on one line."""


class StoredObject(NamedTuple):
    """An object: its place, size and checksum; ``sha256`` is "" for an object without one."""

    uri: str
    size: int
    etag: str
    sha256: str


class Store:
    """Objects in S3, by URI."""

    def __init__(self) -> None:
        import boto3
        from boto3.exceptions import Boto3Error
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        retries = {"max_attempts": 8, "mode": "standard"}
        config = Config(retries=retries, max_pool_connections=2 * TRANSFERS)
        self._client = boto3.client("s3", config=config)
        self.errors: tuple[type[Exception], ...] = (Boto3Error, BotoCoreError, ClientError, OSError)

    def listed(self, uri: str) -> list[str]:
        """Return the URIs of the objects of a folder, or the URI of an object itself.

        Raises:
            ObjectsError: the folder has no object.
        """
        if not uri.endswith("/"):
            return [uri]
        bucket, prefix = parsed(uri)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        except self.errors as error:
            raise ObjectsError(f"{uri}: {_words(error)}") from None
        found = [f"{SCHEME}{bucket}/{key}" for key in keys if not key.endswith("/")]
        if not found:
            raise ObjectsError(f"{uri}: found no object, expected some below it")
        return found

    def look(self, uri: str) -> StoredObject:
        """Return what S3 knows of an object."""
        bucket, key = parsed(uri)
        try:
            head = self._client.head_object(Bucket=bucket, Key=key)
        except self.errors as error:
            raise ObjectsError(f"{uri}: {_words(error)}") from None
        checksum = head["Metadata"].get("sha256", "")
        return StoredObject(uri, head["ContentLength"], head["ETag"], checksum)

    def fetch(self, uri: str, path: Path) -> None:
        """Write an object to a file, which appears when it is complete and verified.

        Raises:
            ObjectsError: it is missing, or not what was published.
        """
        known = self.look(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        bucket, key = parsed(uri)
        try:
            self._client.download_file(bucket, key, str(partial))
        except self.errors as error:
            raise ObjectsError(f"{uri}: {_words(error)}") from None
        found = sha256_of(partial)
        if known.sha256 not in ("", found):
            raise ObjectsError(f"{uri}: found content of sha256 {found}, expected {known.sha256}")
        if partial.stat().st_size != known.size:
            raise ObjectsError(
                f"{uri}: found {partial.stat().st_size} bytes, expected {known.size}"
            )
        partial.replace(path)

    def publish(self, path: Path, uri: str) -> StoredObject:
        """Write a file to an object, with its checksum."""
        bucket, key = parsed(uri)
        checksum, size = sha256_of(path), path.stat().st_size
        extra = {"Metadata": {"sha256": checksum}, "ChecksumAlgorithm": "SHA256"}
        try:
            self._client.upload_file(str(path), bucket, key, ExtraArgs=extra)
        except self.errors as error:
            raise ObjectsError(f"{uri}: {_words(error)}") from None
        return StoredObject(uri, size, "", checksum)

    def write(self, uri: str, text: str) -> None:
        """Write a text to an object."""
        bucket, key = parsed(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=text.encode())
        except self.errors as error:
            raise ObjectsError(f"{uri}: {_words(error)}") from None

    def delete(self, uri: str) -> None:
        """Delete an object; nothing happens if there is none."""
        bucket, key = parsed(uri)
        try:
            self._client.delete_object(Bucket=bucket, Key=key)
        except self.errors as error:
            raise ObjectsError(f"{uri}: {_words(error)}") from None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())


def parsed(uri: str) -> tuple[str, str]:
    """Return bucket and key of a URI."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    if not (uri.startswith(SCHEME) and bucket and key):
        raise ObjectsError(f'found "{uri}", expected {SCHEME}BUCKET/KEY')
    return bucket, key


def sha256_of(path: Path) -> str:
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inside(folder: Path, path: str) -> Path:
    """Return a relative path in a folder.

    Raises:
        ObjectsError: it leads out of the folder.
    """
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts:
        raise ObjectsError(f'found the path "{path}", expected one below the folder of the job')
    return folder / pure


def fetches(store: Store, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the URI and the path of each single object."""
    for uri, path in pairs:
        for one in store.listed(uri):
            below = one.removeprefix(uri) if uri.endswith("/") else ""
            yield one, f"{path.rstrip('/')}/{below}" if below else path


def publications(folder: Path, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[Path, str]]:
    """Yield each single file and its URI.

    Raises:
        ObjectsError: there is no such file.
    """
    for name, uri in pairs:
        path = inside(folder, name)
        if path.is_dir():
            for file in sorted(file for file in path.rglob("*") if file.is_file()):
                yield file, f"{uri.rstrip('/')}/{file.relative_to(path).as_posix()}"
        elif path.is_file():
            yield path, f"{uri}{path.name}" if uri.endswith("/") else uri
        else:
            raise ObjectsError(f"{name}: found no file, expected an output of the command")


def run(arguments: argparse.Namespace, store: Store) -> int:
    """Fetch, run and publish; return the exit code of the command."""
    folder: Path = arguments.folder
    store.delete(arguments.manifest)
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier start of the same job
    folder.mkdir(parents=True)
    try:
        with ThreadPoolExecutor(TRANSFERS) as pool:
            inputs = [(uri, inside(folder, to)) for uri, to in fetches(store, arguments.fetch)]
            list(pool.map(lambda one: store.fetch(*one), inputs))
            code = subprocess.run(arguments.command, cwd=folder, check=False).returncode
            if code:
                return code if code > 0 else 128 - code
            outputs = list(publications(folder, arguments.publish))
            published = list(pool.map(lambda one: store.publish(*one), outputs))
        store.write(arguments.manifest, manifest_of(published))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def manifest_of(published: Sequence[StoredObject]) -> str:
    """Return the text of a manifest."""
    entries = [{"uri": one.uri, "size": one.size, "sha256": one.sha256} for one in published]
    return json.dumps({"format": FORMAT, "version": VERSION, "objects": entries}, indent=1) + "\n"


def fetch_pair(text: str) -> tuple[str, str]:
    """Return URI and path of ``URI=PATH``."""
    uri, separator, path = text.rpartition("=")
    if not (separator and path):
        raise argparse.ArgumentTypeError(f'found "{text}", expected URI=PATH')
    return uri, path


def publish_pair(text: str) -> tuple[str, str]:
    """Return path and URI of ``PATH=URI``."""
    path, separator, rest = text.partition(f"={SCHEME}")
    if not (separator and path and rest):
        raise argparse.ArgumentTypeError(f'found "{text}", expected PATH={SCHEME}BUCKET/KEY')
    return path, SCHEME + rest


def add_object_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the objects of a job."""
    parser.add_argument("--fetch", type=fetch_pair, action="append", default=[], metavar="URI=PATH")
    parser.add_argument(
        "--publish", type=publish_pair, action="append", default=[], metavar="PATH=URI"
    )
    parser.add_argument("--manifest", required=True, metavar="URI", help="list of the outputs")
    parser.add_argument("command", nargs="+", help="after --")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command with objects; return its exit code."""
    parser = argparse.ArgumentParser(description="Run a command on objects in S3.")
    parser.add_argument("--folder", type=Path, required=True, help="new folder of the command")
    add_object_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        store = Store()
        return run(arguments, store)
    except (ObjectsError, OSError) as error:
        sys.stderr.write(f"objects.py: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
