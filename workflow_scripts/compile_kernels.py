"""Compile the kernels of a stage ahead, so that the stage itself only loads them.

Out: the compiled kernels, in the cache of kernels; an empty file that says so
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from readkin.align import tiles
from readkin.command import argument_parser, log, run_command
from readkin.join import key_join
from readkin.kernels.smith_waterman.alignment import compile_long_kernels
from readkin.pieces import compiling

KERNELS: dict[str, Callable[[], None]] = {
    "find_pairs": key_join.compile_kernels,
    "align_pairs": tiles.compile_kernels,
    "align_long_reads": compile_long_kernels,
    "join_reads": compiling.compile_kernels,
}
"""What compiles each set of kernels."""


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("compile_kernels", __doc__)
    parser.add_argument("--kernels", choices=KERNELS, required=True, help="which set")
    parser.add_argument("--output", type=Path, required=True, help="empty file, written at the end")
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace) -> None:
    """Run the command with the parsed arguments."""
    log.info("compile the kernels of %s, once for this version", arguments.kernels)
    KERNELS[arguments.kernels]()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.touch()


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
