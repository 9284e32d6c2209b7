"""Reads of unaligned BAM files as arrays, numbered over all units in sheet order."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, NoReturn, Self

import numpy as np
from isal import igzip

from readkin.errors import InputError
from readkin.kernels.sequences.bam_records import decode_records, measure_records
from readkin.kernels.sequences.read_hashes import read_hashes

NO_MATE = np.uint64(2**64 - 1)
PAIRED, SECOND = 0x1, 0x80
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


def iterate_reads(bams: Sequence[Path], batch: int) -> Iterator[Reads]:
    """Yield batches of exactly ``batch`` reads of all files in order; the last may be shorter.

    Raises:
        InputError: if a file is truncated or not BAM, or if mates are not adjacent.
    """
    pending: list[Reads] = []
    n_pending = 0
    for chunk in _chunks(bams):
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


def load_reads(bams: Sequence[Path], with_qualities: bool = False) -> Reads:
    """Read all reads of all files into memory (about 1 byte per base, 2 with qualities).

    Raises:
        InputError: as ``iterate_reads``.
    """
    chunks = list(_chunks(bams, with_qualities))
    return _concatenated(chunks or [_decode(np.empty(0, np.uint8), (0, 0, 0), 0, 0)])


class ReadsFingerprint:
    """SHA-256 over the hashes of reads (``Reads.hashes``), computed batch by batch.

    It does not depend on the sizes of the batches.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def update(self, reads: Reads) -> Self:
        """Add the next batch."""
        self._digest.update(reads.hashes.astype("<u8", copy=False).data)
        return self

    def hexdigest(self) -> str:
        """Return the hash of all reads so far."""
        return self._digest.hexdigest()


def reads_fingerprint(reads: Reads) -> str:
    """Return the hash of ``reads``, which is equal for files of the same reads."""
    return ReadsFingerprint().update(reads).hexdigest()


def _concatenated(chunks: list[Reads]) -> Reads:
    if len(chunks) == 1:
        return chunks[0]

    def bounds(field: str) -> np.ndarray:
        counts = [np.diff(getattr(chunk, field)) for chunk in chunks]
        return np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)

    def values(field: str) -> np.ndarray:
        return np.concatenate([getattr(chunk, field) for chunk in chunks])

    return Reads(
        first_index=chunks[0].first_index,
        bases=values("bases"),
        offsets=bounds("offsets"),
        mate_index=values("mate_index"),
        unit=values("unit"),
        name_bytes=values("name_bytes"),
        name_offsets=bounds("name_offsets"),
        mate_number=values("mate_number"),
        qualities=values("qualities"),
    )


def _chunks(bams: Sequence[Path], with_qualities: bool = False) -> Iterator[Reads]:
    first_index = 0
    for unit, bam in enumerate(bams):
        start_of_file = first_index
        previous = 0  # mate number of the read before
        for block, sizes in _record_blocks(Path(bam)):
            chunk = _decode(block, sizes, first_index, unit, with_qualities)
            _check_mates(chunk.mate_number, previous, bam, first_index - start_of_file)
            previous = int(chunk.mate_number[-1])
            first_index += len(chunk)
            yield chunk
        if previous == 1:
            _refuse_mates(bam, first_index - start_of_file)


def _record_blocks(bam: Path) -> Iterator[tuple[np.ndarray, tuple[int, int, int]]]:
    """Yield blocks of whole records with their numbers of records, bases and name bytes.

    All blocks share one buffer: the next block overwrites it.
    """
    _check_end(bam)
    buffer = np.empty(BLOCK_BYTES, np.uint8)
    filled = 0
    with igzip.open(bam, "rb") as file:
        try:
            _skip_header(file, bam)
            while read := file.readinto(buffer[filled:].data):
                filled += read
                records, used, bases, name_bytes = measure_records(buffer[:filled])
                if used < 0:
                    raise InputError(bam, "a damaged record", "BAM records", "make the file again")
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
    if filled:
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
