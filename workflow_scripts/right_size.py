"""Show what the jobs of a run asked Slurm for, what they used, and sizes that fit.

In:  Snakemake's benchmark tables of a run with `benchmark-extended: true`, as in the profiles, and
     the memory files beside them.
Out: a table and a `set-resources:` block for the profile, on standard output.
"""

import argparse
import sys
from pathlib import Path

from readkin.command import argument_parser, run_command
from readkin.errors import InputError
from readkin.formats.benchmarks import read_job_costs
from readkin.report.right_sizing import sizing_text, sizings


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argument_parser("right_size", __doc__)
    parser.add_argument(
        "benchmarks",
        type=Path,
        nargs="*",
        default=[Path("benchmarks")],
        help="folders or files <stage>/*.tsv; default: benchmarks",
    )
    return parser.parse_args(argv)


def right_size(arguments: argparse.Namespace) -> None:
    """Print the table and the block.

    Raises:
        InputError: no job's resources are known.
    """
    text = sizing_text(sizings([c for path in arguments.benchmarks for c in read_job_costs(path)]))
    if not text:
        raise InputError(
            ", ".join(map(str, arguments.benchmarks)),
            "no table that tells what a job asked for",
            "those of a run on Slurm",
            "run with a profile that holds `benchmark-extended: true`",
        )
    sys.stdout.write(text)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(right_size, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
