"""Folders of alignments as align_pairs writes them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from readkin.formats.alignment_parts import PartFolder
from readkin.formats.alignments import ALIGNMENTS, Provenance


def write_alignments(folder: Path, tables: Sequence[pa.Table], provenance: Provenance) -> None:
    """Write each table as a part; without tables one part without rows."""
    tables = list(tables) or [ALIGNMENTS.schema.empty_table()]
    with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
        parts = PartFolder(Path(partial), provenance, 1, len(tables), with_text=False)
        for number, table in enumerate(tables):
            parts.write(number, table, {}, None)
        parts.publish(folder)
