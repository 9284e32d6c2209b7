"""Tables are read only if they are of the format, the version and the columns expected."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readkin.errors import InputError
from readkin.formats.clusters import CLUSTERS, read_clusters
from readkin.formats.hits import HITS, read_hits
from readkin.formats.piece_table import PIECE_TABLE, read_piece_table


@pytest.mark.parametrize(
    ("kind", "read", "columns"),
    [
        (HITS, read_hits, "query string.*identity float"),
        (CLUSTERS, read_clusters, "read_index uint64.*piece uint32"),
        (PIECE_TABLE, read_piece_table, "piece uint32.*map_x float"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_other_files_are_refused(tmp_path, kind, read, columns):
    path = tmp_path / "other.parquet"
    path.write_bytes(b"no Parquet at all")
    with pytest.raises(InputError, match="found no readable Parquet"):
        read(path)
    pq.write_table(pa.table({"score": [1]}), path)
    with pytest.raises(InputError, match=f"format: found nothing, expected {kind.name}"):
        read(path)
    for version in ("0", str(kind.version + 1)):
        other = kind.schema.with_metadata({"format": kind.name, "format_version": version})
        pq.write_table(other.empty_table(), path)
        message = f"format_version: found {version}, expected {kind.version}; make it again"
        with pytest.raises(InputError, match=message):
            read(path)
    fewer = pa.schema(
        list(kind.schema)[:-1], {"format": kind.name, "format_version": str(kind.version)}
    )
    pq.write_table(fewer.empty_table(), path)
    with pytest.raises(InputError, match=rf"found the columns {columns}, exp"):
        read(path)
