"""Truth tables: round trip in any requested order, and refused tables."""

import gzip

import pyarrow as pa
import pytest

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_gzip
from readkin.formats.truth_table import read_truth, truth_header, truth_rows

COLUMNS = {
    "read_id": ["r1/1", "r1/2", "r2/1", "r2/2", "r3"],
    "genome": ["phage", "phage", "coli", "coli", "coli"],
    "start": [5, 80, 950, 20, 20],
    "end": [105, 180, 1050, 120, 120],
    "strand": ["+", "-", "+", "-", "+"],
}
MORE = {
    "sequence": ["1", "1", "1", "1", "2"],  # names like numbers; one name in two genomes
    "circle_length": [0, 0, 1000, 1000, 300],
    "chimeric": [0, 0, 1, 1, 0],
    "offset": [0, 0, 30, 0, 0],
    "other_part": ["", "", "phage 1 5 35 +", "", ""],
    "duplicate_of": ["", "", "", "", "r0"],
}


def written(path, columns):
    with atomic_gzip(path) as file:
        file.write(truth_header(list(columns)))
        file.write(truth_rows(columns))
    return path


def requested(*read_ids):
    return pa.chunked_array([pa.array(read_ids, pa.string())])


def test_round_trip_in_the_requested_order(tmp_path):
    path = written(tmp_path / "truth.tsv.gz", COLUMNS | MORE)
    truth = read_truth(path, requested("r2/2", "r1/1", "r2/1", "r3"))
    assert truth.genomes == ("coli", "phage")
    assert truth.genome.tolist() == [0, 1, 0, 0]
    assert truth.start.tolist() == [20, 5, 950, 20]
    assert truth.end.tolist() == [120, 105, 1050, 120]
    assert truth.is_reverse.tolist() == [True, False, False, False]
    assert truth.circle_length.tolist() == [1000, 0, 1000, 300]
    assert truth.offset.tolist() == [0, 0, 30, 0]


def test_sequences_are_numbered_within_their_genomes(tmp_path):
    """The same name in two genomes is not the same sequence."""
    path = written(tmp_path / "truth.tsv.gz", COLUMNS | MORE)
    sequence = read_truth(path, requested(*COLUMNS["read_id"])).sequence
    assert sequence[0] == sequence[1]
    assert sequence[2] == sequence[3]
    assert len(set(sequence.tolist())) == 3


def test_tables_without_the_column_sequence_have_one_in_each_genome(tmp_path):
    path = written(tmp_path / "truth.tsv.gz", COLUMNS)
    truth = read_truth(path, requested(*COLUMNS["read_id"]))
    assert truth.sequence.tolist() == truth.genome.tolist()
    assert not truth.circle_length.any()
    assert not truth.offset.any()


def test_text_of_the_table(tmp_path):
    path = written(tmp_path / "t.tsv.gz", COLUMNS | {"sequence": MORE["sequence"]})
    assert gzip.decompress(path.read_bytes()).splitlines()[:3] == [
        b"read_id\tgenome\tstart\tend\tstrand\tsequence",
        b"r1/1\tphage\t5\t105\t+\t1",
        b"r1/2\tphage\t80\t180\t-\t1",
    ]


def test_names_the_first_missing_read(tmp_path):
    path = written(tmp_path / "truth.tsv.gz", COLUMNS)
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
