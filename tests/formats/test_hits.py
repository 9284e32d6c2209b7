"""Hits of a search, computed by hand on both strands, in three formats."""

import gzip
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readkin.formats.hits import (
    HITS,
    HitFiles,
    Hits,
    NamesAndLengths,
    bit_score_text,
    blast_table_text,
    evalue_text,
    hit_table,
    read_hits,
    write_hits,
)
from readkin.kernels.smith_waterman.alignment import Alignments
from readkin.kernels.statistics.evalues import Database, bit_score, dna_parameters, evalue

PARAMETERS, FINGERPRINT = {"gap_open": 7}, "f" * 64
COMPLEMENT = str.maketrans("ACGT", "TGCA")

#         012345678901234567890123
TARGET = "TTTTTACGTAGGCCATATTTTTTT"
FORWARD = "CCACGTACCATATC"
REVERSE = "CCCATATGCCTTGACGTGG"
QUERIES = NamesAndLengths(pa.array(["forward", "reverse"]), np.array([len(FORWARD), len(REVERSE)]))
TARGETS = NamesAndLengths(pa.array(["unused", "target"]), np.array([9, len(TARGET)]))


def run(length, kind):
    return length << 4 | "MIDNSHP=X".index(kind)


def example():
    """Both queries against the target, the second one against the target's other strand.

    forward  2 ACGTA--CCATAT 13      reverse         3 ATAT-GCCTTGACGT 17
    target   5 ACGTAGGCCATAT 18      reverse target  6 ATATGGCC--TACGT 19
    """
    forward = [run(5, "="), run(2, "D"), run(6, "=")]
    reverse = [run(4, "="), run(1, "D"), run(3, "="), run(2, "I"), run(1, "X"), run(4, "=")]
    found = Alignments(
        score=np.array([13, 7], np.int32),
        score_bound=np.array([13, 7], np.int32),
        start_a=np.array([2, 3], np.int32),
        end_a=np.array([13, 17], np.int32),
        start_b=np.array([5, 6], np.int32),
        end_b=np.array([18, 19], np.int32),
        matches=np.array([11, 11], np.int32),
        alignment_length=np.array([13, 15], np.int32),
        cigar=np.array(forward + reverse, np.uint32),
        cigar_offsets=np.array([0, 3, 9]),
    )
    hits = Hits(
        query_index=np.array([0, 1]),
        target_index=np.array([1, 1]),
        is_reverse=np.array([0, 1], np.uint8),
        rank=np.array([1, 1], np.int32),
        bit_score=np.array([24.36, 101.98]),
        evalue=np.array([0.0123, 3.14159e-20]),
        positives=np.array([11, 11], np.int32),
    )
    return hit_table(hits, found, QUERIES, TARGETS)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hits")
    table = example()
    files = HitFiles(folder / "h.parquet", folder / "h.paf.gz", folder / "h.tsv")
    assert write_hits(files, [table[:1], table[:0], table[1:]], PARAMETERS, FINGERPRINT) == 2
    return files


def residues_of(row):
    """Return the aligned residues of query and target, on the strand of the target.

    The query of a hit on the minus strand is reverse-complemented.
    """
    query = {"forward": FORWARD, "reverse": REVERSE}[row["query"]]
    piece = query[row["query_start"] : row["query_end"]]
    if row["strand"] == "-":
        piece = piece.translate(COMPLEMENT)[::-1]
    return piece, TARGET[row["target_start"] : row["target_end"]]


def columns_of(query, target, cigar):
    """Yield the columns: two residues, - for a gap, and the operation."""
    number = ""
    for character in cigar:
        if character.isdigit():
            number += character
            continue
        for _ in range(int(number)):
            pair = query[:1] if character != "D" else "-", target[:1] if character != "I" else "-"
            query, target = query[pair[0] != "-" :], target[pair[1] != "-" :]
            yield *pair, character
        number = ""
    assert query == target == ""


def test_every_column_equals_the_one_computed_by_hand(written):
    forward, reverse = read_hits(written.parquet).to_pylist()
    both = {"target": "target", "target_index": 1, "target_length": 24, "rank": 1}
    assert forward == both | {
        "query": "forward",
        "query_index": 0,
        "query_length": 14,
        "strand": "+",
        "score": 13,
        "bit_score": 24.36,
        "evalue": 0.0123,
        "query_start": 2,
        "query_end": 13,
        "target_start": 5,
        "target_end": 18,
        "matches": 11,
        "positives": 11,
        "mismatches": 0,
        "gap_opens": 1,
        "gaps": 2,
        "alignment_length": 13,
        "identity": pytest.approx(11 / 13),
        "cigar": "5=2D6=",
    }
    assert reverse == both | {
        "query": "reverse",
        "query_index": 1,
        "query_length": 19,
        "strand": "-",
        "score": 7,
        "bit_score": 101.98,
        "evalue": 3.14159e-20,
        "query_start": 3,
        "query_end": 17,
        "target_start": 5,
        "target_end": 18,
        "matches": 11,
        "positives": 11,
        "mismatches": 1,
        "gap_opens": 2,
        "gaps": 3,
        "alignment_length": 15,
        "identity": pytest.approx(11 / 15),
        "cigar": "4=1X2I3=1D4=",
    }


def test_positions_and_cigar_fit_the_residues(written):
    for row in read_hits(written.parquet).to_pylist():
        columns = list(columns_of(*residues_of(row), row["cigar"]))
        assert all((a == b) == (kind == "=") for a, b, kind in columns)
        assert sum(kind == "=" for _, _, kind in columns) == row["matches"]
        assert len(columns) == row["alignment_length"]


def test_paf_agrees(written):
    lines = gzip.decompress(written.paf.read_bytes()).decode().splitlines()
    assert [line.replace("\t", " ") for line in lines] == [
        "forward 14 2 13 + target 24 5 18 11 13 255 NM:i:2 AS:i:13 cg:Z:5=2D6=",
        "reverse 19 3 17 - target 24 5 18 11 15 255 NM:i:4 AS:i:7 cg:Z:4=1X2I3=1D4=",
    ]


def test_blast_table_counts_from_one_and_reverses_targets_of_the_minus_strand(written):
    lines = written.blast_table.read_text().splitlines()
    assert [line.replace("\t", " ") for line in lines] == [
        "forward target 84.615 13 0 1 3 13 6 18 0.012 24.4",
        "reverse target 73.333 15 1 2 4 17 18 6 3.14e-20 101",
    ]


def test_blast_table_is_read_by_the_rules_of_its_columns(written):
    """As readers of -outfmt 6 (Biopython, pandas) take it: 12 columns of these types."""
    kinds = [str, str, float, int, int, int, int, int, int, int, float, float]
    rows = read_hits(written.parquet).to_pylist()
    for line, row in zip(written.blast_table.read_text().splitlines(), rows, strict=True):
        values = [kind(cell) for kind, cell in zip(kinds, line.split("\t"), strict=True)]
        query, target, identity, length, mismatches, opens, first, last, begin, end = values[:10]
        assert (query, target, length) == (row["query"], row["target"], row["alignment_length"])
        assert (mismatches, opens) == (row["mismatches"], row["gap_opens"])
        assert identity == pytest.approx(100 * row["matches"] / row["alignment_length"], abs=5e-4)
        assert (first - 1, last) == (row["query_start"], row["query_end"])
        assert row["strand"] == ("+" if begin <= end else "-")
        assert (min(begin, end) - 1, max(begin, end)) == (row["target_start"], row["target_end"])


# as BLAST+ 2.12.0 writes values of these sizes with -outfmt 6
@pytest.mark.parametrize(
    ("evalue", "text"),
    [
        (0.0, "0.0"),
        (9.9e-181, "0.0"),
        (1.05e-177, "1.05e-177"),
        (1.52412e-139, "1.52e-139"),
        (2.99e-99, "2.99e-99"),
        (1.704e-08, "1.70e-08"),
        (3.886e-04, "3.89e-04"),
        (0.0079, "0.008"),
        (0.0296, "0.030"),
        (0.0999, "0.100"),
        (0.1, "0.10"),
        (0.13, "0.13"),
        (0.999, "1.00"),
        (0.97, "0.97"),
        (1.0, "1.0"),
        (8.18239, "8.2"),
        (10.8, "11"),
        (132.2, "132"),
        (10268523.1, "10268523"),
        (math.nan, "nan"),
    ],
)
def test_evalues_are_written_as_blast_does(evalue, text):
    assert evalue_text(evalue) == text


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (49.9773, "50.0"),
        (99.6, "99.6"),
        (99.91, "99"),
        (271.792, "271"),
        (395.971, "395"),
        (99_999.0, "99999"),
        (216_443.0, "2.164e+05"),
        (8.04, "8.0"),
        (math.nan, "nan"),
    ],
)
def test_bit_scores_are_written_as_blast_does(bits, text):
    assert bit_score_text(bits) == text


def test_the_schema_carries_provenance_units_and_meaning(written):
    schema = pq.read_schema(written.parquet)
    assert schema.metadata[b"format"] == b"readkin-hits"
    assert schema.metadata[b"format_version"] == b"2"
    assert schema.metadata[b"generated_by"].startswith(b"readkin")
    assert schema.metadata[b"parameters"] == b'{"gap_open": 7}'
    assert schema.metadata[b"fingerprint"] == b"f" * 64
    assert schema.field("evalue").metadata[b"unit"] == b"hits"
    assert all(field.metadata[b"description"] for field in schema)


def test_some_columns_are_read_alone(written):
    assert read_hits(written.parquet, ["evalue", "query"]).num_columns == 2


def test_the_same_tables_give_the_same_bytes(tmp_path, written):
    files = HitFiles(tmp_path / "h.parquet", tmp_path / "h.paf.gz", tmp_path / "h.tsv")
    write_hits(files, [example()[:1], example()[1:]], PARAMETERS, FINGERPRINT)
    for path, other in zip(files, written, strict=True):
        assert path.read_bytes() == other.read_bytes()


def test_no_hits_give_valid_empty_files(tmp_path):
    files = HitFiles(tmp_path / "h.parquet", tmp_path / "h.paf.gz", tmp_path / "h.tsv")
    assert write_hits(files, [], PARAMETERS, FINGERPRINT) == 0
    assert read_hits(files.parquet).equals(HITS.schema.empty_table())
    assert gzip.decompress(files.paf.read_bytes()) == files.blast_table.read_bytes() == b""


def test_a_failure_half_way_leaves_no_file(tmp_path):
    def tables():
        yield example()
        raise RuntimeError("half way")

    files = HitFiles(tmp_path / "h.parquet", tmp_path / "h.paf.gz", tmp_path / "h.tsv")
    with pytest.raises(RuntimeError, match="half way"):
        write_hits(files, tables(), PARAMETERS, FINGERPRINT)
    assert list(tmp_path.iterdir()) == []


def test_lines_that_blastn_printed_are_written_again():
    """BLAST+ 2.12.0, blastn -task blastn -outfmt 6, one hit on each strand of 25 sequences."""
    queries = NamesAndLengths(pa.array(["q0", "q7"]), np.array([30, 51]))
    targets = NamesAndLengths(pa.array(["t20", "t3"]), np.array([580, 416]))
    found = Alignments(
        score=np.array([54, 93]),
        score_bound=np.array([54, 93]),
        matches=np.array([27, 50]),
        alignment_length=np.array([27, 51]),
        start_a=np.array([3, 0]),
        end_a=np.array([30, 51]),
        start_b=np.array([580 - 237, 282]),
        end_b=np.array([580 - 210, 332]),
        cigar=np.array([run(27, "="), run(30, "="), run(1, "I"), run(20, "=")], np.uint32),
        cigar_offsets=np.array([0, 1, 4]),
    )
    scoring, database = dna_parameters(2, -3, 7, 2), Database(21_558, 25)
    hits = Hits(
        query_index=np.arange(2),
        target_index=np.arange(2),
        is_reverse=np.array([1, 0], np.uint8),
        rank=np.ones(2, np.int32),
        bit_score=bit_score(found.score, scoring),
        evalue=evalue(found.score, queries.lengths, targets.lengths, database, scoring),
        positives=found.matches,
    )
    lines = blast_table_text(hit_table(hits, found, queries, targets)).decode().splitlines()
    assert [line.replace("\t", " ") for line in lines] == [
        "q0 t20 100.000 27 0 0 4 30 237 211 3.26e-10 50.0",
        "q7 t3 98.039 51 0 1 1 51 283 332 3.43e-20 85.1",
    ]
