"""Finished tiles of an alignment run, from which the run resumes after it was killed."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write


class TileFolder:
    """Folder of the finished tiles of one run.

    They are Arrow files, because each is read only once: Parquet would take three times as long.

    Args:
        folder: folder of the tiles of all runs.
        key: name of the run, different for other input, settings or code.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder / key

    def path(self, tile: int) -> Path:
        """Return the path of tile ``tile``, from 0; the tile is finished if the file exists."""
        return self.folder / f"tile-{tile:06d}.arrow"

    def text_path(self, tile: int) -> Path:
        """Return the path of the same rows as gzip-compressed PAF."""
        return self.path(tile).with_suffix(".paf.gz")

    def unfinished(self, tiles: int) -> list[int]:
        """Return the indices of those of ``tiles`` tiles that are not finished."""
        present = {path.name for path in self.folder.glob("tile-*.arrow")}
        return [tile for tile in range(tiles) if self.path(tile).name not in present]

    def write(
        self, tile: int, table: pa.Table, dropped: Mapping[str, int], text: bytes | None
    ) -> None:
        """Write a finished tile.

        Args:
            tile: index of the tile.
            table: rows of the alignments kept.
            dropped: number of pairs dropped, by reason.
            text: the same rows as gzip-compressed PAF, if it is wanted.
        """
        if text is not None:
            with atomic_write(self.text_path(tile)) as temporary:
                temporary.write_bytes(text)
        counted = table.replace_schema_metadata({"dropped": json.dumps(dropped)})
        with atomic_write(self.path(tile)) as temporary:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(temporary, counted.schema, options=options) as file:
                file.write_table(counted)

    def read(self, tile: int) -> tuple[pa.Table, dict[str, int]]:
        """Read the rows and the dropped counts of a finished tile.

        Raises:
            InputError: if the file is damaged.
        """
        path = self.path(tile)
        try:
            with pa.ipc.open_file(path) as file:
                table = file.read_all()
            return table, json.loads(table.schema.metadata[b"dropped"])
        except (pa.ArrowInvalid, OSError, KeyError, TypeError) as error:
            found = f"a damaged tile ({error})"
            raise InputError(path, found, "a complete tile", "delete it and rerun") from None
