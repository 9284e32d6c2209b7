"""Map the reads of one unit to a reference genome; runs only with `reference:` in the config.

In:  unaligned BAM of one unit; reference FASTA (plain, gz, bz2 or xz).
Out: aligned, coordinate-sorted BAM of the same reads, and its indexes: .csi, and .bai too if no
     contig is longer than 512 Mbp (2^29), the limit of that format; counts JSON.

Method: Li 2018, Bioinformatics 34:3094 (minimap2, preset sr).
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import mappy
import pysam

from readkin.command import argument_parser, existing_file, log, positive_int, run_command
from readkin.formats.aligned_bam import Hit, aligned_segments, map_fragment
from readkin.formats.atomic_write import atomic_write, removed_at_end
from readkin.formats.counts import MAPPED_READS, Flow, write_counts
from readkin.formats.reference import MAX_BAI_BP, write_plain_reference
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
        "--output", type=Path, required=True, help="BAM; its indexes are written beside it"
    )
    parser.add_argument("--counts", type=Path, required=True, help="JSON")
    return parser.parse_args(argv)


def map_to_reference(bam: Path, reference: Path, output: Path, threads: int) -> tuple[Flow, int]:
    """Map, sort and index; return the counts of reads and the number of mapped reads.

    Raises:
        InputError: as ``write_plain_reference``.
    """
    entered = mapped = 0
    with (
        atomic_write(output) as sorted_bam,
        removed_at_end(sorted_bam.with_suffix(".unsorted.bam")) as unsorted_bam,
        pysam.AlignmentFile(str(bam), check_sq=False) as source,
    ):
        aligner, lengths = indexed_reference(reference, sorted_bam.with_suffix(".fa"), threads)
        contigs = {name: number for number, name in enumerate(lengths)}
        header = aligned_header(source.header, lengths)
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
        # Raises an error, so that no file appears, if sorting lost a read.
        flow = Flow("reads", entered, int(str(pysam.view("-c", str(sorted_bam)))))
        write_indexes(sorted_bam, output, max(lengths.values()))
    return flow, mapped


def indexed_reference(
    reference: Path, plain: Path, threads: int
) -> tuple[mappy.Aligner, dict[str, int]]:
    """Check and index a reference; return minimap2's index and the contigs' lengths by name.

    Args:
        reference: as the user provides it.
        plain: scratch file, removed afterwards.
        threads: for the index.
    """
    with removed_at_end(plain):
        lengths = write_plain_reference(reference, plain)
        return mappy.Aligner(str(plain), preset="sr", n_threads=threads), lengths


def aligned_header(
    source: pysam.AlignmentHeader, lengths: Mapping[str, int]
) -> pysam.AlignmentHeader:
    """Return the header of the unaligned BAM with the reference sequences added."""
    header = source.to_dict()
    header["HD"] = {"VN": "1.6", "SO": "unsorted"}
    header["SQ"] = [{"SN": name, "LN": length} for name, length in lengths.items()]
    header["PG"] = [*header.get("PG", []), {"ID": "minimap2", "PN": "minimap2", "PP": "readkin"}]
    return pysam.AlignmentHeader.from_dict(header)


def write_indexes(sorted_bam: Path, output: Path, longest_bp: int) -> None:
    """Write the index of ``sorted_bam`` as CSI, and as BAI if it can hold the longest contig.

    htslib (samtools, pysam) prefers the CSI; some older programs read only the BAI. Both get the
    name that belongs to ``output``; a BAI of an earlier reference is removed.
    """
    output.with_name(f"{output.name}.bai").unlink(missing_ok=True)
    for option, suffix in (("-c", ".csi"), ("-b", ".bai")):
        if suffix == ".csi" or longest_bp <= MAX_BAI_BP:
            with removed_at_end(sorted_bam.with_name(f"{sorted_bam.name}{suffix}")) as index:
                pysam.index(option, str(sorted_bam), str(index))
                index.replace(output.with_name(f"{output.name}{suffix}"))


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
    log.info("%d of %d reads map to %s", mapped, flow.left, arguments.reference)
    if flow.left and not mapped:
        log.warning(
            "warning: no read of %s maps to %s; check that it is the right reference",
            arguments.unit,
            arguments.reference,
        )
    write_counts(
        arguments.counts, "map_to_reference", [flow], {MAPPED_READS: mapped}, arguments.unit
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
