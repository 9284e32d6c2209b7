"""Folder of exported reads: FASTQ or unaligned BAM for each group of reads, and a manifest."""

import os
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pysam

from readkin.formats.atomic_write import atomic_folder, reproducible_gzip
from readkin.formats.reads import Reads
from readkin.formats.tsv_tables import write_tsv
from readkin.formats.unaligned_bam import FIRST_MATE, SECOND_MATE, SINGLE
from readkin.kernels.sequences.fastq_text import fastq_text

MANIFEST = "manifest.tsv"
# name: type, unit, meaning
COLUMNS = {
    "cluster": (pa.int64(), "", "number of the cluster"),
    "name": (pa.string(), "", "name of the cluster"),
    "sample": (pa.string(), "", "sample; empty for all samples together"),
    "reads": (pa.int64(), "reads", "reads in the files"),
    "pairs": (pa.int64(), "pairs", "pairs among them"),
    "bases": (pa.int64(), "bp", "bases of the reads"),
    "files": (pa.list_(pa.string()), "", "names of the files, separated by commas"),
}
READS_PER_BLOCK = 1 << 15
FLAGS = (SINGLE, FIRST_MATE, SECOND_MATE)  # by mate number
LETTERS = np.frombuffer(b"ACGTN", np.uint8)

Write = Callable[[Path, np.ndarray], None]
"""Function that writes the reads of some indices to a file."""


def write_folder(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    files: Iterable[tuple[str, np.ndarray]],
    write: Write,
    threads: int,
) -> None:
    """Write a folder, which appears with all its files; an earlier one is replaced.

    Args:
        folder: to write.
        rows: of the manifest, with ``COLUMNS``.
        files: names, and indices of the reads, int64.
        write: writes one file.
        threads: files that are written at the same time.
    """
    schema = pa.schema([(name, kind) for name, (kind, *_) in COLUMNS.items()])
    with atomic_folder(folder) as temporary, ThreadPoolExecutor(threads) as pool:
        written = [pool.submit(write, temporary / name, index) for name, index in files]
        for file in written:
            file.result()
        write_tsv(temporary / MANIFEST, pa.Table.from_pylist(list(rows), schema))


def fastq_writer(reads: Reads) -> Write:
    """Return a function that writes reads, loaded with qualities, as FASTQ compressed by gzip."""
    bases = reads.bases, reads.qualities, reads.offsets
    names = reads.name_bytes, reads.name_offsets

    def write(path: Path, index: np.ndarray) -> None:
        with path.open("wb") as file:
            with reproducible_gzip(file) as compressed:
                for start in range(0, len(index), READS_PER_BLOCK):
                    block = index[start : start + READS_PER_BLOCK]
                    compressed.write(fastq_text(bases, names, block).data)
            file.flush()
            os.fsync(file.fileno())

    return write


def bam_writer(reads: Reads, read_groups: Sequence[Mapping[str, str]]) -> Write:
    """Return a function that writes reads, loaded with qualities, as unaligned BAM.

    Args:
        reads: all reads.
        read_groups: @RG line of each unit.
    """

    def write(path: Path, index: np.ndarray) -> None:
        groups = [dict(read_groups[unit]) for unit in np.unique(reads.unit[index]).tolist()]
        header = pysam.AlignmentHeader.from_dict(
            {
                "HD": {"VN": "1.6", "SO": "unsorted", "GO": "query"},
                "RG": groups,
                "PG": [{"ID": "readkin", "PN": "readkin"}],
            }
        )
        with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
            for read in index.tolist():
                group = read_groups[int(reads.unit[read])]["ID"]
                bam.write(_segment(reads, read, header, group))
        with path.open("rb") as file:
            os.fsync(file.fileno())

    return write


def _segment(
    reads: Reads, read: int, header: pysam.AlignmentHeader, group: str
) -> pysam.AlignedSegment:
    bases = slice(reads.offsets[read], reads.offsets[read + 1])
    name = slice(reads.name_offsets[read], reads.name_offsets[read + 1])
    segment = pysam.AlignedSegment(header)
    segment.query_name = reads.name_bytes[name].tobytes().decode("ascii")
    segment.flag = FLAGS[reads.mate_number[read]]
    segment.query_sequence = LETTERS[reads.bases[bases]].tobytes().decode("ascii")
    # As text the quality * of a read with one base would mean "unknown".
    segment.query_qualities = array("B", reads.qualities[bases].tobytes())
    segment.set_tag("RG", group)
    return segment
