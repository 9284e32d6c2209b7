"""Reads of unaligned BAM files as arrays, numbered over all units in sheet order."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO, NoReturn, Self

import numpy as np
from isal import igzip

from readkin.errors import InputError
from readkin.formats.split_index import read_split_index, split_index_of
from readkin.kernels.sequences.bam_records import decode_records, measure_records
from readkin.kernels.sequences.read_hashes import read_hashes

NO_MATE = np.uint64(2**64 - 1)
PAIRED, SECOND = 0x1, 0x80
UNLIMITED = 1 << 62
SEGMENT_BASES = 1 << 26  # arrays of this size return their memory to the system when released
BLOCK_BYTES = 1 << 20  # of records decoded at a time, which fit into the processor's cache
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@dataclass(frozen=True, eq=False)
class Reads:
    """Consecutive reads.

    Attributes:
        first_index: read_index of the first read.
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, anything else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.
        mate_index: uint64 (n,), read_index of the mate, NO_MATE for single reads.
        unit: uint32 (n,), row of the sample sheet, from 0.
        name_bytes: uint8, the concatenated names; mates share a name.
        name_offsets: int64 (n + 1,), bounds of the names in ``name_bytes``.
        mate_number: uint8 (n,), 1 or 2; 0 for single reads.
        qualities: uint8 (total bases,), Phred quality of each base, 20 in reads without qualities;
            (0,) unless they were requested.
    """

    first_index: int
    bases: np.ndarray
    offsets: np.ndarray
    mate_index: np.ndarray
    unit: np.ndarray
    name_bytes: np.ndarray
    name_offsets: np.ndarray
    mate_number: np.ndarray
    qualities: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Number of bases of each read, int64 (n,)."""
        return np.diff(self.offsets)

    @cached_property
    def hashes(self) -> np.ndarray:
        """Hash of the bases, name, mate and unit of each read, uint64 (n,)."""
        bases, names = (self.bases, self.offsets), (self.name_bytes, self.name_offsets)
        return read_hashes(bases, names, self.mate_index, self.unit)

    def ids(self) -> list[str]:
        """Return the ids of the reads: the name, with /1 or /2 appended for mates."""
        text = self.name_bytes.tobytes().decode("ascii")
        bounds = self.name_offsets.tolist()
        endings = ("", "/1", "/2")
        return [
            text[bounds[i] : bounds[i + 1]] + endings[mate]
            for i, mate in enumerate(self.mate_number.tolist())
        ]

    def part(self, start: int, stop: int) -> "Reads":
        """Return the reads ``start:stop``."""
        base = slice(self.offsets[start], self.offsets[stop])
        name = slice(self.name_offsets[start], self.name_offsets[stop])
        return Reads(
            first_index=self.first_index + start,
            bases=self.bases[base],
            offsets=self.offsets[start : stop + 1] - self.offsets[start],
            mate_index=self.mate_index[start:stop],
            unit=self.unit[start:stop],
            name_bytes=self.name_bytes[name],
            name_offsets=self.name_offsets[start : stop + 1] - self.name_offsets[start],
            mate_number=self.mate_number[start:stop],
            qualities=self.qualities[base],
        )


@dataclass(frozen=True, kw_only=True)
class ReadRange:
    """Consecutive reads of one BAM file; by default all of them.

    Attributes:
        bam: the file.
        unit: its row of the sample sheet, from 0.
        first_index: read_index of the first read of the file.
        start: number of the first read in the file.
        stop: number of the read after the last one; None for the end of the file.
        is_last: whether ``stop`` must be the end of the file.
        known: number of an earlier read of the file, or of ``start`` if that is the first one.
        offset: BGZF virtual offset of the read ``known``; None for the beginning of the file.
    """

    bam: Path
    unit: int
    first_index: int
    start: int = 0
    stop: int | None = None
    is_last: bool = True
    known: int = 0
    offset: int | None = None

    @property
    def n_reads(self) -> int:
        """Number of reads of a range whose end is known."""
        assert self.stop is not None
        return self.stop - self.start


def iterate_reads(bams: Sequence[Path], batch: int) -> Iterator[Reads]:
    """Yield batches of exactly ``batch`` reads of all files in order; the last may be shorter.

    Raises:
        InputError: if a file is truncated or not BAM, or if mates are not adjacent.
    """
    pending: list[Reads] = []
    n_pending = 0
    for chunk in iterate_blocks(bams):
        pending.append(chunk)
        n_pending += len(chunk)
        if n_pending < batch:
            continue
        joined = _concatenated(pending)
        whole = n_pending - n_pending % batch
        for start in range(0, whole, batch):
            yield joined.part(start, start + batch)
        pending, n_pending = [joined.part(whole, n_pending)], n_pending - whole
    if n_pending:
        yield _concatenated(pending)


def read_ranges(bams: Sequence[Path], batch: int) -> list[list[ReadRange]]:
    """Return where each batch of ``batch`` reads is; only the last batch may be shorter.

    ``load_ranges`` reads one batch: any process can do so, without reading those before it.

    Args:
        bams: unaligned BAM of each unit, with its splitting index (else it is read once for that).
        batch: reads.

    Raises:
        InputError: if a file or an index cannot be read.
    """
    batches: list[list[ReadRange]] = []
    first_index = 0
    for unit, bam in enumerate(bams):
        index = read_split_index(Path(bam))
        start = 0
        while start < index.records:
            within = (first_index + start) % batch
            stop = min(start + batch - within, index.records)
            known, offset = index.before(max(start - 1, 0))  # mates are compared across the bound
            part = ReadRange(
                bam=Path(bam),
                unit=unit,
                first_index=first_index,
                start=start,
                stop=stop,
                is_last=stop == index.records,
                known=known,
                offset=offset,
            )
            if within == 0:
                batches.append([])
            batches[-1].append(part)
            start = stop
        first_index += index.records
    return batches


def load_ranges(ranges: Sequence[ReadRange]) -> Reads:
    """Read the reads of ranges that follow each other.

    Raises:
        InputError: as ``iterate_reads``, or if a file has another number of reads than its index.
    """
    return _concatenated(list(iterate_ranges(ranges)))


def iterate_ranges(ranges: Sequence[ReadRange], with_qualities: bool = False) -> Iterator[Reads]:
    """Yield the reads of ranges that follow each other, in blocks of about 1 MB.

    Raises:
        InputError: as ``load_ranges``.
    """
    for part in ranges:
        yield from _chunks_of(part, with_qualities)


def iterate_blocks(bams: Sequence[Path], with_qualities: bool = False) -> Iterator[Reads]:
    """Yield all reads of all files in order, in blocks of about 1 MB.

    Raises:
        InputError: as ``iterate_reads``.
    """
    first_index = 0
    for unit, bam in enumerate(bams):
        whole = ReadRange(bam=Path(bam), unit=unit, first_index=first_index)
        for chunk in _chunks_of(whole, with_qualities):
            first_index += len(chunk)
            yield chunk


def count_bases(part: ReadRange) -> int:
    """Return the number of bases of a range, without decoding them.

    Raises:
        InputError: if the file is damaged.
    """
    before = replace(part, stop=part.start, is_last=False)
    return _bases_of(part) - _bases_of(before)


def load_reads(bams: Sequence[Path], with_qualities: bool = False) -> Reads:
    """Read all reads of all files into memory (about 1 byte per base, 2 with qualities).

    Raises:
        InputError: as ``iterate_reads``.
    """
    segments: list[Reads] = []
    pending: list[Reads] = []
    n_bases = 0
    for block in iterate_blocks(bams, with_qualities):
        pending.append(block)
        n_bases += block.bases.size
        if n_bases >= SEGMENT_BASES:
            segments.append(_concatenated(pending))
            pending, n_bases = [], 0
    segments.extend(pending)
    pending.clear()
    return _concatenated(segments, with_qualities)


class ReadsFingerprint:
    """SHA-256 over the hashes of reads (``Reads.hashes``), computed batch by batch.

    It does not depend on the sizes of the batches.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def update(self, hashes: np.ndarray) -> Self:
        """Add the hashes of the next batch."""
        self._digest.update(hashes.astype("<u8", copy=False).data)
        return self

    def hexdigest(self) -> str:
        """Return the hash of all reads so far."""
        return self._digest.hexdigest()


def reads_fingerprint(reads: Reads) -> str:
    """Return the hash of ``reads``, which is equal for files of the same reads."""
    return ReadsFingerprint().update(reads.hashes).hexdigest()


def _concatenated(chunks: list[Reads], with_qualities: bool = False) -> Reads:
    """Return chunks that follow each other as one.

    Args:
        chunks: is emptied: each chunk is released as soon as it is copied.
        with_qualities: of no chunks.
    """
    if len(chunks) == 1:
        return chunks[0]
    n, n_bases = sum(map(len, chunks)), sum(chunk.bases.size for chunk in chunks)
    with_qualities |= any(chunk.qualities.size for chunk in chunks)
    reads = Reads(
        first_index=chunks[0].first_index if chunks else 0,
        bases=np.empty(n_bases, np.uint8),
        offsets=np.zeros(n + 1, np.int64),
        mate_index=np.empty(n, np.uint64),
        unit=np.empty(n, np.uint32),
        name_bytes=np.empty(sum(chunk.name_bytes.size for chunk in chunks), np.uint8),
        name_offsets=np.zeros(n + 1, np.int64),
        mate_number=np.empty(n, np.uint8),
        qualities=np.empty(n_bases if with_qualities else 0, np.uint8),
    )
    first = 0
    while chunks:
        chunk = chunks.pop(0)
        end = first + len(chunk)
        for name in ("mate_index", "unit", "mate_number"):
            getattr(reads, name)[first:end] = getattr(chunk, name)
        reads.offsets[first + 1 : end + 1] = reads.offsets[first] + chunk.offsets[1:]
        reads.name_offsets[first + 1 : end + 1] = reads.name_offsets[first] + chunk.name_offsets[1:]
        bases = slice(reads.offsets[first], reads.offsets[end])
        reads.bases[bases] = chunk.bases
        if with_qualities:
            reads.qualities[bases] = chunk.qualities
        reads.name_bytes[reads.name_offsets[first] : reads.name_offsets[end]] = chunk.name_bytes
        first = end
    return reads


def _bases_of(part: ReadRange) -> int:
    """Return the number of bases of a range from its known read on."""
    return sum(n_bases for _, (_, n_bases, _) in _record_blocks(part))


def _chunks_of(part: ReadRange, with_qualities: bool = False) -> Iterator[Reads]:
    """Yield the reads of a range; its mates, and the read before it, are checked."""
    number, previous = part.known, 0  # mate number of the read before
    for block, sizes in _record_blocks(part):
        chunk = _decode(block, sizes, part.first_index + number, part.unit, with_qualities)
        if number and number == part.known and chunk.mate_number[0] == 2:
            previous = 1  # where decoding began: the read before it belongs to an earlier range
        _check_mates(chunk.mate_number, previous, part.bam, number)
        previous = int(chunk.mate_number[-1])
        skipped = max(part.start - number, 0)
        number += len(chunk)
        if part.stop is not None and number > part.stop:
            _refuse_number(part, f"{number} reads or more")
        if skipped < len(chunk):
            yield chunk.part(skipped, len(chunk)) if skipped else chunk
    if part.stop is not None and number < part.stop:
        _refuse_number(part, f"{number} reads")
    if part.is_last and previous == 1:
        _refuse_mates(part.bam, number)


def _refuse_number(part: ReadRange, found: str) -> NoReturn:
    what_to_do = f"remove {split_index_of(part.bam)}, or make both files again"
    raise InputError(part.bam, found, f"{part.stop}, as in its index", what_to_do)


def _record_blocks(part: ReadRange) -> Iterator[tuple[np.ndarray, tuple[int, int, int]]]:
    """Yield blocks of whole records with their numbers of records, bases and name bytes.

    The first record is the known one. A range that is not the last of its file ends at its last
    record. All blocks share one buffer: the next block overwrites it.
    """
    bam = part.bam
    _check_end(bam)
    buffer = np.empty(BLOCK_BYTES, np.uint8)
    filled = 0
    wanted = UNLIMITED if part.is_last or part.stop is None else part.stop - part.known
    with bam.open("rb") as compressed, igzip.open(compressed, "rb") as file:
        try:
            if part.offset is None:
                _skip_header(file, bam)
            else:
                compressed.seek(part.offset >> 16)
                file.read(part.offset & 0xFFFF)
            while wanted and (read := file.readinto(buffer[filled:].data)):
                filled += read
                records, used, bases, name_bytes = measure_records(buffer[:filled], wanted)
                if used < 0:
                    raise InputError(bam, "a damaged record", "BAM records", "make the file again")
                wanted -= records
                if records:
                    yield buffer[:used], (records, bases, name_bytes)
                filled -= used
                rest = buffer[used : used + filled]
                if filled > buffer.size // 2:  # a record that hardly fits
                    buffer = np.empty(2 * buffer.size, np.uint8)
                buffer[:filled] = rest
        except (EOFError, OSError, struct.error) as error:
            raise InputError(
                bam, f"{error}", "a complete BAM file", "make the file again"
            ) from None
    if filled and wanted:
        raise InputError(bam, "half a record at the end", "whole records", "make the file again")


def _check_end(bam: Path) -> None:
    with bam.open("rb") as file:
        file.seek(0, 2)
        file.seek(-min(file.tell(), len(BGZF_END)), 2)
        if file.read() != BGZF_END:
            raise InputError(
                bam, "no end-of-file mark", "a complete BAM file", "make the file again"
            )


def _skip_header(file: IO[bytes], bam: Path) -> None:
    if file.read(4) != b"BAM\1":
        raise InputError(bam, "another format", "a BAM file", "provide an unaligned BAM")
    file.read(struct.unpack("<i", file.read(4))[0])
    for _ in range(struct.unpack("<i", file.read(4))[0]):
        file.read(struct.unpack("<i", file.read(4))[0] + 4)


def _decode(
    block: np.ndarray,
    sizes: tuple[int, int, int],
    first_index: int,
    unit: int,
    with_qualities: bool = False,
) -> Reads:
    records, n_bases, n_name_bytes = sizes
    flags = np.empty(records, np.uint16)
    offsets, name_offsets = np.zeros(records + 1, np.int64), np.zeros(records + 1, np.int64)
    bases, name_bytes = np.empty(n_bases, np.uint8), np.empty(n_name_bytes, np.uint8)
    qualities = np.empty(n_bases if with_qualities else 0, np.uint8)
    decode_records(block, flags, offsets, bases, qualities, name_offsets, name_bytes)
    paired = flags & PAIRED != 0
    mate_number = np.where(paired, np.where(flags & SECOND, 2, 1), 0).astype(np.uint8)
    own_index = np.arange(first_index, first_index + records, dtype=np.uint64)
    step_to_mate = np.array([0, 1, 2**64 - 1], np.uint64)[mate_number]  # +1 or -1, modulo 2**64
    mate_index = np.where(paired, own_index + step_to_mate, NO_MATE)
    return Reads(
        first_index=first_index,
        bases=bases,
        offsets=offsets,
        mate_index=mate_index,
        unit=np.full(records, unit, np.uint32),
        name_bytes=name_bytes,
        name_offsets=name_offsets,
        mate_number=mate_number,
        qualities=qualities,
    )


def _check_mates(mate_number: np.ndarray, previous: int, bam: Path, records_before: int) -> None:
    """Check that each first mate is followed by its second, also across chunks."""
    sequence = np.concatenate([[previous], mate_number])
    wrong = (sequence[:-1] == 1) != (sequence[1:] == 2)
    if wrong.any():
        _refuse_mates(bam, records_before + int(np.argmax(wrong)))


def _refuse_mates(bam: Path, record: int) -> NoReturn:
    raise InputError(
        f"{bam}: record {record + 1}",
        "mates that are not adjacent",
        "R1 directly followed by its R2",
        "use the unaligned BAM that convert_fastq_to_bam writes",
    )
