"""Publication of a folder of results below an address: claimed, resumable, the manifest last.

``run.json`` is written first, on the condition that it does not exist: it names the run to which
the prefix belongs, and all paths that the run has ever published there. ``manifest.json``, with
size and SHA-256 of each file, is written last; without it the objects are no complete publication.
A run that publishes changed results removes the old manifest first.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from readkin.errors import InputError
from readkin.formats.atomic_write import stop_if_superseded
from readkin.objects.failures import CHANGED, MISSING, ObjectError, code_of
from readkin.objects.store import SHA256, ObjectStore
from readkin.objects.uri import ObjectUri, parse_uri
from readkin.provenance import sha256_of_file

log = logging.getLogger("readkin")

MANIFEST, CLAIM = "manifest.json", "run.json"
FILES_AT_ONCE = 4
REQUESTS_AT_ONCE = 16
_SKIPPED = (".partial-", ".snakemake_timestamp")


class PublishedFile(NamedTuple):
    """A file of a publication: path in the folder, bytes, SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


class Publication(NamedTuple):
    """What a call of ``publish_folder`` did.

    Attributes:
        run: identity of the run.
        manifest: address of the manifest.
        files: all files of the publication.
        uploaded: number of the files that were not there already.
        removed: number of objects of earlier results that were removed.
    """

    run: str
    manifest: str
    files: tuple[PublishedFile, ...]
    uploaded: int = 0
    removed: int = 0

    def content(self) -> dict[str, Any]:
        """Return the content of the manifest."""
        files = [{"path": f.path, "bytes": f.size, SHA256: f.sha256} for f in self.files]
        return {"run": self.run, "files": files}


def other_owner(store: ObjectStore, address: str, run: str) -> InputError | None:
    """Return why a run may not publish there; None if it may.

    Raises:
        ObjectError: if the storage cannot be asked.
    """
    uri = parse_uri(address)
    claim = _content(store, uri.below(CLAIM))
    if claim is not None:
        if claim.get("run") == run:
            return None
        found = "the results of another run (run.json)"
    elif not any(_listed(store, uri, limit=1)):
        return None
    else:
        found = "objects that no run has published"
    what_to_do = "write another results_uri, or delete these objects"
    return InputError(
        address, found, "a prefix without objects, or with those of this run", what_to_do
    )


def claim_prefix(store: ObjectStore, address: str, run: str, paths: Iterable[str] = ()) -> set[str]:
    """Claim a prefix for a run; return all paths that the run has ever published there.

    Args:
        store: of the objects.
        address: the prefix, as a folder.
        run: identity of the run.
        paths: that the run is about to publish.

    Raises:
        InputError: if it belongs to another run, or contains other objects.
        ObjectError: if it cannot be written.
    """
    if owner := other_owner(store, address, run):
        raise owner
    uri = parse_uri(address).below(CLAIM)
    claim = _content(store, uri)
    before = set(claim["paths"]) if claim else set()
    ever = before.union(paths)
    if claim and before == ever:
        return ever
    content = {"run": run, "paths": sorted(ever)}
    condition = {} if claim else {"IfNoneMatch": "*"}
    try:
        _put(store, uri, content, **condition)
    except ObjectError as error:
        if code_of(error.__cause__) != CHANGED:
            raise
        if owner := other_owner(store, address, run):
            raise owner from None
        return claim_prefix(store, address, run, ever)
    return ever


def publish_folder(store: ObjectStore, folder: Path, address: str, run: str) -> Publication:
    """Publish all files of a folder; what is there already with the same SHA-256 is kept.

    Raises:
        InputError: if the prefix belongs to another run, or if files change meanwhile.
        ObjectError: if the storage cannot be written.
    """
    uri = parse_uri(address)
    with ThreadPoolExecutor(max_workers=FILES_AT_ONCE) as pool:
        files = tuple(pool.map(lambda path: _described(folder, path), _paths(folder)))
    publication = Publication(run, str(uri.below(MANIFEST)), files)
    present = dict(_listed(store, uri))
    is_complete = all(present.get(uri.below(file.path).key) == file.size for file in files)
    if is_complete and _content(store, uri.below(MANIFEST)) == publication.content():
        return publication
    stop_if_superseded()
    ever = claim_prefix(store, address, run, (file.path for file in files))
    store.patiently("delete_object", uri, Key=uri.below(MANIFEST).key)
    _abort_unfinished_uploads(store, uri)
    with ThreadPoolExecutor(max_workers=REQUESTS_AT_ONCE) as pool:
        is_there = list(pool.map(lambda file: _is_there(store, uri, file, present), files))
    missing = [file for file, there in zip(files, is_there, strict=True) if not there]
    log.info("publish: %d of %d files are there already", len(files) - len(missing), len(files))
    with ThreadPoolExecutor(max_workers=FILES_AT_ONCE) as pool:
        done = pool.map(lambda file: _publish(store, folder, uri, file), missing)
        for number, file in enumerate(done, 1):
            log.info("publish: %d of %d: %s, %d bytes", number, len(missing), file.path, file.size)
    stale = sorted(ever - {file.path for file in files})
    stale = [path for path in stale if uri.below(path).key in present]
    _delete(store, uri, stale)
    stop_if_superseded()
    # Not every server is atomic: two runs may have claimed the prefix in the same instant.
    if owner := other_owner(store, address, run):
        raise owner
    _put(store, uri.below(MANIFEST), publication.content())
    return publication._replace(uploaded=len(missing), removed=len(stale))


def _paths(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.relative_to(folder).as_posix() for path in files if not path.name.startswith(_SKIPPED)
    )


def _described(folder: Path, path: str) -> PublishedFile:
    file = folder / path
    return PublishedFile(path, file.stat().st_size, sha256_of_file(file))


def _is_there(
    store: ObjectStore, uri: ObjectUri, file: PublishedFile, present: Mapping[str, int]
) -> bool:
    key = uri.below(file.path).key
    if present.get(key) != file.size:
        return False
    answer = store.patiently("head_object", uri.below(file.path), Key=key)
    return bool(answer["Metadata"].get(SHA256) == file.sha256)


def _publish(
    store: ObjectStore, folder: Path, uri: ObjectUri, file: PublishedFile
) -> PublishedFile:
    store.publish(folder / file.path, str(uri.below(file.path)), file.sha256)
    return file


def _content(store: ObjectStore, uri: ObjectUri) -> Any:
    """Return the content of a JSON object; None if it is missing."""
    try:
        text = store.content(uri)
    except ObjectError as error:
        if code_of(error.__cause__) in MISSING:
            return None
        raise
    try:
        return json.loads(text)
    except ValueError:
        what_to_do = "write another results_uri"
        raise InputError(
            uri, "an object that is not JSON", "one that a run wrote", what_to_do
        ) from None


def _put(store: ObjectStore, uri: ObjectUri, content: Any, **condition: str) -> None:
    text = json.dumps(content, indent=1).encode()
    options = store.options_of_uploads() | condition
    store.patiently(
        "put_object", uri, Key=uri.key, Body=text, ContentType="application/json", **options
    )


def _listed(store: ObjectStore, uri: ObjectUri, limit: int = 1000) -> Iterable[tuple[str, int]]:
    """Yield key and size of the objects below an address; ``limit`` are listed at once."""
    more: dict[str, str] = {}
    prefix = f"{uri.key.rstrip('/')}/"
    while True:
        answer = store.patiently("list_objects_v2", uri, Prefix=prefix, MaxKeys=limit, **more)
        yield from ((found["Key"], found["Size"]) for found in answer.get("Contents", ()))
        if not answer.get("IsTruncated"):
            return
        more = {"ContinuationToken": answer["NextContinuationToken"]}


def _abort_unfinished_uploads(store: ObjectStore, uri: ObjectUri) -> None:
    """Remove the parts that a killed attempt has left, which cost money and are not listed."""
    prefix = f"{uri.key.rstrip('/')}/"
    answer = store.patiently("list_multipart_uploads", uri, Prefix=prefix)
    for upload in answer.get("Uploads", ()):
        # Some servers list uploads of other prefixes, too.
        if upload["Key"].startswith(prefix):
            store.patiently(
                "abort_multipart_upload", uri, Key=upload["Key"], UploadId=upload["UploadId"]
            )


def _delete(store: ObjectStore, uri: ObjectUri, paths: list[str]) -> None:
    with ThreadPoolExecutor(max_workers=REQUESTS_AT_ONCE) as pool:
        keys = [uri.below(path).key for path in paths]
        list(pool.map(lambda key: store.patiently("delete_object", uri, Key=key), keys))
