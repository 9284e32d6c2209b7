"""A complete run: products, counts, comparison with the truth, and files left behind."""

import gzip
import json

import h5py
import pyarrow.parquet as pq
import pysam
import pytest

from support.clone import PARTS
from support.same_content import differing_files

pytestmark = pytest.mark.slow


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
    alignments = pq.read_table(results / "alignments.parquet")
    with gzip.open(results / "alignments.paf.gz", "rt") as paf:
        assert sum(1 for _ in paf) == len(alignments)
    clusters = pq.read_table(results / "clusters.parquet")
    n_bam = 0
    for lane in ("lane1", "lane2"):
        path = str(results / "bam" / f"demo.{lane}.unaligned.bam")
        with pysam.AlignmentFile(path, check_sq=False) as bam:
            n_bam += bam.nocoordinate
    assert len(clusters) == n_reads == n_bam
    assert 0 < len(alignments) < n_pairs


def test_nothing_vanishes(finished_run):
    flows = {
        stage: {flow["what"]: flow for flow in counts_of(finished_run, stage)["flows"]}
        for stage in ("embed_reads", "find_pairs", "align_pairs", "join_reads", "cluster_reads")
    }
    lanes = ["demo.lane1", "demo.lane2"]
    trimmed = [counts_of(finished_run, f"trim_reads/{lane}")["flows"][0] for lane in lanes]
    written = [
        counts_of(finished_run, f"convert_fastq_to_bam/{lane}")["flows"][0] for lane in lanes
    ]
    assert sum(flow["in"] for flow in trimmed) == 6000
    assert [flow["out"] for flow in trimmed] == [flow["in"] for flow in written]
    assert sum(flow["out"] for flow in written) == flows["embed_reads"]["reads"]["in"]
    assert flows["find_pairs"]["pairs"]["out"] == flows["align_pairs"]["pairs"]["in"]
    assert flows["align_pairs"]["pairs"]["out"] == flows["join_reads"]["kin pairs"]["in"]
    assert flows["embed_reads"]["reads"]["out"] == flows["join_reads"]["reads"]["in"]
    assert flows["join_reads"]["reads"]["out"] == flows["cluster_reads"]["reads"]["out"]


def test_agrees_with_the_truth(finished_run):
    """At 2.7-fold depth of most genomes pairs are found, and clusters are parts of genomes."""
    path = finished_run.folder / "results" / "truth_comparison.json"
    comparison = json.loads(path.read_text())
    assert comparison["kin_pairs"]["recall"] > 0.995
    assert comparison["kin_pairs"]["precision"] > 0.85
    # Nearly all wrong pairs are between the two strains, which differ by 4.4 %.
    wrong = {tuple(row["genomes"]): row["pairs"] for row in comparison["kin_pairs"]["wrong"]}
    strains = wrong.pop(("h_pylori_g27", "h_pylori_sjm180"))
    assert sum(wrong.values()) < 0.01 * strains
    assert comparison["clusters"]["homogeneity"] > 0.8


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
    spare_clone.simulate(fragments=3000)
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
