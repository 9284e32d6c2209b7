"""Writer of reads as unaligned BAM (SAM/BAM specification v1 with its recommended read groups)."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import dnaio
import pysam

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.fastq import checked_chunks
from readkin.mates import read_name, shared_name

SINGLE, FIRST_MATE, SECOND_MATE = 4, 77, 141  # flags: unmapped; with mate; first or second
NAME = re.compile(r"[!-?A-~]{1,254}")


class UnitName(NamedTuple):
    """Sample and unit of the sample sheet."""

    sample: str
    unit: str


class ReadGroup(NamedTuple):
    """Read group in the BAM header.

    Attributes:
        sample, unit: names of the sample sheet; together the ID of the read group.
        platform: sequencing platform in capitals, as Picard and GATK require.
        library: DNA preparation; the sample's name if unknown.
    """

    sample: str
    unit: str
    platform: str
    library: str

    def header(self, first_name: str) -> dict[str, str]:
        """Return the @RG line; PU is flowcell.lane if the read names are in Illumina's form."""
        fields = first_name.split(":")
        is_illumina = len(fields) == 7 and fields[3].isdigit()
        identifier = f"{self.sample}.{self.unit}"
        platform_unit = f"{fields[2]}.{fields[3]}" if is_illumina else identifier
        return {
            "ID": identifier,
            "SM": self.sample,
            "LB": self.library,
            "PL": self.platform,
            "PU": platform_unit,
        }


def write_unaligned_bam(fastq: Path, paired: bool, group: ReadGroup, output: Path) -> Iterator[int]:
    """Write FASTQ as BAM; yield the number of reads of each step.

    Records keep their order. Mates are adjacent, share a name and have the flags 77 and 141; single
    reads have flag 4. The file and its index, which contains the number of reads, appear after the
    last step.

    Args:
        fastq: input, with interleaved mates if ``paired``.
        paired: whether the reads are mates.
        group: read group of all reads.
        output: BAM file; the index is written beside it.

    Raises:
        InputError: if a name cannot be stored in BAM, if a mate is missing or has another name, or
            if the number of reads in the finished file is not the number written.
    """
    mates = 1 + paired
    records = (record for chunk, _ in checked_chunks(fastq, None) for record in chunk)
    first = next(records, None)
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "unsorted", "GO": "query"},
            "RG": [group.header(read_name(first.name) if first else "")],
            "PG": [{"ID": "readkin", "PN": "readkin"}],
        }
    )
    written = 0
    with atomic_write(output) as temporary:
        with pysam.AlignmentFile(str(temporary), "wb", header=header) as bam:
            while first is not None:
                fragment = [first, *islice(records, mates - 1)]
                if len(fragment) < mates:
                    raise InputError(fastq, "one mate at the end", "pairs", "run trim_reads")
                for segment in _segments(fragment, header, f"{group.sample}.{group.unit}", fastq):
                    bam.write(segment)
                written += mates
                yield mates
                first = next(records, None)
        pysam.index(str(temporary))
        with pysam.AlignmentFile(str(temporary), check_sq=False) as bam:
            if bam.nocoordinate != written:
                found = f"{bam.nocoordinate} reads in the new file"
                raise InputError(output, found, f"{written}", "check the disk and rerun")
        index_of(temporary).replace(index_of(output))


def unit_of_bam(bam: Path) -> UnitName:
    """Return the unit in the read group of a file that ``write_unaligned_bam`` wrote.

    Raises:
        InputError: if the file has not exactly one such read group.
    """
    with pysam.AlignmentFile(str(bam), check_sq=False) as file:
        groups = file.header.to_dict().get("RG", [])
    found = f"{len(groups)} read groups"
    if len(groups) == 1:
        sample, identifier = groups[0].get("SM", ""), groups[0]["ID"]
        if sample and identifier.startswith(f"{sample}."):
            return UnitName(sample, identifier.removeprefix(f"{sample}."))
        found = f"the read group {identifier}"
    expected = "one read group, SAMPLE.UNIT, with SM:SAMPLE"
    raise InputError(bam, found, expected, "use a BAM that convert_fastq_to_bam writes")


def index_of(bam: Path) -> Path:
    """Return the path of the index of a BAM file, as samtools chooses it."""
    return bam.with_name(f"{bam.name}.bai")


def _segments(
    fragment: list[dnaio.SequenceRecord], header: pysam.AlignmentHeader, group: str, fastq: Path
) -> Iterator[pysam.AlignedSegment]:
    names = [read_name(record.name) for record in fragment]
    name = shared_name(names[0], names[-1])
    if name is None:
        found = f"adjacent reads {names[0]!r} and {names[1]!r}"
        raise InputError(fastq, found, "mates 1 and 2 of one pair", "run trim_reads")
    if not NAME.fullmatch(name):
        expected = "1 to 254 printable characters except @"
        raise InputError(fastq, f"read name {name!r}", expected, "rename the reads")
    flags = (FIRST_MATE, SECOND_MATE) if len(fragment) == 2 else (SINGLE,)
    for record, flag in zip(fragment, flags, strict=True):
        segment = pysam.AlignedSegment(header)
        segment.query_name = name
        segment.flag = flag
        segment.query_sequence = record.sequence
        segment.query_qualities_str = record.qualities
        segment.set_tag("RG", group)
        yield segment
