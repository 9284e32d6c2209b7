"""Alignments in Parquet and PAF, read back independently of the code that writes them."""

import gzip
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readkin.formats.alignment_parts import read_alignments
from readkin.formats.alignments import (
    Provenance,
    alignment_table,
    concatenate_gzip_files,
    gzipped_paf,
    paf_text,
)
from readkin.formats.reads import NO_MATE, Reads
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.smith_waterman.alignment import Pairs, Sequences, align_pairs, dna_scoring
from support import naive_smith_waterman as naive
from support.alignment_folders import write_alignments

SCORING = dna_scoring(2, -3, 5, 2)
PROVENANCE = Provenance({"match": 2}, "f" * 64, "r" * 64)
COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def reads_with_overlaps(count=60, seed=3):
    """Reads of either strand from one short genome, with errors, as lists of codes."""
    rng = np.random.default_rng(seed)
    genome = rng.integers(0, 4, 400)
    reads = []
    for _ in range(count):
        start = rng.integers(0, 300)
        piece = genome[start : start + rng.integers(20, 100)].copy()
        piece[rng.random(piece.size) < 0.03] = 4
        read = np.delete(piece, rng.integers(0, piece.size, rng.integers(0, 3))).tolist()
        reads.append(naive.reverse_complement(read) if rng.integers(0, 2) else read)
    return reads


def as_reads(reads):
    """Return lists of codes as reads r0/1, r1/1 ..."""
    names = [f"r{number}".encode() for number in range(len(reads))]
    return Reads(
        first_index=0,
        bases=np.array([base for read in reads for base in read], np.uint8),
        offsets=np.cumsum([0, *map(len, reads)]),
        mate_index=np.full(len(reads), NO_MATE),
        unit=np.zeros(len(reads), np.uint32),
        name_bytes=np.frombuffer(b"".join(names), np.uint8),
        name_offsets=np.cumsum([0, *map(len, names)]),
        mate_number=np.ones(len(reads), np.uint8),
    )


def table_of(reads, is_reverse_of_all):
    """Return the table of all pairs of the reads, without thresholds."""
    all_reads = as_reads(reads)
    read_a, read_b = np.triu_indices(len(reads), 1)
    flags = np.full(read_a.size, is_reverse_of_all, np.uint8)
    diagonal = np.zeros(read_a.size, np.int32)
    sequences = Sequences(all_reads.bases, all_reads.offsets)
    found = align_pairs(Pairs.of(sequences, sequences, read_a, read_b, flags, diagonal), SCORING)
    votes = np.arange(read_a.size, dtype=np.uint32)
    index = read_a.astype(np.uint64), read_b.astype(np.uint64)
    candidates = Candidates(*index, votes, flags, diagonal)
    return alignment_table(candidates, all_reads.lengths, found, np.zeros(read_a.size, np.int64))


def named(table, reads):
    """Return a table with the names of the reads, as ``paf_text`` needs them."""
    for read in "ab":
        table = table.append_column(f"id_{read}", names_of(reads).take(table[f"read_{read}"]))
    return table


def names_of(reads):
    """Return the names of all reads."""
    return pa.array(as_reads(reads).ids(), pa.large_string())


def write_both(folder, tables, reads):
    """Write Parquet and PAF as align_pairs does."""
    pieces = []
    for table in tables:
        pieces.append(folder / f"{len(pieces)}.gz")
        pieces[-1].write_bytes(gzipped_paf(table, names_of(reads)))
    concatenate_gzip_files(folder / "a.paf.gz", pieces)
    write_alignments(folder / "alignments", tables, PROVENANCE)


@pytest.fixture(scope="module")
def reads():
    return reads_with_overlaps()


@pytest.fixture(scope="module")
def written(tmp_path_factory, reads):
    """Folder with both files, of all pairs on both strands, written in two pieces."""
    folder = tmp_path_factory.mktemp("alignments")
    write_both(folder, [table_of(reads, 0), table_of(reads, 1)], reads)
    assert len(read_alignments(folder / "alignments")) == 2 * 60 * 59 // 2
    return folder


def paf_records(path):
    """Lines of a PAF file, with the types that minimap2's manual gives the columns."""
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        fields = line.split("\t")
        numbers = [int(fields[i]) for i in (1, 2, 3, 6, 7, 8, 9, 10, 11)]
        tags = {field[:2]: field[5:] for field in fields[12:]}
        assert [field[:5] for field in fields[12:]] == ["NM:i:", "AS:i:", "cg:Z:"]
        yield fields[0], fields[5], fields[4], numbers, tags


def operations(cigar):
    runs = re.findall(r"(\d+)([=XID])", cigar)
    assert "".join(length + operation for length, operation in runs) == cigar
    return [(int(length), operation) for length, operation in runs]


def test_every_paf_line_rescored_on_the_sequences_gives_its_score(written, reads):
    count = {"+": 0, "-": 0}
    for name_a, name_b, strand, numbers, tags in paf_records(written / "a.paf.gz"):
        length_a, start_a, end_a, length_b, start_b, end_b, matches, columns, quality = numbers
        query, target = (reads[int(name[1:-2])] for name in (name_a, name_b))
        assert (length_a, length_b, quality) == (len(query), len(target), 255)
        if strand == "-":  # minimap2 reverse-complements the query, not the target
            query = naive.reverse_complement(query)
            start_a, end_a = length_a - end_a, length_a - start_a
        cigar = operations(tags["cg"])
        rescored = naive.rescored(query, target, start_a, start_b, cigar, SCORING)
        assert rescored == (int(tags["AS"]), end_a, end_b)
        assert matches == sum(length for length, kind in cigar if kind == "=")
        assert columns == sum(length for length, _ in cigar)
        assert int(tags["NM"]) == columns - matches
        count[strand] += int(tags["AS"]) >= 60
    assert min(count.values()) > 50


def test_parquet_and_paf_agree(written):
    table = read_alignments(written / "alignments")
    for row, (name_a, name_b, strand, numbers, tags) in zip(
        table.to_pylist(), paf_records(written / "a.paf.gz"), strict=True
    ):
        names = [f"{what}_{read}" for read in "ab" for what in ("length", "start", "end")]
        names += ["matches", "alignment_length"]
        assert [row[name] for name in names] == numbers[:-1]
        names = f"r{row['read_a']}/1", f"r{row['read_b']}/1"
        assert (*names, row["strand"]) == (name_a, name_b, strand)
        assert (row["cigar"], row["score"]) == (tags["cg"], int(tags["AS"]))
        identity = row["matches"] / max(row["alignment_length"], 1)
        assert row["identity"] == pytest.approx(identity, rel=1e-6)


def test_strand_minus_is_strand_plus_with_the_reverse_complement(reads):
    """All coordinates of b are those of its reverse complement, counted from the other end."""
    plus = table_of([reads[0], naive.reverse_complement(reads[1])], 0).to_pylist()[0]
    minus = table_of([reads[0], reads[1]], 1).to_pylist()[0]
    assert minus["score"] == plus["score"]
    assert minus["start_a"] == plus["start_a"]
    assert minus["start_b"] == plus["length_b"] - plus["end_b"]
    assert operations(minus["cigar"]) == operations(plus["cigar"])[::-1]


def test_concatenated_pieces_are_one_file(tmp_path, written, reads):
    text = b"".join(paf_text(named(table_of(reads, strand), reads)) for strand in (0, 1))
    assert gzip.decompress((written / "a.paf.gz").read_bytes()) == text
    concatenate_gzip_files(tmp_path / "none.gz", [])
    assert gzip.decompress((tmp_path / "none.gz").read_bytes()) == b""


def test_the_schema_carries_provenance_units_and_meaning(written):
    schema = pq.read_schema(written / "alignments" / "part-000001.parquet")
    assert schema.metadata[b"format"] == b"readkin-alignments"
    assert schema.metadata[b"parameters"] == b'{"match": 2}'
    assert schema.metadata[b"fingerprint"] == b"f" * 64
    assert schema.metadata[b"reads_fingerprint"] == b"r" * 64
    assert schema.field("start_a").metadata[b"unit"] == b"bp"
    assert all(field.metadata[b"description"] for field in schema)


def test_some_columns_are_read_alone(written):
    table = read_alignments(written / "alignments", ["strand", "read_a"])
    assert sorted(table.column_names) == ["read_a", "strand"]


def test_the_same_tables_give_the_same_bytes(tmp_path, written, reads):
    write_both(tmp_path, [table_of(reads, 0), table_of(reads, 1)], reads)
    for name in ("a.paf.gz", "alignments/part-000000.parquet", "alignments/part-000001.parquet"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_no_rows_give_valid_empty_files(tmp_path):
    write_both(tmp_path, [], [])
    assert len(read_alignments(tmp_path / "alignments")) == 0
    assert gzip.decompress((tmp_path / "a.paf.gz").read_bytes()) == b""


def test_only_a_score_without_proof_has_the_tag_of_its_bound():
    reads = reads_with_overlaps(3)
    table = named(table_of(reads, 0), reads)
    assert b"ub:i:" not in paf_text(table)
    at = table.schema.get_field_index("score_bound")
    bounds = table["score"].to_numpy() + np.array([0, 7, 0])
    unproven = table.set_column(at, table.schema.field(at), pa.array(bounds, pa.int32()))
    lines = paf_text(unproven).decode().splitlines()
    assert [line.partition("\tub:i:")[2] for line in lines] == ["", str(bounds[1]), ""]
    assert [line.partition("\tub:i:")[0] for line in lines] == paf_text(table).decode().splitlines()
