"""Write the trimmed reads of one unit as unaligned BAM with read group and index.

In:  trimmed FASTQ.gz of one unit, mates interleaved.
Out: unaligned BAM, in the order of the FASTQ; its .bai, which contains the number of reads, and its
     .sbi, with which several workers read one file; counts JSON. All later stages number the reads
     in this order.
"""

import argparse
import sys
from pathlib import Path

import pysam

from readkin.command import argument_parser, existing_file, run_command
from readkin.formats.counts import Flow, write_counts
from readkin.formats.unaligned_bam import ReadGroup, write_unaligned_bam
from readkin.progress import Progress


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("convert_fastq_to_bam", __doc__)
    parser.add_argument("--fastq", type=existing_file, required=True)
    parser.add_argument("--paired", action="store_true", help="mates are interleaved")
    parser.add_argument("--sample", required=True)
    parser.add_argument("--unit", required=True)
    parser.add_argument("--platform", required=True, help="in capitals, for example ILLUMINA")
    parser.add_argument("--library", dest="dna_library", help="default: the sample")
    parser.add_argument(
        "--output", type=Path, required=True, help="BAM; .bai and .sbi are written beside it"
    )
    parser.add_argument("--counts", type=Path, required=True, help="JSON")
    return parser.parse_args(argv)


def convert_fastq_to_bam(fastq: Path, paired: bool, group: ReadGroup, output: Path) -> Flow:
    """Convert FASTQ to BAM; return the counts of reads.

    Raises:
        InputError: as ``write_unaligned_bam``.
    """
    entered = 0
    with Progress("convert", None, "reads") as progress:
        for reads in write_unaligned_bam(fastq, paired, group, output):
            entered += reads
            progress.advance(reads)
    with pysam.AlignmentFile(str(output), check_sq=False) as bam:
        return Flow("reads", entered, bam.nocoordinate)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    library = arguments.dna_library or arguments.sample
    group = ReadGroup(arguments.sample, arguments.unit, arguments.platform, library)
    flow = convert_fastq_to_bam(arguments.fastq, arguments.paired, group, arguments.output)
    unit = f"{arguments.sample}.{arguments.unit}"
    write_counts(arguments.counts, "convert_fastq_to_bam", [flow], {"library": library}, unit)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
