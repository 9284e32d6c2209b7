"""Write the trimmed reads of one unit as unaligned BAM with read group and index.

In:  trimmed FASTQ.gz of one unit, mates interleaved; counts JSON of trim_reads.
Out: unaligned BAM, in the order of the FASTQ; its .bai, which contains the number of reads, and its
     .sbi, with which several workers read one file; counts JSON with the profile of the reads. All
     later stages number the reads in this order.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from readkin.command import argument_parser, existing_file, run_command
from readkin.errors import InputError
from readkin.formats.counts import Flow, read_counts, write_counts
from readkin.formats.fastq import FastqInput, Records, checked_chunks
from readkin.formats.quality_profile import QualityProfile, combined_profile, profiled
from readkin.formats.unaligned_bam import ReadGroup, write_unaligned_bam
from readkin.progress import Progress


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("convert_fastq_to_bam", __doc__)
    parser.add_argument("--fastq", type=existing_file, required=True)
    parser.add_argument("--paired", action="store_true", help="mates are interleaved")
    parser.add_argument(
        "--trim-counts", type=existing_file, help="counts of trim_reads: as many reads are expected"
    )
    parser.add_argument("--sample", required=True)
    parser.add_argument("--unit", required=True)
    parser.add_argument("--platform", required=True, help="in capitals, for example ILLUMINA")
    parser.add_argument("--library", dest="dna_library", help="default: the sample")
    parser.add_argument(
        "--output", type=Path, required=True, help="BAM; .bai and .sbi are written beside it"
    )
    parser.add_argument("--counts", type=Path, required=True, help="JSON")
    return parser.parse_args(argv)


def convert_fastq_to_bam(
    fastq: Path, paired: bool, group: ReadGroup, output: Path, expected: int | None = None
) -> tuple[Flow, dict[str, Any]]:
    """Convert FASTQ to BAM; return the counts of reads and their profile.

    Args:
        fastq: input, with interleaved mates if ``paired``.
        paired: whether the reads are mates.
        group: read group of all reads.
        output: BAM file; the indexes are written beside it.
        expected: number of reads in the input; None if unknown.

    Raises:
        InputError: as ``checked_chunks``, or if the input has another number of reads.
    """
    profiles = [QualityProfile() for _ in range(1 + paired)]
    chunks = profiled(checked_chunks(FastqInput(fastq, is_interleaved=paired)), profiles)
    written = 0
    with Progress("convert", None, "reads") as progress:
        for reads in write_unaligned_bam(complete(chunks, expected, fastq), group, output):
            written += reads
            progress.advance(reads)
    profile = combined_profile(profiles)
    return Flow("reads", profile["reads"], written), profile


def complete(
    chunks: Iterable[tuple[Records, ...]], expected: int | None, fastq: Path
) -> Iterator[tuple[Records, ...]]:
    """Yield the chunks of a file; refuse it at its end if it has not as many reads as expected."""
    reads = 0
    for mates in chunks:
        reads += sum(map(len, mates))
        yield mates
    if expected is not None and reads != expected:
        what_to_do = "run trim_reads of this unit again"
        raise InputError(fastq, f"{reads} reads", f"{expected}, as trim_reads counted", what_to_do)


def reads_left(counts: Path) -> int:
    """Return the number of reads that left the stage of a counts file."""
    return sum(flow["out"] for flow in read_counts(counts)["flows"])


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    library = arguments.dna_library or arguments.sample
    group = ReadGroup(arguments.sample, arguments.unit, arguments.platform, library)
    expected = reads_left(arguments.trim_counts) if arguments.trim_counts else None
    flow, profile = convert_fastq_to_bam(
        arguments.fastq, arguments.paired, group, arguments.output, expected
    )
    unit = f"{arguments.sample}.{arguments.unit}"
    details = {"library": library, "after": profile}
    write_counts(arguments.counts, "convert_fastq_to_bam", [flow], details, unit)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
