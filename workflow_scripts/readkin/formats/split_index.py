"""Splitting index of a BAM file (.sbi): where every 1024th record begins.

With it several workers read one file, each its own range of records. The format is that of htsjdk
(class SBIIndex), which GATK and Spark tools also write; integers are little-endian:

    4 bytes   "SBI" and 1
    int64     size of the BAM file in bytes
    16 bytes  MD5 of the BAM file, or zeros
    16 bytes  UUID, or zeros
    int64     number of records
    int64     records per entry
    int64     number of entries
    int64[]   entries: BGZF virtual offset of each such record; the last is the end of the file
"""

import struct
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pysam

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write

MAGIC = b"SBI\1"
HEADER = struct.Struct("<4sq16s16sqqq")
RECORDS_PER_ENTRY = 1024


class SplitIndex(NamedTuple):
    """Positions of records in a BAM file.

    Attributes:
        records: number of records.
        step: records per entry.
        offsets: BGZF virtual offset of the records 0, step, 2 step ...
    """

    records: int
    step: int
    offsets: Sequence[int]

    def before(self, record: int) -> tuple[int, int]:
        """Return the last indexed record not after ``record``, and its virtual offset."""
        entry = record // self.step
        return entry * self.step, self.offsets[entry]


def split_index_of(bam: Path) -> Path:
    """Return the path of the splitting index of a BAM file."""
    return bam.with_name(f"{bam.name}.sbi")


def write_split_index(path: Path, bam_bytes: int, index: SplitIndex) -> None:
    """Write the index of a BAM file of ``bam_bytes``."""
    entries = array("q", [*index.offsets, bam_bytes << 16])
    sizes = index.records, index.step, len(entries)
    with atomic_write(path) as temporary:
        header = HEADER.pack(MAGIC, bam_bytes, bytes(16), bytes(16), *sizes)
        temporary.write_bytes(header + _little_endian(entries).tobytes())


def read_split_index(bam: Path) -> SplitIndex:
    """Return the splitting index of a BAM file, from its .sbi or else from the BAM itself.

    Raises:
        InputError: if the index is damaged or that of another file, or the BAM cannot be read.
    """
    path = split_index_of(bam)
    if not path.is_file():
        return _scan(bam)
    content = path.read_bytes()
    remedy = f"remove {path}, or make both files again with convert_fastq_to_bam"
    try:
        magic, bam_bytes, _, _, records, step, n_entries = HEADER.unpack_from(content)
        entries = _little_endian(array("q", content[HEADER.size :]))
        expected = -(-records // step) + 1
    except (struct.error, ValueError, ZeroDivisionError):
        raise InputError(path, "a damaged file", "a splitting index of BAM", remedy) from None
    if magic != MAGIC or not len(entries) == n_entries == expected:
        raise InputError(path, "another format", "a splitting index of BAM", remedy)
    if bam_bytes != bam.stat().st_size:
        found = f"{bam.stat().st_size} bytes"
        raise InputError(bam, found, f"{bam_bytes} bytes, as in {path.name}", remedy)
    return SplitIndex(records, step, entries[:-1])


def _scan(bam: Path) -> SplitIndex:
    """Return the index of a BAM file by reading all of it."""
    offsets = array("q")
    records = 0
    try:
        with pysam.AlignmentFile(str(bam), check_sq=False) as file:
            if not file.is_bam:
                raise ValueError("another format")
            at = file.tell()
            for records, _ in enumerate(file.fetch(until_eof=True), 1):
                if records % RECORDS_PER_ENTRY == 1:
                    offsets.append(at)
                at = file.tell()
    except (OSError, ValueError) as error:
        what_to_do = "make the file again"
        raise InputError(bam, f"{error}", "a complete BAM file", what_to_do) from None
    return SplitIndex(records, RECORDS_PER_ENTRY, offsets)


def _little_endian(values: "array[int]") -> "array[int]":
    if struct.pack("=h", 1) != struct.pack("<h", 1):
        values.byteswap()
    return values
