"""Finished tiles of an alignment run: what a killed run leaves for the next one to go on from."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write


class TileFolder:
    """Tiles of one run; ``key`` tells apart runs of other input, settings or code.

    They are Arrow files, as they are read but once: Parquet would take three times as long.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder / key

    def path(self, tile: int) -> Path:
        """File of tile number ``tile``, from 0; with it, the tile is finished."""
        return self.folder / f"tile-{tile:06d}.arrow"

    def text_path(self, tile: int) -> Path:
        """The same rows as gzip-compressed text."""
        return self.path(tile).with_suffix(".paf.gz")

    def unfinished(self, tiles: int) -> list[int]:
        """Numbers of the tiles, of so many in all, that have to be made."""
        present = {path.name for path in self.folder.glob("tile-*.arrow")}
        return [tile for tile in range(tiles) if self.path(tile).name not in present]

    def write(self, tile: int, table: pa.Table, text: bytes, dropped: Mapping[str, int]) -> None:
        """Write a finished tile: the rows kept, and how many were dropped for which reason."""
        with atomic_write(self.text_path(tile)) as temporary:
            temporary.write_bytes(text)
        counted = table.replace_schema_metadata({"dropped": json.dumps(dropped)})
        with atomic_write(self.path(tile)) as temporary:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(temporary, counted.schema, options=options) as file:
                file.write_table(counted)

    def read(self, tile: int) -> tuple[pa.Table, dict[str, int]]:
        """Rows and dropped counts of a finished tile.

        Raises:
            InputError: if the file is damaged.
        """
        path = self.path(tile)
        try:
            with pa.ipc.open_file(path) as file:
                table = file.read_all()
            return table, json.loads(table.schema.metadata[b"dropped"])
        except (pa.ArrowInvalid, OSError, KeyError, TypeError) as error:
            raise InputError(
                path, f"a damaged tile ({error})", "a finished one", "delete it and start again"
            ) from None


class Tiles(NamedTuple):
    """Tile t is the items ``bounds[t]:bounds[t + 1]`` and weighs ``weights[t]``; int64."""

    bounds: np.ndarray
    weights: np.ndarray


def cut_into_tiles(weights: Iterable[np.ndarray], tile_weight: int) -> Tiles:
    """Cut a row of items into tiles of about ``tile_weight``, each of whole items.

    Args:
        weights: int64, of all items, in blocks of any size, which the cuts do not depend on.
        tile_weight: an item belongs to the tile in which it begins.
    """
    bounds, starts = [0], [0]
    items, before, last_tile = 0, 0, 0
    for block in weights:
        ends = before + np.cumsum(block, dtype=np.int64)
        tile = (ends - block) // tile_weight
        first = np.flatnonzero(np.diff(tile, prepend=last_tile))
        bounds.extend((items + first).tolist())
        starts.extend((ends - block)[first].tolist())
        if block.size:
            items, before, last_tile = items + block.size, int(ends[-1]), int(tile[-1])
    if items:
        bounds.append(items)
        starts.append(before)
    return Tiles(np.array(bounds, np.int64), np.diff(np.array(starts, np.int64)))
