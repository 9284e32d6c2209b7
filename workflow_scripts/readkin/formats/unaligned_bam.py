"""Writer of reads as unaligned BAM (SAM/BAM specification v1 with its recommended read groups)."""

import struct
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pysam

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.bgzf import open_bgzf
from readkin.formats.fastq import Records
from readkin.formats.split_index import (
    RECORDS_PER_ENTRY,
    SplitIndex,
    split_index_of,
    write_split_index,
)
from readkin.mates import read_name, read_names, shared_name

SINGLE, FIRST_MATE, SECOND_MATE = 4, 77, 141  # flags: unmapped; with mate; first or second
UNMAPPED_BIN = 4680  # reg2bin(-1, 0)
FIXED_FIELDS = np.dtype(
    [
        ("block_bytes", "<i4"),
        ("reference", "<i4"),
        ("position", "<i4"),
        ("name_bytes", "u1"),
        ("mapping_quality", "u1"),
        ("bin", "<u2"),
        ("cigar_operations", "<u2"),
        ("flag", "<u2"),
        ("bases", "<i4"),
        ("mate_reference", "<i4"),
        ("mate_position", "<i4"),
        ("template_length", "<i4"),
    ]
)
"""Fields of a record before its name."""
_NIBBLES = b"=ACMGRSVTWYHKDBN"
_NIBBLE_OF_CHARACTER = bytes(_NIBBLES.find(code) % 16 for code in range(256))  # else as N
_PHRED_OF_CHARACTER = bytes(max(0, code - 33) for code in range(256))
_INDEX = struct.Struct("<4siQ")  # without references: magic, their number, number of reads


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


def write_unaligned_bam(
    chunks: Iterable[tuple[Records, ...]], group: ReadGroup, output: Path
) -> Iterator[int]:
    """Write reads as BAM; yield the number of reads of each chunk.

    Records keep their order. Mates are adjacent, share a name and have the flags 77 and 141; single
    reads have flag 4. The file and its indexes appear after the last step: a .bai, which contains
    the number of reads, and a splitting index (split_index.py).

    Args:
        chunks: chunks of single reads or of mates, as ``checked_chunks`` yields them.
        group: read group of all reads.
        output: BAM file; the indexes are written beside it.

    Raises:
        InputError: as ``chunks``.
    """
    chunks = iter(chunks)
    chunk = next(chunks, None)
    first_name = read_name(chunk[0].headers[0]) if chunk else ""
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "unsorted", "GO": "query"},
            "RG": [group.header(first_name)],
            "PG": [{"ID": "readkin", "PN": "readkin"}],
        }
    )
    tags = f"RGZ{group.sample}.{group.unit}\0".encode()
    written = 0
    offsets: list[int] = []
    with atomic_write(output) as temporary:
        with open_bgzf(temporary) as bam:
            bam.write(_bam_header(header))
            while chunk:
                records, starts = _encoded(chunk, tags)
                n = len(starts) - 1
                to_entry = -written % RECORDS_PER_ENTRY
                bounds = [0, *range(to_entry, n, RECORDS_PER_ENTRY), n]
                for first, last in pairwise(bounds):
                    if first < last and (written + first) % RECORDS_PER_ENTRY == 0:
                        offsets.append(bam.tell())
                    bam.write(records[starts[first] : starts[last]])
                written += n
                yield n
                chunk = next(chunks, None)
        with atomic_write(index_of(output)) as index:
            index.write_bytes(_INDEX.pack(b"BAI\1", 0, written))
        split_index = SplitIndex(written, RECORDS_PER_ENTRY, offsets)
        write_split_index(split_index_of(output), temporary.stat().st_size, split_index)


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


def _encoded(mates: tuple[Records, ...], tags: bytes) -> tuple[bytes, np.ndarray]:
    """Return records as BAM, mates in turn; and where each begins, and their end.

    Args:
        mates: single reads, or first and second mates.
        tags: encoded tags of every read.
    """
    names = _names(mates)
    bases, qualities = (
        _in_turn([getattr(records, name) for records in mates]) for name in ("bases", "qualities")
    )
    lengths = np.fromiter(map(len, bases), np.int64, len(bases))
    packed_lengths = (lengths + 1) // 2
    fixed = np.zeros(len(names), FIXED_FIELDS)
    fixed["name_bytes"] = np.fromiter(map(len, names), np.int64, len(names)) + 1
    fixed["block_bytes"] = FIXED_FIELDS.itemsize - 4 + len(tags)
    fixed["block_bytes"] += fixed["name_bytes"] + packed_lengths + lengths
    fixed["bin"], fixed["bases"] = UNMAPPED_BIN, lengths
    fixed["flag"].reshape(-1, len(mates))[:] = (
        (FIRST_MATE, SECOND_MATE) if len(mates) == 2 else (SINGLE,)
    )
    for field in ("reference", "position", "mate_reference", "mate_position"):
        fixed[field] = -1
    columns = (
        fixed.view(f"V{FIXED_FIELDS.itemsize}").tolist(),
        "\0\n".join([*names, ""]).encode("ascii").split(b"\n")[:-1],
        _parts(_packed(bases, lengths), packed_lengths),
        _parts(_phred(qualities, tags), lengths + len(tags)),
    )
    records = b"".join(chain.from_iterable(zip(*columns, strict=True)))
    return records, np.cumsum(np.append(0, fixed["block_bytes"] + 4), dtype=np.int64)


def _phred(qualities: list[str], tags: bytes) -> bytes:
    """Return the Phred qualities of reads, those of each read followed by the tags."""
    shifted = bytes(code + 33 for code in tags).decode("latin-1")
    text = shifted.join([*qualities, ""])
    return text.encode("latin-1").translate(_PHRED_OF_CHARACTER)


def _packed(bases: list[str], lengths: np.ndarray) -> bytes:
    """Return the bases of reads, two in a byte; each read begins with a byte of its own."""
    even = [*bases]
    for index in np.flatnonzero(lengths % 2).tolist():
        even[index] += "="
    codes = np.frombuffer("".join(even).encode("ascii").translate(_NIBBLE_OF_CHARACTER), np.uint8)
    return (codes[::2] << 4 | codes[1::2]).tobytes()


def _parts(content: bytes, lengths: np.ndarray) -> list[bytes]:
    """Return parts of these lengths."""
    bounds = [0, *np.cumsum(lengths).tolist()]
    return [content[start:end] for start, end in pairwise(bounds)]


def _names(mates: tuple[Records, ...]) -> list[str]:
    """Return the names of reads; mates share one, without mate number."""
    names = [read_names(records.headers) for records in mates]
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
