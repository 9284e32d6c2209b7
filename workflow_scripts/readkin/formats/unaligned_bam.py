"""Writer of reads as unaligned BAM (SAM/BAM specification v1 with its recommended read groups)."""

import struct
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pysam
from pysam.libcbgzf import BGZFile

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.fastq import FastqInput, Records, checked_chunks
from readkin.formats.split_index import (
    RECORDS_PER_ENTRY,
    SplitIndex,
    split_index_of,
    write_split_index,
)
from readkin.kernels.sequences.bam_records import NIBBLE_OF_CHARACTER, encode_unmapped
from readkin.mates import read_name, shared_name

FAST = "wb1"  # level 1 of the compression: 5 % larger than level 6, in half the time
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
    tags = np.frombuffer(f"RGZ{group.sample}.{group.unit}\0".encode(), np.uint8)
    written = 0
    offsets: list[int] = []
    with atomic_write(output) as temporary:
        # pysam's stub knows neither the level nor that an index is optional.
        bgzf = BGZFile(str(temporary), mode=FAST)  # type: ignore[call-arg, arg-type]
        with closing(bgzf) as bam:
            bam.write(_bam_header(header))
            while chunk:
                records, starts = _encoded(chunk, tags)
                n = len(starts) - 1
                to_entry = -written % RECORDS_PER_ENTRY
                bounds = [0, *range(to_entry, n, RECORDS_PER_ENTRY), n]
                for first, last in pairwise(bounds):
                    if first < last and (written + first) % RECORDS_PER_ENTRY == 0:
                        offsets.append(bam.tell())
                    bam.write(records[starts[first] : starts[last]].tobytes())
                written += n
                yield n
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


def _bam_header(header: pysam.AlignmentHeader) -> bytes:
    """Return a header without reference sequences as in BAM."""
    text = f"{str(header).rstrip()}\n".encode("ascii")
    return b"BAM\1" + struct.pack("<i", len(text)) + text + struct.pack("<i", 0)


def _encoded(mates: tuple[Records, ...], tags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return records as BAM, mates in turn; and where each begins, and their end."""
    names = _names(mates)
    bases, qualities = (
        _in_turn([getattr(records, name) for records in mates]) for name in ("bases", "qualities")
    )
    flags = (FIRST_MATE, SECOND_MATE) if len(mates) == 2 else (SINGLE,)
    return encode_unmapped(
        _characters(names),
        _offsets(names),
        np.tile(np.array(flags, np.uint16), len(mates[0])),
        _characters(bases),
        _characters(qualities),
        _offsets(bases),
        tags,
        NIBBLE_OF_CHARACTER,
    )


def _names(mates: tuple[Records, ...]) -> list[str]:
    """Return the names of reads; mates share one, without mate number."""
    names = [list(map(read_name, records.headers)) for records in mates]
    if len(mates) == 1:
        return names[0]
    shared = names[0]
    if names[0] != names[1]:
        pairs = zip(*names, strict=True)
        shared = [shared_name(first, second) or "" for first, second in pairs]
    return _in_turn([shared, shared])


def _in_turn(columns: list[list[str]]) -> list[str]:
    """Return the texts of one or two columns, those of mates in turn."""
    if len(columns) == 1:
        return columns[0]
    texts = [""] * (2 * len(columns[0]))
    texts[::2], texts[1::2] = columns
    return texts


def _characters(texts: list[str]) -> np.ndarray:
    return np.frombuffer("".join(texts).encode("ascii"), np.uint8)


def _offsets(texts: list[str]) -> np.ndarray:
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.concatenate([[0], np.cumsum(lengths)])
