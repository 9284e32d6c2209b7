"""Objects in S3 that a run reads: looked at before the first job, all together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from readkin.errors import InputError
from readkin.objects.settings import ObjectVersion, RunObjects, StorageSettings
from readkin.objects.uri import is_object
from rules.settings.mistakes import Diagnosis

if TYPE_CHECKING:
    from readkin.objects.looks import ObjectStart
    from readkin.objects.store import ObjectStore

TRIES = 3  # of a request: a person waits for the answer


@dataclass
class InputObjects:
    """The objects of the settings.

    Attributes:
        storage: settings of their storage; None if these are wrong, so that nothing is requested.
        results: what was found, by address; an object that was left out, because the server does
            not answer at all, is missing.
    """

    storage: StorageSettings | None
    results: dict[str, "ObjectStart | InputError"] = field(default_factory=dict)

    def look_at(self, addresses: Iterable[str]) -> None:
        """Look at all of these paths that are objects."""
        wanted = [address for address in addresses if is_object(address)]
        if self.storage is not None and wanted:
            # Here, because only the main process needs boto3, and only for objects.
            from readkin.objects.looks import look_at_all

            self.results |= look_at_all(self._store(), wanted)

    def start(self, address: str) -> "ObjectStart | Diagnosis | None":
        """Return the first bytes of an object, or what is wrong; None if it was left out."""
        result = self.results.get(address)
        if isinstance(result, InputError):
            where, found, expected, what_to_do = result.args
            return Diagnosis(f'{found} at "{where}"', expected, what_to_do)
        return result

    def wrong_target(self, address: str, run: str) -> Diagnosis | None:
        """Return why a run may not publish at an address; None if it may."""
        if self.storage is None:
            return None
        from readkin.objects.publication import other_owner

        try:
            owner = other_owner(self._store(), address, run)
        except InputError as error:
            owner = error
        if owner is None:
            return None
        _, found, expected, what_to_do = owner.args
        return Diagnosis(f'{found} at "{address}"', expected, what_to_do)

    def of_run(self) -> RunObjects:
        """Return storage and versions for the jobs."""
        versions: dict[str, ObjectVersion] = {}
        for address, result in self.results.items():
            if not isinstance(result, InputError):
                versions[address] = result.version
        return RunObjects(self.storage or StorageSettings(), versions)

    def _store(self) -> "ObjectStore":
        from readkin.objects.store import ObjectStore

        return ObjectStore(self.storage, TRIES)


def storage_of(config: Mapping[str, Any]) -> StorageSettings:
    """Return the settings of a valid section ``storage``."""
    return StorageSettings(**config["storage"])
