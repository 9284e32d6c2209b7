"""Publish the results of a run in S3; runs only with `results_uri` in the config.

In:  the folder of the results; the identity of the run.
Out: an object for each file, with its SHA-256; manifest.json, which is written last; locally a copy
     of the manifest. Files that are there already with the same SHA-256 are not sent again.
"""

import argparse
import json
import sys
from pathlib import Path

from readkin.command import argument_parser, existing_file, log, run_command
from readkin.formats.atomic_write import atomic_write
from readkin.objects.publication import publish_folder
from readkin.objects.settings import OBJECTS_HELP, read_objects
from readkin.objects.store import ObjectStore


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("publish_results", __doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of the results")
    parser.add_argument("--uri", required=True, help="s3://bucket/folder")
    parser.add_argument("--objects", type=Path, help=OBJECTS_HELP)
    parser.add_argument(
        "--run", type=existing_file, required=True, help="file that contains the run's identity"
    )
    parser.add_argument("--output", type=Path, required=True, help="copy of the manifest, JSON")
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    store = ObjectStore(read_objects(arguments.objects).storage)
    identity = arguments.run.read_text("utf-8").strip()
    published = publish_folder(store, arguments.folder, arguments.uri, identity)
    total = sum(file.size for file in published.files)
    log.info(
        "published %d files, %d bytes (%d of them sent now, %d removed): %s",
        *(len(published.files), total, published.uploaded, published.removed, published.manifest),
    )
    with atomic_write(arguments.output) as temporary:
        temporary.write_text(json.dumps(published.content(), indent=1))


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
