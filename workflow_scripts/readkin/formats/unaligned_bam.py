"""Writes reads as unaligned BAM (SAM/BAM specification v1 and its advice on read groups)."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import dnaio
import pysam

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.fastq import checked_chunks, first_word, fragment_name

SINGLE, FIRST_MATE, SECOND_MATE = 4, 77, 141  # flags: unmapped; with mate; first or second
NAME = re.compile(r"[!-?A-~]{1,254}")


class ReadGroup(NamedTuple):
    """Where the reads come from, for the BAM header.

    Attributes:
        sample, unit: of the sample sheet; together the read group's ID.
        platform: sequencing platform in capitals, as Picard and GATK demand.
        library: DNA preparation; the sample's name if not known.
    """

    sample: str
    unit: str
    platform: str
    library: str

    def header(self, first_name: str) -> dict[str, str]:
        """The @RG line. PU is flowcell.lane where Illumina's read names tell them."""
        fields = first_name.split(":")
        run_known = len(fields) == 7 and fields[3].isdigit()
        identifier = f"{self.sample}.{self.unit}"
        platform_unit = f"{fields[2]}.{fields[3]}" if run_known else identifier
        return {
            "ID": identifier,
            "SM": self.sample,
            "LB": self.library,
            "PL": self.platform,
            "PU": platform_unit,
        }


def write_unaligned_bam(fastq: Path, paired: bool, group: ReadGroup, output: Path) -> Iterator[int]:
    """Write ``fastq`` (mates interleaved if ``paired``) as BAM; yields the reads of each step.

    Records keep their order; mates are adjacent, share a name and carry flags 77 and 141, single
    reads flag 4. The file appears, with its index (which holds the count), after the last step.

    Raises:
        InputError: for names that BAM cannot hold, a mate without its partner, or if the finished
            file holds other reads than were written.
    """
    mates = 1 + paired
    records = (record for chunk, _ in checked_chunks(fastq, None) for record in chunk)
    first = next(records, None)
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "unsorted", "GO": "query"},
            "RG": [group.header(first_word(first.name) if first else "")],
            "PG": [{"ID": "readkin", "PN": "readkin"}],
        }
    )
    written = 0
    with atomic_write(output) as temporary:
        with pysam.AlignmentFile(str(temporary), "wb", header=header) as bam:
            while first is not None:
                fragment = [first, *islice(records, mates - 1)]
                if len(fragment) < mates:
                    raise InputError(fastq, "a mate alone at the end", "pairs", "run trim_reads")
                for segment in _segments(fragment, header, f"{group.sample}.{group.unit}", fastq):
                    bam.write(segment)
                written += mates
                yield mates
                first = next(records, None)
        pysam.index(str(temporary))
        with pysam.AlignmentFile(str(temporary), check_sq=False) as bam:
            if bam.nocoordinate != written:
                found = f"{bam.nocoordinate} reads in the new file"
                raise InputError(output, found, f"{written}", "check the disk and run again")
        index_of(temporary).replace(index_of(output))


def index_of(bam: Path) -> Path:
    """Where samtools puts a BAM file's index."""
    return bam.with_name(f"{bam.name}.bai")


def _segments(
    fragment: list[dnaio.SequenceRecord], header: pysam.AlignmentHeader, group: str, fastq: Path
) -> Iterator[pysam.AlignedSegment]:
    words = [first_word(record.name) for record in fragment]
    name = fragment_name(words[0], words[-1]) if len(words) == 2 else words[0]
    if not NAME.fullmatch(name):
        raise InputError(
            fastq, f"read name {name!r}", "1 to 254 printable characters but @", "rename the reads"
        )
    flags = (FIRST_MATE, SECOND_MATE) if len(fragment) == 2 else (SINGLE,)
    for record, flag in zip(fragment, flags, strict=True):
        segment = pysam.AlignedSegment(header)
        segment.query_name = name
        segment.flag = flag
        segment.query_sequence = record.sequence
        segment.query_qualities_str = record.qualities
        segment.set_tag("RG", group)
        yield segment
