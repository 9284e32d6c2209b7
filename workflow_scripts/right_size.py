"""Show the resources that jobs requested from the cluster and used, and recommend sizes.

In:  Snakemake's benchmark tables of a run with `benchmark-extended: true`, as in the profiles, and
     the memory files next to them.
Out: a table and a `set-resources:` block for the profile, on standard output.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from readkin.command import argument_parser, run_command
from readkin.errors import InputError
from readkin.formats.benchmarks import read_job_costs
from readkin.report.right_sizing import job_sizes, sizing_text


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("right_size", __doc__)
    parser.add_argument(
        "benchmarks",
        type=Path,
        nargs="*",
        default=[Path("benchmarks")],
        help="benchmark tables <stage>/*.tsv, or folders of them; default: benchmarks",
    )
    return parser.parse_args(argv)


def right_size(benchmarks: Sequence[Path]) -> None:
    """Print the table and the block.

    Args:
        benchmarks: benchmark tables, or folders of them.

    Raises:
        InputError: if no table contains the resources that a job requested.
    """
    text = sizing_text(job_sizes([cost for path in benchmarks for cost in read_job_costs(path)]))
    if not text:
        raise InputError(
            ", ".join(map(str, benchmarks)),
            "no table with the resources that a job requested",
            "those of a run on Slurm",
            "run with a profile that sets `benchmark-extended: true`",
        )
    sys.stdout.write(text)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    right_size(arguments.benchmarks)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
