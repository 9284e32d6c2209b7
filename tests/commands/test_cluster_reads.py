"""Stage cluster_reads: tables and counts of both methods, mates, wrong input."""

import json

import numpy as np
import pandas as pd
import pytest

from cluster_reads import main
from readkin.formats.alignments import Provenance
from readkin.formats.cluster_summary import read_cluster_summary
from readkin.formats.clusters import read_clusters
from readkin.formats.pieces import write_pieces
from readkin.formats.reads import load_reads, reads_fingerprint
from support.alignment_folders import write_alignments
from support.community_pieces import DIFFERENT_GC, random_genome, write_community
from support.genome_reads import genome_reads, write_bam
from support.kin_alignments import alignments
from support.some_pieces import some_pieces

OUTPUTS = ("parquet", "tsv", "summary", "counts")


class Run:
    """Runs of the stage in one folder."""

    def __init__(self, folder, bams, pieces):
        self.folder, self.bams, self.pieces = folder, bams, pieces

    def __call__(self, method, *options):
        """Return the exit code."""
        words = [f"--method={method}", f"--pieces={self.pieces}", "--bam", *map(str, self.bams)]
        words += [f"--{name}={self.folder / name}" for name in OUTPUTS]
        return main([*words, *options])

    def of_genomes(self, *options):
        """Run the method genomes; return its exit code."""
        settings = ("--min-confidence=0.8", "--rounds=1", "--seed=1", "--strains")
        files = [f"--{name}={self.folder / name}" for name in ("piece-table", "learned-embedding")]
        return self("genomes", *settings, *files, *options)

    @property
    def rows(self):
        return read_clusters(self.folder / "parquet").to_pylist()

    @property
    def summary(self):
        return read_cluster_summary(self.folder / "summary").to_pylist()

    @property
    def counts(self):
        return json.loads((self.folder / "counts").read_text())


@pytest.fixture
def run(tmp_path):
    """Six reads (three pairs) in three pieces."""
    bam = write_bam(tmp_path / "r.bam", genome_reads(6, 100, 0, 1), paired=True, unit="s.u")
    pieces = some_pieces(reads_fingerprint=reads_fingerprint(load_reads([bam])))
    write_pieces(tmp_path / "pieces.h5", pieces, {})
    return Run(tmp_path, [bam], tmp_path / "pieces.h5")


def connect(run, table, *options, fingerprint=None):
    """Run the method connected_components with alignments; return its exit code."""
    source = run.folder / "alignments"
    of_reads = fingerprint or reads_fingerprint(load_reads(run.bams))
    write_alignments(source, [table], Provenance({}, "f", of_reads))
    rule = ("--min-identity=0.97", "--min-overlap-bp=60", "--max-overhang-bp=10")
    return run("connected_components", f"--alignments={source}", *rule, *options)


def test_tables_and_counts_of_components(run):
    table = alignments({"read_a": 1, "read_b": 4}, {"read_a": 4, "read_b": 5}, {"identity": 0.5})
    assert connect(run, table) == 0
    rows = run.rows
    assert [row["read_id"] for row in rows] == ["r0/1", "r0/2", "r1/1", "r1/2", "r2/1", "r2/2"]
    assert [row["cluster"] for row in rows] == [2, 1, 3, 4, 1, 1]
    assert [row["piece"] for row in rows] == [0, 0, 1, 0, 1, 2]
    assert {(row["sample"], row["unit"]) for row in rows} == {("s", "u")}
    assert {(row["confidence"], row["status"], row["strain"]) for row in rows} == {(1, "placed", 0)}
    lines = [line.split("\t") for line in (run.folder / "tsv").read_text().splitlines()]
    assert lines[0] == list(rows[0])
    assert lines[2] == ["1", "r0/2", "s", "u", "1", "0", "1", "0", "placed", "0", ""]
    assert [line[4] for line in lines[1:]] == [str(row["cluster"]) for row in rows]
    flows = run.counts["flows"]
    assert flows[0] == {"what": "reads", "in": 6, "out": 6, "dropped": {}}
    assert (flows[1]["what"], flows[1]["in"], flows[1]["out"]) == ("alignments", 3, 2)
    assert run.counts["details"] == {
        "clusters": 4,
        "clusters of one read": 3,
        "largest cluster": 3,
        "reads: placed": 6,
        "reads: shared sequence": 0,
        "reads: low confidence": 0,
        "reads: no cluster": 0,
    }
    first = run.summary[0]
    assert (first["cluster"], first["reads"], first["placed_reads"]) == (1, 3, 3)
    assert (first["bases"], first["confidence"], first["reads_s"]) == (300, 1, 3)
    assert (first["name"], first["genome_size_bp"]) == ("", None)


def test_mates_share_a_component_if_asked(run):
    assert connect(run, alignments({"read_a": 1, "read_b": 4}), "--join-mates") == 0
    assert [row["cluster"] for row in run.rows] == [1, 1, 2, 2, 1, 1]


def test_no_alignments(run):
    assert connect(run, alignments()) == 0
    assert [row["reads"] for row in run.summary] == [1] * 6


def test_alignments_of_other_reads_are_refused(run, capsys):
    assert connect(run, alignments({}), fingerprint="0" * 64) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"alignments:reads_fingerprint: found {'0' * 64}, expected that of the" in said
    assert not any((run.folder / name).exists() for name in OUTPUTS)


def test_pieces_of_other_reads_are_refused(run, capsys):
    write_pieces(run.pieces, some_pieces(), {})
    assert run.of_genomes() == 1
    assert "pieces.h5:reads_fingerprint: found cdcd" in capsys.readouterr().err
    assert not any((run.folder / name).exists() for name in OUTPUTS)


def test_options_of_the_method_are_required(run, capsys):
    with pytest.raises(SystemExit) as caught:
        run("connected_components", "--min-identity=0.9")
    assert caught.value.code == 2
    expected = "connected_components requires --alignments, --min-overlap-bp, --max-overhang-bp"
    assert expected in capsys.readouterr().err


@pytest.fixture(scope="module")
def community(tmp_path_factory):
    """Two samples of three genomes, and the stage's output."""
    folder = tmp_path_factory.mktemp("community")
    genomes = [random_genome(90_000, gc, seed) for seed, gc in enumerate(DIFFERENT_GC)]
    written = write_community(folder, genomes, [[4, 6, 2], [5, 0, 8]])
    run = Run(folder, written.bams, written.pieces_file)
    assert run.of_genomes() == 0
    return run, written


def test_each_genome_is_a_cluster(community):
    run, written = community
    rows = pd.DataFrame(run.rows)
    table = pd.crosstab(rows["cluster"], written.genome)
    assert sorted(table.index) == [1, 2, 3]
    assert ((table > 0).sum() == 1).all()
    assert table.sum(axis=1).is_monotonic_decreasing
    assert set(rows["status"]) == {"placed"}
    assert (rows["piece"] == written.pieces.piece).all()
    assert rows["sample"].unique().tolist() == ["s0", "s1"]


def test_summary_of_genomes(community):
    run, written = community
    summary = pd.DataFrame(run.summary)
    rows = pd.DataFrame(run.rows)
    assert summary["reads"].tolist() == rows["cluster"].value_counts().sort_index().tolist()
    assert summary["name"].is_unique
    assert summary["name"].str.fullmatch("c[0-9a-z]{8}").all()
    genome = [written.genome[rows["cluster"] == number][0] for number in summary["cluster"]]
    for row, number in zip(run.summary, genome, strict=True):
        assert row["gc"] == pytest.approx(DIFFERENT_GC[number], abs=0.02)
        assert row["genome_size_bp"] == pytest.approx(90_000, rel=0.1)
        depths = ([4, 6, 2][number], [5, 0, 8][number])
        assert row["depth"] == pytest.approx(sum(depths), rel=0.15)
        assert (row["depth_s0"], row["depth_s1"]) == pytest.approx(depths, rel=0.15)
        assert row["reads_s0"] + row["reads_s1"] == row["reads"]
        assert row["confidence"] > 0.95
        longest = [part.split(":") for part in row["longest_pieces"].split(",")]
        assert [written.pieces.span[int(piece)] for piece, _ in longest] == [
            int(span) for _, span in longest
        ]


def test_table_of_pieces(community):
    run, written = community
    table = pd.read_parquet(run.folder / "piece-table")
    pieces = written.pieces
    assert table["piece"].tolist() == list(range(len(pieces)))
    assert table["reads"].tolist() == pieces.n_reads.tolist()
    np.testing.assert_allclose(table["depth"], pieces.depth, rtol=1e-6)
    np.testing.assert_allclose(table["depth_s0"] + table["depth_s1"], pieces.depth, rtol=1e-5)
    rows = pd.DataFrame(run.rows)
    assert (table["cluster"].to_numpy()[rows["piece"]] == rows["cluster"]).all()
    assert run.counts["flows"][1]["in"] == len(pieces)


def test_same_output_each_time_and_from_a_learned_metric(community, tmp_path):
    run, written = community
    again = Run(tmp_path, written.bams, written.pieces_file)
    assert again.of_genomes() == 0
    for name in ("parquet", "tsv", "summary", "piece-table", "learned-embedding"):
        assert (tmp_path / name).read_bytes() == (run.folder / name).read_bytes(), name
    learned = run.folder / "learned-embedding"
    assert again.of_genomes(f"--start-embedding={learned}") == 0
    assert len({row["cluster"] for row in again.rows}) == 3


def test_short_pieces_are_clusters_if_there_are_no_longer_ones(run):
    """Piece 0 has reads of two fragments, piece 1 of one, piece 2 is shared."""
    assert run.of_genomes() == 0
    rows = run.rows
    assert [row["cluster"] for row in rows] == [1, 1, 0, 1, 0, 0]
    assert {row["confidence"] for row in rows if row["cluster"]} == {np.float32(0.99)}
    unplaced = [row["status"] for row in rows if not row["cluster"]]
    assert unplaced == ["no cluster"] * 2 + ["shared sequence"]
    assert len(run.summary) == 1
    table = pd.read_parquet(run.folder / "piece-table")
    assert table["copy_number"].tolist() == [1, 0, 0]
    assert run.counts["details"]["clusters"] == 1
    assert (run.folder / "tsv").read_text().count("\n") == 7


def test_everything_shared(tmp_path):
    genomes = [random_genome(20_000, 0.5, 1)]
    written = write_community(tmp_path, genomes, [[5]], shared=[0])
    shared = Run(tmp_path, written.bams, written.pieces_file)
    assert shared.of_genomes() == 0
    assert {row["status"] for row in shared.rows} <= {"placed", "shared sequence"}


@pytest.mark.parametrize("n_reads", [0, 1])
def test_hardly_any_reads(tmp_path, n_reads):
    reads = genome_reads(n_reads, 100, 0, 1)
    bam = write_bam(tmp_path / "r.bam", reads, paired=False)
    names = ("piece", "position", "is_forward", "is_shared", "span", "bases", "is_shared_piece")
    changes = {name: np.zeros(n_reads, getattr(some_pieces(), name).dtype) for name in names}
    changes |= {
        name: getattr(some_pieces(), name)[:0]
        for name in vars(some_pieces())
        if name.startswith(("contact_", "link_"))
    }
    changes["span"][:] = changes["bases"][:] = 100
    changes["consensus"] = np.zeros(100 * n_reads, np.uint8)
    fingerprint = reads_fingerprint(load_reads([bam]))
    write_pieces(tmp_path / "p.h5", some_pieces(**changes, reads_fingerprint=fingerprint), {})
    few = Run(tmp_path, [bam], tmp_path / "p.h5")
    assert few.of_genomes() == 0
    assert [row["status"] for row in few.rows] == ["no cluster"] * n_reads
    assert connect(few, alignments()) == 0
    assert [row["cluster"] for row in few.rows] == [1] * n_reads
