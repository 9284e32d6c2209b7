"""Records of a run that uses objects in S3, written before its first job."""

import sys
import uuid
from pathlib import Path

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.objects.settings import objects_as_text
from rules.settings.settings import Settings


def stop_without_objects(settings: Settings, objects_file: Path, run_identity: Path) -> None:
    """Write what the jobs need to know of the storage, and claim the address of the results.

    Exit with 2 if the address cannot be claimed: a run of hours should not find that at its end.

    Args:
        settings: of the run.
        objects_file: settings of the storage and versions of the objects, replaced.
        run_identity: identity by which the run knows its own results, made if it does not exist.
    """
    if not settings.objects.versions and not settings.config["results_uri"]:
        objects_file.unlink(missing_ok=True)
        return
    with atomic_write(objects_file) as temporary:
        temporary.write_text(objects_as_text(settings.objects), "utf-8")
    if address := settings.config["results_uri"]:
        if not run_identity.is_file():
            with atomic_write(run_identity) as temporary:
                temporary.write_text(f"{uuid.uuid4().hex}\n", "utf-8")
        from readkin.objects.publication import claim_prefix
        from readkin.objects.store import ObjectStore

        try:
            run = run_identity.read_text("utf-8").strip()
            claim_prefix(ObjectStore(settings.objects.storage), address, run)
        except InputError as error:
            sys.stderr.write(f"results_uri: {error}\n")
            sys.exit(2)
