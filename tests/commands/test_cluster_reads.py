"""Stage cluster_reads: components, rules of kinship, numbering, tables."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_reads import EdgeRule, edges_of, main, numbered_components, representatives
from convert_fastq_to_bam import main as convert
from fastq_files import random_records, write_fastq
from formats.alignments import SCHEMA, Provenance, write_alignments
from formats.clusters import read_clusters

RULE = EdgeRule(min_identity=0.97, min_overlap_bp=60, max_overhang_bp=10)
GOOD = {  # the end of a, 100 bp, on the beginning of b
    "read_a": 0, "read_b": 1, "id_a": "a", "id_b": "b", "strand": "+", "score": 140,
    "start_a": 30, "end_a": 100, "start_b": 0, "end_b": 70, "length_a": 100, "length_b": 100,
    "matches": 70, "columns": 70, "identity": 1.0, "votes": 9, "cigar": "70=",
}  # fmt: skip


def alignments(*changes):
    rows = [GOOD | change for change in changes]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"identity": 0.9701}, None),
        ({"identity": 0.96}, "identity"),
        ({"columns": 59}, "overlap"),
        ({"end_a": 90, "end_b": 60}, None),  # 10 bp of a hang over: b goes on, too
        ({"end_a": 89, "end_b": 59}, "overhang"),
        ({"start_a": 41, "start_b": 11}, "overhang"),
        ({"start_a": 0, "end_a": 70, "start_b": 30, "end_b": 100}, None),
        # on the other strand: the end of a on the end of b as sequenced
        ({"strand": "-", "start_b": 30, "end_b": 100}, None),
        ({"strand": "-"}, "overhang"),
        ({"strand": "-", "start_a": 0, "end_a": 70}, None),
        ({"length_b": 70, "start_a": 10, "end_a": 80}, None),  # b lies within a
    ],
)
def test_which_alignments_join(change, reason):
    kept, dropped = edges_of(alignments(change), RULE)
    assert kept.tolist() == [reason is None]
    assert [text.split()[0] for text, count in dropped.items() if count] == [reason] * bool(reason)


@given(
    st.integers(1, 25).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40),
        )
    )
)
def test_components_equal_a_naive_search(case):
    n_reads, edges = case
    ends = np.array(edges, np.int64).reshape(-1, 2)
    number = numbered_components(ends[:, 0], ends[:, 1], n_reads)
    groups = [{read} for read in range(n_reads)]
    for a, b in edges:
        joined = groups[a] | groups[b]
        for read in joined:
            groups[read] = joined
    distinct = {min(group): group for group in groups}
    ordered = sorted(distinct.values(), key=lambda group: (-len(group), min(group)))
    expected = {read: i for i, group in enumerate(ordered, start=1) for read in group}
    assert number.tolist() == [expected[read] for read in range(n_reads)]


def test_representatives_have_most_kin():
    cluster = np.array([1, 1, 1, 2, 2])
    kin = np.array([1, 5, 5, 0, 0])
    assert representatives(cluster, kin).tolist() == [1, 3]


@pytest.fixture
def cluster(tmp_path):
    """Cluster six reads (three pairs) with the given alignments."""
    mates = zip(random_records(3, 1), random_records(3, 2), strict=True)
    fastq = write_fastq(tmp_path / "in.fastq", [record for pair in mates for record in pair])
    bam = tmp_path / "reads.bam"
    convert(["--fastq", str(fastq), "--paired", "--sample", "s", "--unit", "u", "--platform",
             "ILLUMINA", "--output", str(bam), "--counts", str(tmp_path / "c.json")])  # fmt: skip

    def run(table, *options):
        source, paf = tmp_path / "alignments.parquet", tmp_path / "alignments.paf.gz"
        write_alignments(source, paf, [table], Provenance({}, "f"))
        parquet, tsv, counts = (tmp_path / f"clusters.{kind}" for kind in ("parquet", "tsv", "js"))
        code = main(["--alignments", str(source), "--bam", str(bam), "--units", "s.u",
                     "--method", "connected_components", "--min-identity", "0.97",
                     "--min-overlap-bp", "60", "--max-overhang-bp", "10",
                     "--parquet", str(parquet), "--tsv", str(tsv),
                     "--counts", str(counts), *options])  # fmt: skip
        return code, parquet, tsv, counts

    return run


def test_tables_and_counts(cluster):
    table = alignments({"read_a": 1, "read_b": 4}, {"read_a": 4, "read_b": 5}, {"identity": 0.5})
    code, parquet, tsv, counts = cluster(table)
    assert code == 0
    rows = read_clusters(parquet).to_pylist()
    assert [row["read_id"] for row in rows] == ["r0/1", "r0/2", "r1/1", "r1/2", "r2/1", "r2/2"]
    assert [row["cluster"] for row in rows] == [2, 1, 3, 4, 1, 1]
    assert [row["size"] for row in rows] == [1, 3, 1, 1, 3, 3]
    assert rows[1]["representative"] == "r2/1"
    assert {(row["sample"], row["unit"]) for row in rows} == {("s", "u")}
    lines = [line.split("\t") for line in tsv.read_text().splitlines()]
    assert lines[0] == list(rows[0])
    assert [dict(zip(lines[0], line, strict=True)) for line in lines[1:]] == [
        {key: str(value) for key, value in row.items()} for row in rows
    ]
    told = json.loads(counts.read_text())
    assert told["flows"][0] == {"what": "reads", "in": 6, "out": 6, "dropped": {}}
    assert (told["flows"][1]["in"], told["flows"][1]["out"]) == (3, 2)
    assert told["details"] == {"clusters": 4, "clusters of one read": 3, "largest cluster": 3}


def test_mates_share_a_cluster_if_asked(cluster):
    _, parquet, _, _ = cluster(alignments({"read_a": 1, "read_b": 4}), "--join-mates")
    assert [row["cluster"] for row in read_clusters(parquet).to_pylist()] == [1, 1, 2, 2, 1, 1]


def test_no_alignments(cluster):
    code, parquet, _, _ = cluster(alignments())
    assert code == 0
    assert read_clusters(parquet)["size"].to_pylist() == [1] * 6


def test_alignments_of_other_reads_are_refused(cluster, capsys):
    code, *written = cluster(alignments({"read_b": 6}))
    assert code == 1
    assert "found reads that no BAM holds" in capsys.readouterr().err
    assert not any(path.exists() for path in written)
