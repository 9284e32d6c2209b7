"""Alignments on disk: a folder of Parquet files, one for each tile of pairs.

Each part is written by the rank that aligned its tile. Its metadata name the number of parts and
the run, so that a missing part, or one of another run, is noticed on reading. Programs that read
Parquet open the folder as one table.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from readkin.errors import InputError
from readkin.formats.alignments import ALIGNMENTS, REMEDY, Provenance
from readkin.formats.atomic_write import atomic_folder, atomic_write, linked_or_copied
from readkin.formats.parquet_tables import open_table, read_table, schema_to_write
from readkin.provenance import fingerprint_of

# Numbers that seldom recur gain nothing by a dictionary, and only the reads are searched for.
_SORTED = ("read_a", "read_b")
_FEW_VALUES = [name for name in ALIGNMENTS.schema.names if name not in (*_SORTED, "cigar")]
_ENCODING: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": _FEW_VALUES,
    "column_encoding": dict.fromkeys(_SORTED, "DELTA_BINARY_PACKED"),
    "write_statistics": list(_SORTED),
    "write_page_checksum": True,
}


class PartFolder:
    """The finished parts of one run, from which it resumes after it was killed.

    Args:
        folder: folder of the unfinished runs.
        provenance: of the alignments.
        tile_cells: DP-matrix cells of a tile; other tiles are another run.
        parts: number of tiles.
        with_text: whether each part is written as PAF, too.
    """

    def __init__(
        self, folder: Path, provenance: Provenance, tile_cells: int, parts: int, with_text: bool
    ) -> None:
        run = fingerprint_of({"run": provenance.fingerprint, "tile_cells": tile_cells})
        self.folder = folder / run[:16]
        self.parts = parts
        self.with_text = with_text
        of_table = schema_to_write(ALIGNMENTS, provenance.parameters, provenance.fingerprint)
        self._metadata = {key.decode(): text.decode() for key, text in of_table.metadata.items()}
        self._metadata |= {
            "reads_fingerprint": provenance.reads_fingerprint,
            "run": run,
            "parts": str(self.parts),
        }

    def path(self, part: int) -> Path:
        """Return the path of part ``part``, from 0."""
        return self.folder / part_name(part)

    def text_path(self, part: int) -> Path:
        """Return the path of the same rows as gzip-compressed PAF."""
        return self.path(part).with_suffix(".paf.gz")

    def unfinished(self) -> list[int]:
        """Return the numbers of the parts that are missing or incomplete."""
        return [part for part in range(self.parts) if not self._is_finished(part)]

    def _is_finished(self, part: int) -> bool:
        try:
            pq.read_metadata(self.path(part))
        except (pa.ArrowInvalid, OSError):
            return False
        return not self.with_text or self.text_path(part).is_file()

    def write(
        self, part: int, table: pa.Table, dropped: Mapping[str, int], text: bytes | None
    ) -> None:
        """Write a finished part.

        Args:
            part: its number.
            table: rows of the alignments kept.
            dropped: number of pairs dropped, by reason.
            text: the same rows as gzip-compressed PAF, if it is wanted.
        """
        if text is not None:
            with atomic_write(self.text_path(part)) as temporary:
                temporary.write_bytes(text)
        own = {"part": str(part), "dropped": json.dumps(dropped)}
        schema = ALIGNMENTS.schema.with_metadata(self._metadata | own)
        with atomic_write(self.path(part)) as temporary:
            pq.write_table(table.cast(schema), temporary, **_ENCODING)

    def publish(self, target: Path) -> tuple[int, Mapping[str, int]]:
        """Check all parts, and put them into their final folder, which appears whole.

        The parts stay here as well (hard links), so that a run that is killed meanwhile resumes;
        ``remove`` ends that.

        Returns:
            Number of alignments; number of pairs dropped, by reason.

        Raises:
            InputError: if a part is missing or damaged.
        """
        with atomic_folder(target) as temporary:
            for part in range(self.parts):
                linked_or_copied(self.path(part), temporary)
            found = open_alignments(temporary)
        return found.rows, found.dropped

    def remove(self) -> None:
        """Remove the parts of this run and of all earlier ones."""
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def part_name(part: int) -> str:
    """Return the name of a part; in the order of the names rows are sorted by their reads."""
    return f"part-{part:06d}.parquet"


class AlignmentFolder(NamedTuple):
    """A folder of alignments whose parts belong together.

    Attributes:
        folder: the folder.
        paths: its parts in order.
        rows: number of alignments in all parts.
        dropped: number of pairs dropped in all parts, by reason.
        fingerprint: hash of settings, input and code.
        reads_fingerprint: fingerprint of the aligned reads.
    """

    folder: Path
    paths: Sequence[Path]
    rows: int
    dropped: Mapping[str, int]
    fingerprint: str
    reads_fingerprint: str

    def part(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return some or all columns of a part.

        Raises:
            InputError: if it is damaged.
        """
        return read_table(self.paths[number], ALIGNMENTS, columns).replace_schema_metadata()

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield some or all columns, part by part.

        Raises:
            InputError: if a part is damaged.
        """
        for number in range(len(self.paths)):
            yield self.part(number, columns)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return some or all columns of all parts.

        Raises:
            InputError: if a part is damaged.
        """
        table = pa.concat_tables(self.tables(columns))
        return table.replace_schema_metadata({"reads_fingerprint": self.reads_fingerprint})

    def check_reads(self, fingerprint: str) -> None:
        """Check that the alignments belong to the reads with this hash.

        Raises:
            InputError: if they belong to other reads.
        """
        if self.reads_fingerprint != fingerprint:
            remedy = f"provide the BAM files that were aligned, in sheet order, or {REMEDY}"
            key = f"{self.folder}:reads_fingerprint"
            found = self.reads_fingerprint
            raise InputError(key, found, f"that of the BAM files, {fingerprint}", remedy)


def open_alignments(folder: Path) -> AlignmentFolder:
    """Check that all parts of a folder are there and belong together.

    Raises:
        InputError: if a part is missing, damaged, of another run, format or version.
    """
    folder = Path(folder)
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise InputError(folder, "no Parquet files", "a folder of alignments", REMEDY)
    parts = [_described(path) for path in paths]
    first = parts[0].metadata
    for number, (path, part) in enumerate(zip(paths, parts, strict=True)):
        if path.name != part_name(number):
            _refuse_missing(folder, number, first)
        expected = {"run": first["run"], "parts": first["parts"], "part": str(number)}
        for key, value in expected.items():
            if part.metadata[key] != value:
                remedy = f"remove it if it is no part of these alignments, or {REMEDY}"
                raise InputError(f"{path}:{key}", part.metadata[key], value, remedy)
    if len(paths) < int(first["parts"]):
        _refuse_missing(folder, len(paths), first)
    dropped: Counter[str] = Counter()
    for part in parts:
        dropped.update(json.loads(part.metadata["dropped"]))
    return AlignmentFolder(
        folder=folder,
        paths=paths,
        rows=sum(part.rows for part in parts),
        dropped=dropped,
        fingerprint=first["fingerprint"],
        reads_fingerprint=first["reads_fingerprint"],
    )


class _Part(NamedTuple):
    metadata: dict[str, str]
    rows: int


def _described(path: Path) -> _Part:
    with open_table(path, ALIGNMENTS) as file:
        found = {key.decode(): text.decode() for key, text in file.schema_arrow.metadata.items()}
        for key in ("run", "part", "parts", "dropped", "fingerprint", "reads_fingerprint"):
            if key not in found:
                raise InputError(f"{path}:{key}", "nothing", "a part of align_pairs", REMEDY)
        return _Part(found, file.metadata.num_rows)


def _refuse_missing(folder: Path, part: int, metadata: Mapping[str, str]) -> NoReturn:
    expected = f"all {metadata['parts']} parts of the alignments"
    raise InputError(folder / part_name(part), "no such file", expected, REMEDY)


def read_alignments(folder: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read some or all columns of the alignments that align_pairs wrote.

    Raises:
        InputError: as ``open_alignments``.
    """
    return open_alignments(folder).table(columns)
