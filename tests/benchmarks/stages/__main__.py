"""Cost of the stages beside other programs on the same reads: `make bench-stages`.

Whole commands run in turn, on simulated read pairs of 2 x 150 bp: trim_reads with
convert_fastq_to_bam; cutadapt alone; cutadapt and fastp, each with a pipe to `samtools import`.
Prints a table for each number of reads and writes all measurements as JSON.

CPU s              user and system time of all processes, with start-up, reading and writing
x cutadapt         multiple of cutadapt alone, which writes FASTQ.gz, in the same round
x cutadapt to BAM  multiple of cutadapt | samtools import, in the same round
peak MB            peak memory of the largest process
output MB          all files written
reads              reads written to BAM

--chain adds all stages of the workflow, each with its multiple, and minimap2 and MMseqs2, which
compare all reads with all, as find_pairs and align_pairs do. These run once; the reads are those of
six genomes at depth 10. QUICK=1 in the environment measures 10,000 reads only.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.records import (
    Record,
    benchmark_parser,
    is_quick_run,
    processor,
    wide_console,
    write_json,
)
from benchmarks.stages.race import race, records_of, work_table
from benchmarks.stages.tools import simulate, simulate_community, tools

QUICK, FULL = (10_000,), (100_000, 1_000_000)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser("stages", __doc__)
    sizes = QUICK if is_quick_run() else FULL
    parser.add_argument("--reads", nargs="+", type=int, default=sizes, help="numbers of reads")
    parser.add_argument("--rounds", type=int, default=1 if is_quick_run() else 5)
    parser.add_argument("--chain", action="store_true", help="also run the whole workflow")
    return parser.parse_args(argv)


def run_benchmark(sizes: Sequence[int], rounds: int, with_chain: bool, output: Path) -> int:
    """Run all tools on each number of reads, print tables and write all records.

    Returns:
        The exit code: 1 if a tool failed that is installed.
    """
    console = wide_console()
    console.print(f"{processor()}, {os.cpu_count()} cores; medians, ranges in parentheses")
    selected = [tool for tool in tools() if with_chain or not tool.is_chain]
    records: list[Record] = []
    has_failed = False
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-stages-") as folder:
            make = simulate_community if with_chain else simulate
            runners = race(make(size, Path(folder) / "reads"), selected, rounds)
        console.print(work_table(runners))
        for runner in runners:
            if runner.failure and not runner.tool.missing:
                has_failed = True
                console.print(f"{runner.tool.name} failed: {runner.failure}", style="bold red")
        records += records_of(runners)
        write_json(output, records)  # after each size, so that an aborted run keeps its results
    console.print(f"All measurements: {output}")
    return int(has_failed)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    return run_benchmark(arguments.reads, arguments.rounds, arguments.chain, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
