"""Embeddings in three file formats, on the disk and in S3: writing, reading, one row, bytes.

HDF5 is written as a shard of embed_reads, without compression; Parquet and Arrow IPC by pyarrow,
with the vectors as lists of constant size. Files are read from the page cache: what is compared is
the work of the formats, not the disk.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from benchmarks.records import Record, record

Arrays = Mapping[str, np.ndarray]
COLUMNS = ("vectors", "norms", "read_length", "mate_index", "unit")
ROWS_OF_GROUP = 50_000  # of Parquet and of Arrow IPC, as many as in a shard of embed_reads
N_SINGLE_ROWS = 20
BUCKET = "tradeoff"


class FileFormat(NamedTuple):
    """A file format.

    Attributes:
        name: of the format.
        write: writes arrays to a path.
        read: returns all arrays of a path.
        read_row: returns the vector of one row of a path.
    """

    name: str
    write: Callable[[Path, Arrays], None]
    read: Callable[[Path], Arrays]
    read_row: Callable[[Path, int], np.ndarray]


def write_hdf5(path: Path, arrays: Arrays) -> None:
    """Write arrays without chunks, as embed_reads does."""
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values)


def read_hdf5(path: Path) -> Arrays:
    """Return all arrays."""
    with h5py.File(path) as file:
        return {name: file[name][:] for name in COLUMNS}


def row_of_hdf5(path: Path, row: int) -> np.ndarray:
    """Return the vector of a row."""
    with h5py.File(path) as file:
        return file["vectors"][row]


def table_of(arrays: Arrays) -> pa.Table:
    """Return the arrays as a table."""
    vectors = arrays["vectors"]
    flat = pa.array(vectors.ravel())
    columns = {name: pa.array(arrays[name]) for name in COLUMNS[1:]}
    lists = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return pa.table({"vectors": lists} | columns)


def arrays_of(table: pa.Table) -> Arrays:
    """Return the columns of a table as arrays."""
    lists = table["vectors"].combine_chunks()
    vectors = lists.flatten().to_numpy().reshape(len(table), -1)
    return {"vectors": vectors} | {name: table[name].to_numpy() for name in COLUMNS[1:]}


def write_parquet(path: Path, arrays: Arrays) -> None:
    """Write a table with pyarrow's default encoding and compression."""
    pq.write_table(table_of(arrays), path, row_group_size=ROWS_OF_GROUP)


def row_of_parquet(path: Path, row: int) -> np.ndarray:
    """Return the vector of a row; its row group is decoded."""
    file = pq.ParquetFile(path, memory_map=True)
    group = file.read_row_group(row // ROWS_OF_GROUP, ["vectors"])
    return np.array(group["vectors"][row % ROWS_OF_GROUP].values)


def write_arrow(path: Path, arrays: Arrays) -> None:
    """Write uncompressed record batches, which can be mapped into memory."""
    feather.write_feather(
        table_of(arrays), str(path), compression="uncompressed", chunksize=ROWS_OF_GROUP
    )


def read_arrow(path: Path) -> Arrays:
    """Return copies of all arrays, as the other formats do."""
    with pa.memory_map(str(path)) as source:
        columns = arrays_of(ipc.open_file(source).read_all())
        return {name: values.copy() for name, values in columns.items()}


def row_of_arrow(path: Path, row: int) -> np.ndarray:
    """Return the vector of a row, which alone is read."""
    with pa.memory_map(str(path)) as source:
        batch = ipc.open_file(source).get_batch(row // ROWS_OF_GROUP)
        return np.array(batch["vectors"][row % ROWS_OF_GROUP].values)


FORMATS = (
    FileFormat("HDF5", write_hdf5, read_hdf5, row_of_hdf5),
    FileFormat(
        "Parquet", write_parquet, lambda path: arrays_of(pq.read_table(path)), row_of_parquet
    ),
    FileFormat("Arrow IPC", write_arrow, read_arrow, row_of_arrow),
)


def compare_formats(arrays: Arrays, folder: Path, rounds: int) -> Iterator[Record]:
    """Write and read the arrays in all formats in turn; yield what was measured.

    Raises:
        ValueError: if a format returns other values than were written.
    """
    rows = np.random.default_rng(1).integers(0, len(arrays["norms"]), N_SINGLE_ROWS).tolist()
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for file_format in FORMATS:
            path = folder / file_format.name

            def note(metric: str, action: Callable[[], Any], name: str = file_format.name) -> Any:
                started = time.perf_counter()
                found = action()
                seconds.setdefault((name, metric), []).append(time.perf_counter() - started)
                return found

            note("write", lambda f=file_format, p=path: f.write(p, arrays))
            found = note("read all", lambda f=file_format, p=path: f.read(p))
            vectors = note(
                "read rows", lambda f=file_format, p=path: [f.read_row(p, row) for row in rows]
            )
            check_same(file_format.name, arrays, found, rows, vectors)
    reads = len(arrays["norms"])
    for (name, metric), values in seconds.items():
        if metric == "read rows":
            of_row = np.array(values) / len(rows) * 1e3
            yield record("formats", name, "read one row", "ms", of_row, reads=reads)
        else:
            yield record("formats", name, metric, "s", values, reads=reads)
    for file_format in FORMATS:
        size = (folder / file_format.name).stat().st_size
        yield record("formats", file_format.name, "size", "MB", [size / 1e6], reads=reads)


def check_same(
    name: str, arrays: Arrays, found: Arrays, rows: list[int], vectors: list[np.ndarray]
) -> None:
    """Check that a format has returned what was written.

    Raises:
        ValueError: if not.
    """
    is_same = all(np.array_equal(values, found[column]) for column, values in arrays.items())
    if not (is_same and np.array_equal(arrays["vectors"][rows], np.stack(vectors))):
        raise ValueError(f"{name}: the values read are not those written")


def compare_with_objects(path: Path, s3: Any, rounds: int) -> Iterator[Record]:
    """Copy a file on the disk, and to and from an object store, in turn; yield the times.

    Args:
        path: the file.
        s3: client of the store.
        rounds: how often.
    """
    s3.create_bucket(Bucket=BUCKET)
    copy = path.with_suffix(".copy")
    actions: dict[tuple[str, str], Callable[[], object]] = {
        ("disk", "write"): lambda: copy.write_bytes(path.read_bytes()),
        ("disk", "read"): path.read_bytes,
        ("S3, loopback", "write"): lambda: s3.upload_file(str(path), BUCKET, path.name),
        ("S3, loopback", "read"): lambda: s3.download_file(BUCKET, path.name, str(copy)),
    }
    seconds: dict[tuple[str, str], list[float]] = {key: [] for key in actions}
    for _ in range(rounds):
        for key, action in actions.items():
            started = time.perf_counter()
            action()
            seconds[key].append(time.perf_counter() - started)
    if copy.read_bytes() != path.read_bytes():
        raise ValueError("the object read is not the file written")
    size = path.stat().st_size / 1e6
    for (tool, metric), values in seconds.items():
        yield record("stores", tool, metric, "MB/s", size / np.array(values), megabytes=size)
