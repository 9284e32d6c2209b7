"""Copy an object in S3 to a file, for a stage that reads all of it.

In:  the address of an object.
Out: the file.
"""

import argparse
import sys
from pathlib import Path

from readkin.command import argument_parser, log, run_command
from readkin.objects.settings import OBJECTS_HELP, read_objects
from readkin.objects.store import ObjectStore


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("fetch_object", __doc__)
    parser.add_argument("--uri", required=True, help="s3://bucket/key")
    parser.add_argument("--objects", type=Path, help=OBJECTS_HELP)
    parser.add_argument("--output", type=Path, required=True, help="file")
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace) -> None:
    """Run the command with the parsed arguments."""
    objects = read_objects(arguments.objects)
    version = objects.versions.get(arguments.uri)
    sha256 = ObjectStore(objects.storage).fetch(arguments.uri, arguments.output, version)
    size = arguments.output.stat().st_size
    log.info("fetched %s: %d bytes, SHA-256 %s", arguments.uri, size, sha256)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
