"""Stage export_clusters: files with the reads as they were, manifest, counts, wrong input."""

import gzip
import json

import numpy as np
import pysam
import pytest

from export_clusters import main
from readkin.formats.cluster_summary import write_cluster_summary
from readkin.formats.reads import load_reads, reads_fingerprint
from support.cluster_tables import write_read_clusters
from support.genome_reads import genome_reads, write_bam


class Export:
    """Two samples: three pairs in s, and two single reads in t."""

    def __init__(self, folder, clusters, confidence=1.0):
        self.folder = folder
        pairs, singles = genome_reads(6, 100, 0.01, 1), genome_reads(2, 80, 0.01, 2)
        self.sequences = pairs + singles
        self.bams = [
            write_bam(folder / "p.bam", pairs, paired=True, unit="s.u"),
            write_bam(folder / "q.bam", singles, paired=False, unit="t.u"),
        ]
        reads = load_reads(self.bams)
        self.ids = reads.ids()
        fingerprint = reads_fingerprint(reads)
        write_read_clusters(folder, self.ids, clusters, confidence, fingerprint)
        numbers = np.arange(1, max(clusters, default=0) + 1)
        names = [f"n{number}" for number in numbers]
        columns = {"cluster": numbers, "reads": np.bincount(clusters)[1:], "name": names}
        write_cluster_summary(folder / "summary.tsv", columns)

    def __call__(self, *options, kind="fastq", min_reads=1):
        """Return the exit code."""
        words = ["--bam", *map(str, self.bams), "--format", kind, f"--min-reads={min_reads}"]
        paths = {"clusters": "clusters.parquet", "summary": "summary.tsv", "output": "out"}
        paths |= {"counts": "counts.json"}
        words += [f"--{name}={self.folder / path}" for name, path in paths.items()]
        return main([*words, *options])

    def fastq(self):
        """Return the names and bases of the records of each file."""
        found = {}
        for path in sorted((self.folder / "out").glob("*.fastq.gz")):
            lines = gzip.decompress(path.read_bytes()).decode().splitlines()
            assert set(lines[2::4]) == {"+"}
            assert all(set(line) == {"I"} for line in lines[3::4])
            found[path.name] = list(zip(lines[0::4], lines[1::4], strict=True))
        return found

    def manifest(self):
        lines = (self.folder / "out" / "manifest.tsv").read_text().splitlines()
        return [line.split("\t") for line in lines]

    @property
    def counts(self):
        return json.loads((self.folder / "counts.json").read_text())


def test_fastq_of_each_cluster(tmp_path):
    export = Export(tmp_path, [1, 1, 2, 0, 0, 0, 1, 2])
    assert export() == 0
    bases = export.sequences
    assert export.fastq() == {
        "cluster_1.n1_R1.fastq.gz": [("@p0", bases[0])],
        "cluster_1.n1_R2.fastq.gz": [("@p0", bases[1])],
        "cluster_1.n1_single.fastq.gz": [("@q0", bases[6])],
        "cluster_2.n2_R1.fastq.gz": [("@p1", bases[2])],
        "cluster_2.n2_R2.fastq.gz": [("@p1", bases[3])],
        "cluster_2.n2_single.fastq.gz": [("@q1", bases[7])],
    }
    header, first, second = export.manifest()
    assert header == ["cluster", "name", "sample", "reads", "pairs", "bases", "files"]
    assert first[:6] == ["1", "n1", "", "3", "1", "280"]
    assert first[6].split(",") == [name for name in export.fastq() if name.startswith("cluster_1")]
    assert second[0] == "2"
    [flow] = export.counts["flows"]
    assert flow == {"what": "reads", "in": 8, "out": 6, "dropped": {"no cluster": 2}}
    assert export.counts["details"] == {
        "clusters": 2,
        "reads written with their mate": 1,
        "pairs placed in different clusters": 0,
        "files": 6,
    }


def test_samples_apart(tmp_path):
    export = Export(tmp_path, [1] * 8)
    assert export("--by-sample") == 0
    assert {name: len(records) for name, records in export.fastq().items()} == {
        "cluster_1.n1.s_R1.fastq.gz": 3,
        "cluster_1.n1.s_R2.fastq.gz": 3,
        "cluster_1.n1.t_single.fastq.gz": 2,
    }
    assert [row[2] for row in export.manifest()] == ["sample", "s", "t"]


def test_bam_of_each_cluster(tmp_path):
    export = Export(tmp_path, [1, 1, 1, 1, 2, 2, 1, 2])
    assert export(kind="bam", min_reads=4) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "cluster_1.n1.bam",
        "manifest.tsv",
    ]
    with pysam.AlignmentFile(str(tmp_path / "out/cluster_1.n1.bam"), check_sq=False) as bam:
        assert [group["ID"] for group in bam.header.to_dict()["RG"]] == ["s.u", "t.u"]
        rows = [(r.query_name, r.flag, r.query_sequence, r.get_tag("RG")) for r in bam]
        flags = [flag for _, flag, *_ in rows]
    with pysam.AlignmentFile(str(export.bams[0]), check_sq=False) as bam:
        before = [(r.query_name, r.flag, r.query_sequence, r.get_tag("RG")) for r in bam]
    assert rows[:4] == before[:4]
    assert flags == [77, 141, 77, 141, 4]
    [flow] = export.counts["flows"]
    assert flow["dropped"] == {"cluster below cluster.export_min_reads": 3}


@pytest.mark.parametrize("kind", ["fastq", "bam"])
def test_nothing_to_write(tmp_path, kind):
    export = Export(tmp_path, [1] * 8, confidence=0.5)
    assert export(kind=kind) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.tsv"]
    assert len(export.manifest()) == 1
    assert export.counts["flows"][0]["dropped"] == {"low confidence": 8}


def test_an_earlier_folder_is_replaced(tmp_path):
    export = Export(tmp_path, [1] * 8)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.fastq.gz").touch()
    assert export("--threads=2") == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert "old.fastq.gz" not in first
    assert export() == 0
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert not list(tmp_path.glob(".partial*"))


def test_clusters_of_other_reads_are_refused(tmp_path, capsys):
    export = Export(tmp_path, [1] * 8)
    export.bams.reverse()
    assert export() == 1
    assert "clusters.parquet:reads_fingerprint: found" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
