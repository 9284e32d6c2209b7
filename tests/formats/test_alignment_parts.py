"""A folder of alignments: complete or refused, one table for other programs, resumed."""

import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from readkin.errors import InputError
from readkin.formats.alignment_parts import PartFolder, open_alignments, read_alignments
from readkin.formats.alignments import ALIGNMENTS, Provenance
from support.alignment_folders import write_alignments
from support.kin_alignments import alignments

PROVENANCE = Provenance({"match": 2}, "f" * 64, "r" * 64)
TABLES = [alignments({}, {"read_b": 2}), alignments(), alignments({"read_a": 1, "read_b": 5})]


@pytest.fixture
def folder(tmp_path):
    """Three parts, one of them without rows."""
    write_alignments(tmp_path / "alignments", TABLES, PROVENANCE)
    return tmp_path / "alignments"


def parts_of(tmp_path, tile_cells=10, with_text=False, parts=3):
    return PartFolder(tmp_path, PROVENANCE, tile_cells, parts, with_text)


def test_a_finished_part_is_found_again(tmp_path):
    parts = parts_of(tmp_path)
    assert parts.unfinished() == [0, 1, 2]
    parts.write(1, TABLES[0], {"too low": 7}, None)
    assert parts_of(tmp_path).unfinished() == [0, 2]
    assert parts_of(tmp_path, tile_cells=11).unfinished() == [0, 1, 2]
    assert parts_of(tmp_path, with_text=True).unfinished() == [0, 1, 2]
    parts.write(0, TABLES[0], {}, b"the same as text")
    assert parts_of(tmp_path, with_text=True).unfinished() == [1, 2]
    assert parts.text_path(0).read_bytes() == b"the same as text"
    parts.path(0).write_bytes(parts.path(0).read_bytes()[:-5])  # of a file system that lost data
    assert parts_of(tmp_path).unfinished() == [0, 2]


def test_the_folder_appears_whole_with_its_counts(tmp_path):
    parts = parts_of(tmp_path / "partial")
    target = tmp_path / "alignments"
    for number, table in enumerate(TABLES[:2]):
        parts.write(number, table, {"too low": 7, "too short": number}, b"text")
    with pytest.raises(FileNotFoundError):
        parts.publish(target)
    assert not target.exists()
    parts.write(2, TABLES[2], {"too low": 1}, b"text")
    assert parts.publish(target) == (3, {"too low": 15, "too short": 1})
    assert sorted(path.name for path in target.iterdir()) == [
        f"part-{number:06d}.parquet" for number in range(3)
    ]
    assert parts_of(tmp_path / "partial").unfinished() == []
    parts.remove()
    assert list(tmp_path.iterdir()) == [target]
    assert open_alignments(target).dropped == {"too low": 15, "too short": 1}


def test_the_parts_are_one_table(folder):
    whole = pa.concat_tables(TABLES)
    assert read_alignments(folder).equals(whole)
    assert open_alignments(folder).rows == len(whole) == 3
    assert [len(table) for table in open_alignments(folder).tables(["read_b"])] == [2, 0, 1]
    assert pa.dataset.dataset(folder).to_table().equals(whole)
    assert pd.read_parquet(folder)["read_b"].tolist() == [1, 2, 5]


def test_each_part_tells_what_it_is_part_of(folder):
    metadata = [pq.read_schema(path).metadata for path in sorted(folder.iterdir())]
    assert [found[b"part"] for found in metadata] == [b"0", b"1", b"2"]
    assert {found[b"parts"] for found in metadata} == {b"3"}
    assert {found[b"fingerprint"] for found in metadata} == {b"f" * 64}
    assert {found[b"format"] for found in metadata} == {b"readkin-alignments"}


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_missing_part_is_named(folder, part):
    (folder / f"part-{part:06d}.parquet").unlink()
    with pytest.raises(InputError, match=rf"part-{part:06d}.parquet: found no such file, expected"):
        open_alignments(folder)


def test_no_parts_at_all_are_refused(tmp_path):
    with pytest.raises(InputError, match="found no Parquet files, expected a folder of alignments"):
        open_alignments(tmp_path)


@pytest.mark.parametrize(
    ("provenance", "parts", "message"),
    [
        (PROVENANCE._replace(fingerprint="0" * 64), 3, "part-000001.parquet:run: found"),
        (PROVENANCE, 4, "part-000001.parquet:parts: found 4, expected 3"),
    ],
)
def test_a_part_of_another_run_is_refused(folder, tmp_path, provenance, parts, message):
    write_alignments(tmp_path / "other", [*TABLES, alignments()][:parts], provenance)
    shutil.copy(tmp_path / "other" / "part-000001.parquet", folder)
    with pytest.raises(InputError, match=message):
        open_alignments(folder)


def test_a_part_under_the_name_of_another_is_refused(folder):
    shutil.copy(folder / "part-000000.parquet", folder / "part-000002.parquet")
    with pytest.raises(InputError, match=r"part-000002.parquet:part: found 0, expected 2; remove"):
        open_alignments(folder)


@pytest.mark.parametrize("name", ["part-000003.parquet", "more.parquet"])
def test_a_file_beside_the_parts_is_refused(folder, name):
    """Other programs would read it, too."""
    shutil.copy(folder / "part-000000.parquet", folder / name)
    with pytest.raises(InputError, match="found"):
        open_alignments(folder)


def test_a_flipped_byte_is_noticed(folder):
    path = folder / "part-000000.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 8] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"part-000000.parquet: found no readable Parquet"):
        read_alignments(folder)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "part-000000.parquet"
    path.write_bytes(b"no Parquet at all")
    with pytest.raises(InputError, match="found no readable Parquet"):
        open_alignments(tmp_path)
    pq.write_table(pa.table({"score": [1]}), path)
    with pytest.raises(InputError, match="format: found nothing, expected readkin-alignments"):
        open_alignments(tmp_path)
    described = {"format": ALIGNMENTS.name, "format_version": str(ALIGNMENTS.version)}
    pq.write_table(ALIGNMENTS.schema.with_metadata(described).empty_table(), path)
    with pytest.raises(InputError, match="run: found nothing, expected a part of align_pairs"):
        open_alignments(tmp_path)
