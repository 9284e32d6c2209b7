"""Stage cluster_reads: tables, counts, mates."""

import json

import pytest

from cluster_reads import main
from convert_fastq_to_bam import main as convert
from readkin.formats.alignments import Provenance, write_alignments
from readkin.formats.clusters import read_clusters
from readkin.formats.reads import load_reads, reads_fingerprint
from support.fastq_files import random_records, write_fastq
from support.kin_alignments import alignments


@pytest.fixture
def cluster(tmp_path):
    """Cluster six reads (three pairs) with the given alignments."""
    mates = zip(random_records(3, 1), random_records(3, 2), strict=True)
    fastq = write_fastq(tmp_path / "in.fastq", [record for pair in mates for record in pair])
    bam = tmp_path / "reads.bam"
    convert(
        [
            "--fastq",
            str(fastq),
            "--paired",
            "--sample",
            "s",
            "--unit",
            "u",
            "--platform",
            "ILLUMINA",
            "--output",
            str(bam),
            "--counts",
            str(tmp_path / "c.json"),
        ]
    )

    def run(table, *options, fingerprint=None):
        source = tmp_path / "alignments.parquet"
        of_reads = fingerprint or reads_fingerprint(load_reads([bam]))
        write_alignments(source, [table], Provenance({}, "f", of_reads))
        parquet, tsv, counts = (tmp_path / f"clusters.{kind}" for kind in ("parquet", "tsv", "js"))
        code = main(
            [
                "--alignments",
                str(source),
                "--bam",
                str(bam),
                "--method",
                "connected_components",
                "--min-identity",
                "0.97",
                "--min-overlap-bp",
                "60",
                "--max-overhang-bp",
                "10",
                "--parquet",
                str(parquet),
                "--tsv",
                str(tsv),
                "--counts",
                str(counts),
                *options,
            ]
        )
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
    written = json.loads(counts.read_text())
    assert written["flows"][0] == {"what": "reads", "in": 6, "out": 6, "dropped": {}}
    assert (written["flows"][1]["in"], written["flows"][1]["out"]) == (3, 2)
    assert written["details"] == {"clusters": 4, "clusters of one read": 3, "largest cluster": 3}


def test_mates_share_a_cluster_if_asked(cluster):
    _, parquet, _, _ = cluster(alignments({"read_a": 1, "read_b": 4}), "--join-mates")
    assert [row["cluster"] for row in read_clusters(parquet).to_pylist()] == [1, 1, 2, 2, 1, 1]


def test_no_alignments(cluster):
    code, parquet, _, _ = cluster(alignments())
    assert code == 0
    assert read_clusters(parquet)["size"].to_pylist() == [1] * 6


def test_alignments_of_other_reads_are_refused(cluster, capsys):
    code, *written = cluster(alignments({}), fingerprint="0" * 64)
    assert code == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"alignments.parquet:reads_fingerprint: found {'0' * 64}, expected that of the" in said
    assert not any(path.exists() for path in written)
