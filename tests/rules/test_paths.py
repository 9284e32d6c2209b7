"""Paths of the report's inputs."""

from rules.paths import UNALIGNED_BAM, per_unit, reported_benchmarks, reported_counts
from rules.settings.sample_sheet import Unit

UNITS = [
    Unit(
        sample="a",
        unit=name,
        fastq_1=f"{name}.fq",
        fastq_2=None,
        platform="ILLUMINA",
        dna_library="a",
    )
    for name in ("lane2", "lane1")
]
CONFIG = {
    "reference": None,
    "truth": None,
    "search": {"query": None},
    "cluster": {"export": None, "assemble": None, "graph": None, "names": None},
}


def test_one_path_per_unit_in_sheet_order():
    assert per_unit(UNALIGNED_BAM, UNITS) == [
        "<results>/bam/a.lane2.unaligned.bam",
        "<results>/bam/a.lane1.unaligned.bam",
    ]


def test_counts_of_a_run():
    assert reported_counts(CONFIG, UNITS) == [
        "<work>/counts/trim_reads/a.lane2.json",
        "<work>/counts/trim_reads/a.lane1.json",
        "<work>/counts/convert_fastq_to_bam/a.lane2.json",
        "<work>/counts/convert_fastq_to_bam/a.lane1.json",
        "<work>/counts/embed_reads.json",
        "<work>/counts/find_pairs.json",
        "<work>/counts/align_pairs.json",
        "<work>/counts/join_reads.json",
        "<work>/counts/cluster_reads.json",
    ]
    with_search = reported_counts(CONFIG | {"search": {"query": "q.fa"}}, UNITS)
    assert with_search[-1] == "<work>/counts/search_reads.json"


def test_benchmarks_of_a_run():
    benchmarks = reported_benchmarks(CONFIG, UNITS)
    assert benchmarks[0] == "<benchmarks>/trim_reads/a.lane2.tsv"
    assert benchmarks[-1] == "<benchmarks>/cluster_reads/cluster_reads.tsv"
    assert len(benchmarks) == 9
