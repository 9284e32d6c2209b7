"""Writer of reads as unaligned BAM (SAM/BAM specification v1 with its recommended read groups)."""

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pysam

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.fastq import FastqInput, Records, checked_chunks
from readkin.formats.split_index import (
    RECORDS_PER_ENTRY,
    SplitIndex,
    split_index_of,
    write_split_index,
)
from readkin.mates import read_name, shared_name

PHRED_OF_CHARACTER = bytes(max(0, code - ord("!")) for code in range(256))
SINGLE, FIRST_MATE, SECOND_MATE = 4, 77, 141  # flags: unmapped; with mate; first or second


class UnitName(NamedTuple):
    """Sample and unit of the sample sheet."""

    sample: str
    unit: str


class ReadGroup(NamedTuple):
    """Read group in the BAM header.

    Attributes:
        sample, unit: names of the sample sheet; together the ID of the read group.
        platform: sequencing platform in capitals, as Picard and GATK require.
        dna_library: DNA preparation; the sample's name if unknown.
    """

    sample: str
    unit: str
    platform: str
    dna_library: str

    def header(self, first_name: str) -> dict[str, str]:
        """Return the @RG line; PU is flowcell.lane if the read names are in Illumina's form."""
        fields = first_name.split(":")
        is_illumina = len(fields) == 7 and fields[3].isdigit()
        identifier = f"{self.sample}.{self.unit}"
        platform_unit = f"{fields[2]}.{fields[3]}" if is_illumina else identifier
        return {
            "ID": identifier,
            "SM": self.sample,
            "LB": self.dna_library,
            "PL": self.platform,
            "PU": platform_unit,
        }


def write_unaligned_bam(fastq: Path, paired: bool, group: ReadGroup, output: Path) -> Iterator[int]:
    """Write FASTQ as BAM; yield the number of reads of each step.

    Records keep their order. Mates are adjacent, share a name and have the flags 77 and 141; single
    reads have flag 4. The file and its indexes appear after the last step: a .bai, which contains
    the number of reads, and a splitting index (split_index.py).

    Args:
        fastq: input, with interleaved mates if ``paired``.
        paired: whether the reads are mates.
        group: read group of all reads.
        output: BAM file; the indexes are written beside it.

    Raises:
        InputError: as ``checked_chunks``, or if the number of reads in the finished file is not
            the number written.
    """
    chunks = checked_chunks(FastqInput(fastq, is_interleaved=paired))
    chunk = next(chunks, None)
    first_name = read_name(chunk[0].headers[0]) if chunk else ""
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "unsorted", "GO": "query"},
            "RG": [group.header(first_name)],
            "PG": [{"ID": "readkin", "PN": "readkin"}],
        }
    )
    written = 0
    offsets: list[int] = []
    with atomic_write(output) as temporary:
        with pysam.AlignmentFile(str(temporary), "wb", header=header) as bam:
            while chunk:
                group_id = f"{group.sample}.{group.unit}"
                for number, segment in enumerate(_segments(chunk, header, group_id), written):
                    if number % RECORDS_PER_ENTRY == 0:
                        offsets.append(bam.tell())
                    bam.write(segment)
                reads = len(chunk) * len(chunk[0])
                written += reads
                yield reads
                chunk = next(chunks, None)
        pysam.index(str(temporary))
        with pysam.AlignmentFile(str(temporary), check_sq=False) as bam:
            if bam.nocoordinate != written:
                found = f"{bam.nocoordinate} reads in the new file"
                raise InputError(output, found, f"{written}", "check the disk and rerun")
        index_of(temporary).replace(index_of(output))
        index = SplitIndex(written, RECORDS_PER_ENTRY, offsets)
        write_split_index(split_index_of(output), temporary.stat().st_size, index)


def unit_of_bam(bam: Path) -> UnitName:
    """Return the unit in the read group of a file that ``write_unaligned_bam`` wrote.

    Raises:
        InputError: as ``read_group_of_bam``.
    """
    group = read_group_of_bam(bam)
    return UnitName(group["SM"], group["ID"].removeprefix(f"{group['SM']}."))


def read_group_of_bam(bam: Path) -> dict[str, str]:
    """Return the @RG line of a file that ``write_unaligned_bam`` wrote.

    Raises:
        InputError: if the file has not exactly one such read group.
    """
    with pysam.AlignmentFile(str(bam), check_sq=False) as file:
        groups = file.header.to_dict().get("RG", [])
    found = f"{len(groups)} read groups"
    if len(groups) == 1:
        sample, identifier = groups[0].get("SM", ""), groups[0]["ID"]
        if sample and identifier.startswith(f"{sample}."):
            return dict(groups[0])
        found = f"the read group {identifier}"
    expected = "one read group, SAMPLE.UNIT, with SM:SAMPLE"
    raise InputError(bam, found, expected, "use a BAM that convert_fastq_to_bam writes")


def index_of(bam: Path) -> Path:
    """Return the path of the index of a BAM file, as samtools chooses it."""
    return bam.with_name(f"{bam.name}.bai")


def _segments(
    mates: tuple[Records, ...], header: pysam.AlignmentHeader, group: str
) -> Iterator[pysam.AlignedSegment]:
    flags = (FIRST_MATE, SECOND_MATE) if len(mates) == 2 else (SINGLE,)
    for index in range(len(mates[0])):
        names = [read_name(records.headers[index]) for records in mates]
        name = shared_name(names[0], names[-1])
        for records, flag in zip(mates, flags, strict=True):
            segment = pysam.AlignedSegment(header)
            segment.query_name = name
            segment.flag = flag
            segment.query_sequence = records.bases[index]
            phred = records.qualities[index].encode("ascii").translate(PHRED_OF_CHARACTER)
            # As text the quality * of a read with one base would mean "unknown".
            segment.query_qualities = array("B", phred)
            segment.set_tag("RG", group)
            yield segment
