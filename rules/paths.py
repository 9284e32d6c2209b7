"""Paths of the files that rules exchange; Snakemake fills in `<work>`, `<results>` and so on."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from readkin.kernels import cache_folder
from rules.settings.sample_sheet import Unit
from rules.stage_code import digest_of
from rules.stages import reported_stages

LIST_TEMPLATE = os.path.relpath(Path(__file__).with_name("list.jinja2"))
UNALIGNED_BAM = "<results>/bam/{sample}.{unit}.unaligned.bam"
SPLIT_INDEX = f"{UNALIGNED_BAM}.sbi"
ALIGNED_BAM = "<results>/bam/{sample}.{unit}.aligned.bam"
CLUSTERS = "<results>/clusters.parquet"
ALIGNMENTS_AS_PAF = "<results>/alignments.paf.gz"
CLUSTER_SUMMARY = "<results>/cluster_summary.tsv"
EXPORTED_CLUSTERS = "<results>/clusters"
ASSEMBLED_CLUSTERS = "<results>/assemblies"
ASSEMBLIES = "<results>/assemblies.tsv"
GENOME_RESULTS = {
    "piece_table": "<results>/pieces.parquet",
    "learned_embedding": "<results>/learned_embedding.h5",
}
"""Further results of the method genomes."""
CLUSTER_GRAPH = "<results>/cluster.graphml"
CLUSTER_NAMES = "<results>/cluster_names.tsv"
PUBLICATION = "<work>/published.json"
"""Copy of the manifest of the published results."""
TRUTH_COMPARISON = "<results>/truth_comparison.json"
COMPILED_KERNELS = f"{cache_folder()}/{{kernels}}-{digest_of('compile_kernels.py')[:16]}.compiled"
"""Beside the kernels, so that each version is compiled once, whatever the working directory."""
SEARCH_HITS = "<results>/search.parquet"
SEARCH_RESULTS = [SEARCH_HITS, "<results>/search.paf.gz", "<results>/search.blast6.tsv"]


def per_unit(pattern: str, units: Iterable[Unit]) -> list[str]:
    """Return ``pattern`` with sample and unit filled in, for each unit in sheet order."""
    return [pattern.replace("{sample}", unit.sample).replace("{unit}", unit.unit) for unit in units]


def reported_counts(config: Mapping[str, Any], units: Iterable[Unit]) -> list[str]:
    """Return the counts files that the report reads, in the order of the stages."""
    return _of_reported_jobs(config, list(units), "<work>/counts/{stage}{job}.json", "")


def reported_benchmarks(config: Mapping[str, Any], units: Iterable[Unit]) -> list[str]:
    """Return the benchmark tables that the report reads, in the order of the stages."""
    pattern = "<benchmarks>/{stage}{job}.tsv"
    return _of_reported_jobs(config, list(units), pattern, "/{stage}")


def _of_reported_jobs(
    config: Mapping[str, Any], units: list[Unit], pattern: str, job_per_run: str
) -> list[str]:
    paths = []
    for stage in reported_stages(config):
        job = "/{sample}.{unit}" if stage.is_per_unit else job_per_run
        path = pattern.replace("{job}", job).replace("{stage}", stage.name)
        paths += per_unit(path, units) if stage.is_per_unit else [path]
    return paths
