"""The table of all reads, and the names that it gives to alignments."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readkin.errors import InputError
from readkin.formats.read_table import (
    READ_TABLE,
    ids_of,
    read_read_table,
    read_rows,
    with_read_names,
    write_read_part,
    write_read_table,
)
from readkin.formats.reads import NO_MATE, load_reads
from readkin.formats.unaligned_bam import UnitName
from support.genome_reads import genome_reads, write_bam
from support.kin_alignments import alignments

UNITS = {0: UnitName("a", "b"), 1: UnitName("a", "c"), 2: UnitName("s", "u")}


@pytest.fixture
def reads(tmp_path):
    """Two units with mates, the third without."""
    texts = genome_reads(10, 100, 0, 1)
    bams = [
        write_bam(tmp_path / "x.bam", texts[:4], paired=True),
        write_bam(tmp_path / "y.bam", texts[4:6], paired=True),
        write_bam(tmp_path / "z.bam", [text[:50] for text in texts[6:]], paired=False),
    ]
    return load_reads(bams)


@pytest.fixture
def path(tmp_path, reads):
    """The table, joined from three parts."""
    parts = [tmp_path / f"{number}.parquet" for number in range(3)]
    for part, (first, end) in zip(parts, ((0, 3), (3, 7), (7, 10)), strict=True):
        own = reads.part(first, end)
        write_read_part(part, read_rows(own, {unit: UNITS[unit] for unit in set(own.unit)}))
    assert write_read_table(tmp_path / "reads.parquet", parts, "r" * 64) == 10
    return tmp_path / "reads.parquet"


def test_rows_are_those_of_the_reads(path, reads):
    rows = read_read_table(path).to_pylist()
    assert [row["read_index"] for row in rows] == list(range(10))
    assert [row["name"] for row in rows] == reads.ids()
    mates = [1, 0, 3, 2, 5, 4, *[int(NO_MATE)] * 4]
    assert [row["mate_index"] for row in rows] == mates
    units = [("a", "b")] * 4 + [("a", "c")] * 2 + [("s", "u")] * 4
    assert [(row["sample"], row["unit"]) for row in rows] == units
    assert [row["length"] for row in rows] == [100] * 6 + [50] * 4
    assert pq.ParquetFile(path).num_row_groups == 3


def test_no_reads_give_a_table_without_rows(tmp_path):
    assert write_read_table(tmp_path / "reads.parquet", [], "r") == 0
    assert read_read_table(tmp_path / "reads.parquet").schema.equals(READ_TABLE.schema)


def test_ids_are_those_of_the_reads(reads):
    assert ids_of(reads, np.array([4, 9, 9, 3])).to_pylist() == ["y0/1", "z3", "z3", "x1/2"]
    assert ids_of(reads, np.arange(10)).to_pylist() == reads.ids()


def test_alignments_get_their_names(path):
    table = read_read_table(path, ["name"])
    named = with_read_names(alignments({}, {"read_a": 3, "read_b": 8}), table)
    assert named["name_a"].to_pylist() == ["x0/1", "x1/2"]
    assert named["name_b"].to_pylist() == ["x0/2", "z2"]
    assert len(with_read_names(alignments(), table)) == 0


def test_alignments_of_other_reads_get_none(path):
    table = read_read_table(path)
    foreign = alignments({}).replace_schema_metadata({"reads_fingerprint": "0" * 64})
    with pytest.raises(InputError, match="reads_fingerprint: found 000"):
        with_read_names(foreign, table)
    with pytest.raises(InputError, match="read_b: found 10, expected below 10 reads"):
        with_read_names(alignments({"read_b": 10}), pa.table(table))
