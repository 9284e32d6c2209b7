"""Settings of the object storage, and the file that passes them to the jobs of a run.

The file also contains the version of each object that the run reads, so that a job does not ask for
it, and reads what the main process has seen. It is no part of a job's parameters: another endpoint
for the same objects reruns nothing.

Standard library only: the rules import this module in every job.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple


class ObjectVersion(NamedTuple):
    """One version of an object.

    Attributes:
        etag: as the server returns it, with its quotes; it changes with the content.
        size: bytes.
    """

    etag: str
    size: int


@dataclass(frozen=True, kw_only=True)
class StorageSettings:
    """Settings ``storage`` of the configuration; credentials are none of them.

    Attributes:
        endpoint_url: of a server other than AWS; None leaves it to AWS's variables and files.
        region: None leaves it to AWS's variables and files.
        anonymous: whether requests are sent without credentials.
        requester_pays: whether the cost of requests to such buckets is accepted.
        kms_key: key of AWS KMS with which published objects are encrypted; None for the bucket's
            own setting.
    """

    endpoint_url: str | None = None
    region: str | None = None
    anonymous: bool = False
    requester_pays: bool = False
    kms_key: str | None = None


@dataclass(frozen=True)
class RunObjects:
    """Storage of a run, and the versions of the objects that it reads, by address."""

    storage: StorageSettings = StorageSettings()
    versions: Mapping[str, ObjectVersion] = field(default_factory=dict)


def objects_as_text(objects: RunObjects) -> str:
    """Return the content of the file that ``read_objects`` reads."""
    content = {"storage": asdict(objects.storage), "versions": objects.versions}
    return json.dumps(content, indent=1, sort_keys=True)


OBJECTS_HELP = "JSON: settings of the object storage and versions of the objects"
"""Help of the option that passes the file to a command."""


def read_objects(file: Path | None) -> RunObjects:
    """Read the file of a run; without one nothing is set, and no version known."""
    if file is None or not file.is_file():
        return RunObjects()
    content = json.loads(file.read_text("utf-8"))
    versions = {uri: ObjectVersion(*version) for uri, version in content["versions"].items()}
    return RunObjects(StorageSettings(**content["storage"]), versions)
