"""Map the reads of one unit to a reference genome; runs only with `reference:` in the config.

In:  unaligned BAM of one unit; reference FASTA (plain or gz).
Out: aligned, coordinate-sorted BAM of the same reads, and its .bai; counts JSON.

Method: Li 2018, Bioinformatics 34:3094 (minimap2, preset sr).
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import mappy
import pysam

from readkin.command import argument_parser, existing_file, positive_int, run_command
from readkin.errors import InputError
from readkin.formats.aligned_bam import Hit, aligned_segments, map_fragment
from readkin.formats.atomic_write import atomic_write, removed_at_end
from readkin.formats.counts import Flow, write_counts
from readkin.formats.unaligned_bam import index_of
from readkin.progress import Progress

FRAGMENTS_PER_TASK = 500

Fragment = list[pysam.AlignedSegment]


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("map_to_reference", __doc__)
    parser.add_argument("--bam", type=existing_file, required=True)
    parser.add_argument("--reference", type=existing_file, required=True)
    parser.add_argument("--unit", required=True, help="name of the unit, for the counts")
    parser.add_argument("--threads", type=positive_int, default=1)
    parser.add_argument(
        "--output", type=Path, required=True, help="BAM; its .bai is written beside it"
    )
    parser.add_argument("--counts", type=Path, required=True, help="JSON")
    return parser.parse_args(argv)


def map_to_reference(bam: Path, reference: Path, output: Path, threads: int) -> tuple[Flow, int]:
    """Map, sort and index; return the counts of reads and the number of mapped reads."""
    aligner = mappy.Aligner(str(reference), preset="sr", n_threads=threads)
    if not aligner or not aligner.n_seq:
        raise InputError(reference, "no sequences", "FASTA", "check `reference:` in the config")
    contigs = {name: number for number, name in enumerate(aligner.seq_names)}
    entered = mapped = 0
    with (
        atomic_write(output) as sorted_bam,
        removed_at_end(sorted_bam.with_suffix(".unsorted.bam")) as unsorted_bam,
        pysam.AlignmentFile(str(bam), check_sq=False) as source,
    ):
        header = aligned_header(source.header, aligner)
        with (
            Progress("map", source.nocoordinate, "reads") as progress,
            pysam.AlignmentFile(str(unsorted_bam), "wb", header=header) as target,
        ):
            for fragment, hits in mapped_fragments(aligner, source, contigs, threads):
                for segment in aligned_segments(fragment, hits, header):
                    target.write(segment)
                entered += len(fragment)
                mapped += sum(hit is not None for hit in hits)
                progress.advance(len(fragment))
        pysam.sort("--no-PG", "-@", str(threads), "-o", str(sorted_bam), str(unsorted_bam))
        pysam.index(str(sorted_bam))
        # Raises an error, so that no file appears, if sorting lost a read.
        flow = Flow("reads", entered, int(str(pysam.view("-c", str(sorted_bam)))))
        index_of(sorted_bam).replace(index_of(output))
    return flow, mapped


def aligned_header(source: pysam.AlignmentHeader, aligner: mappy.Aligner) -> pysam.AlignmentHeader:
    """Return the header of the unaligned BAM with the reference sequences added."""
    header = source.to_dict()
    header["HD"] = {"VN": "1.6", "SO": "unsorted"}
    header["SQ"] = [{"SN": name, "LN": len(aligner.seq(name))} for name in aligner.seq_names]
    header["PG"] = [*header.get("PG", []), {"ID": "minimap2", "PN": "minimap2", "PP": "readkin"}]
    return pysam.AlignmentHeader.from_dict(header)


def mapped_fragments(
    aligner: mappy.Aligner, source: pysam.AlignmentFile, contigs: dict[str, int], threads: int
) -> Iterator[tuple[Fragment, list[Hit | None]]]:
    """Yield each fragment with its hits, in the order of ``source``; minimap2 releases the GIL."""

    def map_all(task: list[Fragment]) -> list[list[Hit | None]]:
        return [map_fragment(aligner, fragment, contigs) for fragment in task]

    fragments = fragments_of(source)
    with ThreadPoolExecutor(threads) as pool:
        while tasks := [
            task
            for _ in range(4 * threads)
            if (task := list(islice(fragments, FRAGMENTS_PER_TASK)))
        ]:
            for task, hits in zip(tasks, pool.map(map_all, tasks), strict=True):
                yield from zip(task, hits, strict=True)


def fragments_of(source: pysam.AlignmentFile) -> Iterator[Fragment]:
    """Yield lists of one single read, or of two adjacent mates."""
    records = source.fetch(until_eof=True)
    for record in records:
        yield [record, next(records)] if record.is_paired else [record]


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    flow, mapped = map_to_reference(
        arguments.bam, arguments.reference, arguments.output, arguments.threads
    )
    write_counts(
        arguments.counts, "map_to_reference", [flow], {"mapped reads": mapped}, arguments.unit
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
