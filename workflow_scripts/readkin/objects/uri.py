"""Addresses of objects: ``s3://bucket/key``.

Standard library only: the rules import this module in every job.
"""

import re
from typing import NamedTuple

SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_EXPECTED = "s3://bucket/key"


class UriMistake(NamedTuple):
    """Why a text is no address of an object: parts of the message."""

    found: str
    expected: str
    what_to_do: str


class ObjectUri(NamedTuple):
    """Bucket and key. The key is used as it is written: nothing in it is an escape."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """The key after its last slash."""
        return self.key.rpartition("/")[2]

    def below(self, path: str) -> "ObjectUri":
        """Return the address of ``path`` in this one as a folder."""
        return self._replace(key=f"{self.key.rstrip('/')}/{path}")


def is_object(text: str) -> bool:
    """Return whether a path is the address of an object."""
    return text.startswith(SCHEME)


def parse_uri(text: str) -> ObjectUri:
    """Return the parts of an address, which ``uri_mistake`` has accepted.

    >>> parse_uri("s3://reads/2026/007_R1.fastq.gz")
    ObjectUri(bucket='reads', key='2026/007_R1.fastq.gz')
    """
    bucket, _, key = text.removeprefix(SCHEME).partition("/")
    return ObjectUri(bucket, key)


class Addressed:
    """Base of objects that are read as files: shown in messages as its address.

    Args:
        address: of the object.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def __str__(self) -> str:
        return self._address

    @property
    def name(self) -> str:
        """The key after its last slash."""
        return parse_uri(self._address).name


def uri_mistake(text: str) -> UriMistake | None:
    """Return why a text that starts with s3:// is no address of an object; None if it is one."""
    bucket, key = parse_uri(text)
    if not _BUCKET.fullmatch(bucket):
        what_to_do = "a name of a bucket has 3 to 63 lower-case letters, digits, dots and hyphens"
        return UriMistake(f'the bucket "{bucket}" in "{text}"', _EXPECTED, what_to_do)
    if not key.strip("/"):
        return UriMistake(f'a bucket without key, "{text}"', _EXPECTED, "add the key")
    if key.rpartition("/")[2] in ("", ".", ".."):
        return UriMistake(f'a folder, "{text}"', _EXPECTED, "write the key of one object")
    return None
