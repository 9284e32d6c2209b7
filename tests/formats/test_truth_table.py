"""Truth tables: round trip in any requested order, and refused tables."""

import gzip

import pyarrow as pa
import pytest

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_gzip
from readkin.formats.truth_table import TruthWriter, read_truth

ROWS = [
    ("r1/1", "phage", 5, 105, False),
    ("r1/2", "phage", 80, 180, True),
    ("r2/1", "coli", 950, 1050, False),
    ("r2/2", "coli", 20, 120, True),
]


def written(path, circles):
    with atomic_gzip(path) as file:
        TruthWriter(file, circles).write(ROWS)
    return path


def requested(*read_ids):
    return pa.chunked_array([pa.array(read_ids, pa.string())])


@pytest.mark.parametrize("circles", [{}, {"coli": 1000}])
def test_round_trip_in_the_requested_order(tmp_path, circles):
    path = written(tmp_path / "truth.tsv.gz", circles)
    truth = read_truth(path, requested("r2/2", "r1/1", "r2/1"))
    assert truth.genomes == ("coli", "phage")
    assert truth.genome.tolist() == [0, 1, 0]
    assert truth.start.tolist() == [20, 5, 950]
    assert truth.end.tolist() == [120, 105, 1050]
    assert truth.is_reverse.tolist() == [True, False, False]
    assert truth.circle_length.tolist() == [circles.get("coli", 0), 0, circles.get("coli", 0)]


def test_linear_communities_have_the_five_agreed_columns(tmp_path):
    lines = gzip.decompress(written(tmp_path / "t.tsv.gz", {}).read_bytes()).splitlines()
    assert lines[:3] == [
        b"read_id\tgenome\tstart\tend\tstrand",
        b"r1/1\tphage\t5\t105\t+",
        b"r1/2\tphage\t80\t180\t-",
    ]


def test_names_the_first_missing_read(tmp_path):
    path = written(tmp_path / "truth.tsv.gz", {})
    with pytest.raises(InputError, match=r"no read r9/1 \(2 of 3 reads are missing\)") as caught:
        read_truth(path, requested("r1/1", "r9/1", "r9/2"))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["read_id\tgenome\tstart\tend", "a\tg\t1\t2"], "no column strand"),
        (["read_id\tgenome\tstart\tend\tstrand", "a\tg\tone\t2\t+"], "one"),
        (["read_id\tgenome\tstart\tend\tstrand", "a\tg\t1\t2\t*"], "strand '\\*'"),
        (["read_id\tgenome\tstart\tend\tstrand", "a\tg\t3\t2\t+"], "before the start of read a"),
        (["read_id\tgenome\tstart\tend\tstrand", *["a\tg\t1\t2\t+"] * 2], "read a more than once"),
    ],
)
def test_refuses_other_tables(tmp_path, lines, found):
    path = tmp_path / "truth.tsv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    with pytest.raises(InputError, match=found):
        read_truth(path, requested("a"))


CUT_SHORT = gzip.compress(b"x" * 9, mtime=0)[:-4]


@pytest.mark.parametrize("content", [b"read_id\tgenome\n", CUT_SHORT, b""])
def test_refuses_what_is_no_whole_gzip_table(tmp_path, content):
    path = tmp_path / "truth.tsv.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="expected a gzip-compressed TSV table"):
        read_truth(path, requested("a"))
