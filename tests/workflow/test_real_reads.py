"""Runs on real reads: E. coli K-12 MG1655, Illumina, from Debian's spades package.

As truth serves the mapping by minimap2, an independent tool, to the genome in Debian's
ragout-examples. tests/data/README.md describes the origin of the reads.
"""

import gzip
import json
import os
from pathlib import Path

import dnaio
import mappy
import pyarrow.parquet as pq
import pysam
import pytest

pytestmark = pytest.mark.slow

SPADES = Path("/usr/share/spades")
GENOME = Path("/usr/share/doc/ragout/examples/E.Coli/references/MG1655-K12.fasta.gz")
BOWTIE2 = Path("/usr/share/doc/bowtie2/examples")


def need(*paths: Path) -> None:
    """Skip without the packages that contain the reads, or fail if they are required."""
    missing = [str(path) for path in paths if not path.exists()]
    if missing and os.environ.get("READKIN_REQUIRE_READS"):
        pytest.fail(f"missing {missing}: install spades, ragout-examples and bowtie2-examples")
    if missing:
        pytest.skip(f"no {missing[0]}: packages spades, ragout-examples, bowtie2-examples")


def write_truth(path: Path, fastq_files: list[Path]) -> int:
    """Write a truth table from primary hits of minimap2; return the number of mapped reads."""
    aligner = mappy.Aligner(str(GENOME), preset="sr")
    mapped = 0
    with gzip.open(path, "wt") as table:
        table.write("read_id\tgenome\tstart\tend\tstrand\n")
        for mate, fastq in enumerate(fastq_files, start=1):
            with dnaio.open(fastq) as reader:
                for record in reader:
                    name = record.name.split()[0].removesuffix(f"/{mate}")
                    hit = next((h for h in aligner.map(record.sequence) if h.is_primary), None)
                    position = (0, len(record), "+")
                    if hit:
                        position = (hit.r_st, hit.r_en, "+" if hit.strand > 0 else "-")
                    genome = hit.ctg.replace("|", "_") if hit else f"none_{name}"
                    table.write(
                        f"{name}/{mate}\t{genome}\t{position[0]}\t{position[1]}\t{position[2]}\n"
                    )
                    mapped += hit is not None
    return mapped


def run_on(clone, fastq_files: list[Path], **settings) -> None:
    """Run the workflow on one unit of real reads."""
    sheet = clone.folder / "real.tsv"
    sheet.write_text("sample\tunit\tfastq_1\tfastq_2\nreal\t7\t" + "\t".join(map(str, fastq_files)))
    options = {"samples": "real.tsv", "truth": "null"} | settings
    clone.snakemake("--cores", "2", "--config", *(f"{k}={v}" for k, v in options.items()))


def test_reads_of_ten_kilobases_form_one_cluster(spare_clone):
    folder = SPADES / "test_dataset_truspades"
    fastq_files = [folder / "A_R1.fastq.gz", folder / "A_R2.fastq.gz"]
    need(*fastq_files, GENOME)
    assert write_truth(spare_clone.folder / "truth.tsv.gz", fastq_files) > 0.98 * 2002
    run_on(spare_clone, fastq_files, truth="truth.tsv.gz", align="{paf: true}")
    results = spare_clone.folder / "results"
    with gzip.open(results / "alignments.paf.gz", "rt") as paf:
        assert sum(1 for _ in paf) == len(pq.read_table(results / "alignments"))
    comparison = json.loads((results / "truth_comparison.json").read_text())
    assert comparison["kin_pairs"]["recall"] > 0.99
    assert comparison["kin_pairs"]["precision"] > 0.99
    # One genome, 18-fold: nearly all reads in one cluster.
    (ecoli,) = [g for g in comparison["clusters"]["genomes"] if not g["genome"].startswith("none")]
    assert ecoli["largest_cluster_share"] > 0.95


def test_very_deep_reads_of_one_kilobase(spare_clone):
    """At 354-fold depth most k-mers are in more reads than the bucket cap allows by default."""
    folder = SPADES / "test_dataset"
    fastq_files = [folder / f"ecoli_1K_{mate}.fq.gz" for mate in (1, 2)]
    need(*fastq_files)
    run_on(spare_clone, fastq_files, pairs="{max_bucket_size: 1000}")
    counts = json.loads((spare_clone.folder / "work" / "counts" / "cluster_reads.json").read_text())
    reads = counts["flows"][0]["in"]
    assert reads > 3000
    assert counts["details"]["largest cluster"] > 0.99 * reads


def test_reference_gives_the_same_reads_mapped(spare_clone):
    """bowtie2-examples: simulated reads of phage lambda with many errors, and its genome."""
    fastq_files = [BOWTIE2 / "reads" / f"reads_{mate}.fq.gz" for mate in (1, 2)]
    reference = BOWTIE2 / "reference" / "lambda_virus.fa.gz"
    need(*fastq_files, reference)
    run_on(spare_clone, fastq_files, reference=reference)
    bams = spare_clone.folder / "results" / "bam"
    with pysam.AlignmentFile(str(bams / "real.7.unaligned.bam"), check_sq=False) as bam:
        unaligned = {(r.query_name, r.is_read2): r.get_forward_sequence() for r in bam}
    with pysam.AlignmentFile(str(bams / "real.7.aligned.bam")) as bam:
        records = list(bam)
        assert bam.has_index()
        assert [r.reference_start for r in records if r.is_mapped] == sorted(
            r.reference_start for r in records if r.is_mapped
        )
    aligned = {(r.query_name, r.is_read2): r.get_forward_sequence() for r in records}
    assert aligned == unaligned
    assert sum(r.is_mapped for r in records) > 0.95 * len(records)
