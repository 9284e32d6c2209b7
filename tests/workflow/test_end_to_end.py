"""A run of the demo: products, counts, comparison with the truth, and files left behind."""

import gzip
import json
import re

import h5py
import pandas as pd
import pyarrow.parquet as pq
import pysam
import pytest

from support.assembler_programs import need_assembler
from support.clone import PARTS
from support.repository import REPOSITORY
from support.same_content import differing_files

pytestmark = pytest.mark.slow

UNITS = ("day1.lane1", "day8.lane1")
STRAINS = ("h_pylori_g27", "h_pylori_sjm180")


def counts_of(run, stage):
    return json.loads((run.folder / "work" / "counts" / f"{stage}.json").read_text())


def test_all_products_exist_and_open(finished_run):
    results = finished_run.folder / "results"
    assert (results / "report.html").stat().st_size > 10_000
    with h5py.File(results / "embeddings.h5") as embeddings:
        n_reads = len(embeddings["vectors"])
    with h5py.File(results / "pairs.h5") as pairs:
        assert (pairs["read_a"][:] < pairs["read_b"][:]).all()
        n_pairs = len(pairs["read_a"])
    alignments = pq.read_table(results / "alignments")
    assert len(alignments) > 0
    assert not list(results.glob("*.paf.gz"))  # only on request
    clusters = pq.read_table(results / "clusters.parquet")
    n_bam = 0
    for unit in UNITS:
        path = str(results / "bam" / f"{unit}.unaligned.bam")
        with pysam.AlignmentFile(path, check_sq=False) as bam:
            n_bam += bam.nocoordinate
    assert len(clusters) == n_reads == n_bam
    assert 0 < len(alignments) < n_pairs


def test_nothing_vanishes(finished_run):
    flows = {
        stage: {flow["what"]: flow for flow in counts_of(finished_run, stage)["flows"]}
        for stage in ("embed_reads", "find_pairs", "align_pairs", "join_reads", "cluster_reads")
    }
    trimmed = [counts_of(finished_run, f"trim_reads/{unit}")["flows"][0] for unit in UNITS]
    written = [
        counts_of(finished_run, f"convert_fastq_to_bam/{unit}")["flows"][0] for unit in UNITS
    ]
    with gzip.open(finished_run.folder / "demo" / "truth.tsv.gz", "rt") as truth:
        assert sum(flow["in"] for flow in trimmed) == sum(1 for _ in truth) - 1
    assert [flow["out"] for flow in trimmed] == [flow["in"] for flow in written]
    assert sum(flow["out"] for flow in written) == flows["embed_reads"]["reads"]["in"]
    assert flows["find_pairs"]["pairs"]["out"] == flows["align_pairs"]["pairs"]["in"]
    assert flows["align_pairs"]["pairs"]["out"] == flows["join_reads"]["kin pairs"]["in"]
    assert flows["embed_reads"]["reads"]["out"] == flows["join_reads"]["reads"]["in"]
    assert flows["join_reads"]["reads"]["out"] == flows["cluster_reads"]["reads"]["out"]


@pytest.fixture(scope="module")
def comparison(finished_run):
    """The comparison of the demo with its truth."""
    path = finished_run.folder / "results" / "truth_comparison.json"
    return json.loads(path.read_text())


def test_pairs_agree_with_the_truth(comparison):
    assert comparison["kin_pairs"]["recall"] > 0.99
    assert comparison["kin_pairs"]["precision"] > 0.8
    # Most wrong pairs are between the two strains.
    wrong = {tuple(row["genomes"]): row["pairs"] for row in comparison["kin_pairs"]["wrong"]}
    assert wrong.pop(STRAINS) > 5 * sum(wrong.values())


def test_each_species_is_one_cluster(comparison):
    """All reads count, each by its most probable cluster, placed or not."""
    clusters = comparison["clusters"]
    assert clusters["clusters"] == 5
    rows = {row["genome"]: row for row in clusters["genomes"]}
    assert all(row["largest_cluster_share"] > 0.96 for row in rows.values())
    strains = [rows.pop(strain) for strain in STRAINS]
    assert {row["largest_cluster"] for row in strains} == {1}
    assert {row["largest_cluster"] for row in rows.values()} == {2, 3, 4, 5}
    assert sum(row["largest_cluster_purity"] for row in strains) > 0.98
    assert all(row["largest_cluster_purity"] > 0.9 for row in rows.values())


def test_the_strains_are_told_apart(comparison):
    strains = comparison["clusters"]["strains"]
    assert strains["recovered_half"] == comparison["clusters"]["genomes_present"] == 6
    assert strains["v_measure"] > 0.92
    assert strains["adjusted_rand"] > 0.94


def test_nearly_all_reads_are_placed(comparison):
    placed = next(
        row for row in comparison["clusters"]["by_confidence"] if row["min_confidence"] == 0.8
    )
    assert placed["share_placed"] > 0.97
    assert placed["v_measure"] > comparison["clusters"]["v_measure"]


def test_readme_shows_these_clusters(finished_run):
    """The table of the demo, to three percentage points."""
    clusters = pq.read_table(finished_run.folder / "results" / "clusters.parquet").to_pandas()
    truth = pd.read_csv(finished_run.folder / "demo" / "truth.tsv.gz", sep="\t")
    reads = clusters.merge(truth, on="read_id", validate="one_to_one")
    row = re.compile(
        r"\| (\d)(?:, strain (\d))? \| \*([^|]*) \| [\d.]+ \| [\d.]+ \| (\d+) % \| (\d+) % \|"
    )
    rows = row.findall((REPOSITORY / "README.md").read_text())
    assert len(rows) == reads["genome"].nunique() == 6
    for cluster, strain, organism, of_its_reads, of_others in rows:
        inside = (reads["cluster"] == int(cluster)) & (reads["strain"] == int(strain or 0))
        genus, species, *name = organism.replace("*", "").lower().split()
        is_its = reads["genome"] == "_".join([genus[0], species, *name])
        assert 100 * (inside & is_its).sum() / is_its.sum() == pytest.approx(
            int(of_its_reads), abs=3
        )
        assert 100 * (inside & ~is_its).sum() / inside.sum() == pytest.approx(int(of_others), abs=3)


def test_no_partial_file_is_left(finished_run):
    folders = [finished_run.folder / name for name in ("results", "work")]
    left = [path for folder in folders for path in folder.rglob("*partial*")]
    assert left == []
    made = {path.name for path in finished_run.folder.iterdir() if path.suffix != ".py"}
    folders = {"results", "work", "logs", "benchmarks", "demo", ".snakemake"}
    assert made - {*PARTS, ".numba_cache", "run.html"} == folders


def test_findings_are_five_lines(finished_run):
    lines = (finished_run.folder / "results" / "findings.txt").read_text().splitlines()
    assert len(lines) >= 5


def test_snakemake_report_works(finished_run):
    finished_run.snakemake("--report", "run.html")
    assert (finished_run.folder / "run.html").stat().st_size > 10_000


def test_one_core_gives_the_same_content(finished_run, spare_clone):
    """One Ray worker and one rank instead of two of each."""
    spare_clone.simulate_demo()
    spare_clone.snakemake("--cores", "1")
    ours, theirs = (run.folder / "results" for run in (finished_run, spare_clone))
    assert differing_files(ours, theirs) == []


def test_exported_reads_are_those_of_the_clusters(finished_run):
    """Mates stay together, and each read that is written is in one file, once."""
    config = "cluster={export: fastq, export_min_reads: 2}"
    finished_run.snakemake("--cores", "2", "export_clusters", "--config", config)
    [flow] = counts_of(finished_run, "export_clusters")["flows"]
    folder = finished_run.folder / "results" / "clusters"
    names = []
    for first in sorted(folder.glob("*_R1.fastq.gz")):
        with gzip.open(first, "rt") as file:
            own = file.read().splitlines()[::4]
        with gzip.open(str(first).replace("_R1", "_R2"), "rt") as file:
            assert file.read().splitlines()[::4] == own
        names += own
    assert len(set(names)) == len(names)
    assert 2 * len(names) == flow["out"]
    clusters = pq.read_table(finished_run.folder / "results" / "clusters.parquet")
    ids = {name[1:] for name in names}
    placed = [row for row in clusters.to_pylist() if row["status"] == "placed"]
    assert {row["read_id"].split("/")[0] for row in placed} >= ids


def test_large_clusters_are_assembled(finished_run):
    need_assembler("megahit")
    config = "cluster={assemble: megahit, export_min_reads: 20000}"
    finished_run.snakemake("--cores", "2", "assemble_clusters", "--config", config)
    results = finished_run.folder / "results"
    table = pd.read_csv(results / "assemblies.tsv", sep="\t")
    is_large = table["reads"] >= 20_000
    assert is_large.sum() >= 2
    assert (table["reason"].isna() == is_large).all()
    names = {path.name for path in (results / "assemblies").glob("*.fasta.gz")}
    large = table[is_large]
    assert names == {f"cluster_{r.cluster}.{r.name}.contigs.fasta.gz" for r in large.itertuples()}
    [flow] = counts_of(finished_run, "assemble_clusters")["flows"]
    assert (flow["in"], flow["out"]) == (len(table), len(large))
    depth = pd.read_csv(results / "cluster_summary.tsv", sep="\t")["depth"]
    deepest = table.loc[depth.idxmax()]
    assert deepest["n50_bp"] > 20_000
