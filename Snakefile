# readkin: which reads are kin? See README.md; settings: config/config.yaml; one rule per stage.
import sys

from rules.cluster_checks import stop_without_partitions
from rules.failure_digest import failure_digest
from rules.right_sizing import asked_and_used
from rules.settings import exit_if_unreadable
from snakemake.utils import min_version

min_version("9.27")
exit_if_unreadable("config/config.yaml")


configfile: "config/config.yaml"


pathvars:
    work="work",


include: "rules/common.smk"
include: "rules/trim_reads.smk"
include: "rules/convert_fastq_to_bam.smk"
include: "rules/map_to_reference.smk"
include: "rules/embed_reads.smk"
include: "rules/find_pairs.smk"
include: "rules/align_pairs.smk"
include: "rules/cluster_reads.smk"
include: "rules/search_reads.smk"
include: "rules/compare_with_truth.smk"
include: "rules/write_report.smk"
include: "rules/check.smk"


localrules:
    all,
    trimmed_reads,
    bam_files,
    mapped_reads,
    search,


rule all:
    """Everything: report, clusters, alignments (the default)."""
    default_target: True
    input:
        "<results>/report.html",
        "<results>/alignments.paf.gz",
        "<results>/clusters.tsv",
        branch(config["reference"], then=of_all_units(ALIGNED_BAM), otherwise=[]),
        branch(config["search"]["query"], then=SEARCH_RESULTS, otherwise=[]),


rule trimmed_reads:
    """Trim all units: stage trim_reads."""
    input:
        of_all_units("<work>/trimmed/{sample}.{unit}.fastq.gz"),


rule bam_files:
    """Write all units as unaligned BAM: stage convert_fastq_to_bam."""
    input:
        of_all_units(UNALIGNED_BAM),


rule mapped_reads:
    """Map all units to `reference:`: stage map_to_reference."""
    input:
        of_all_units(ALIGNED_BAM),


rule search:
    """Search for `search: query` in the reads or a database: stage search_reads."""
    input:
        SEARCH_RESULTS,


onstart:
    if workflow.is_main_process and workflow.executor_plugin.name == "slurm":
        stop_without_partitions(workflow.dag.needrun_jobs(), sys.argv)


onsuccess:
    if workflow.is_main_process and workflow.executor_plugin.name == "slurm":
        print(asked_and_used(workflow.pathvars.apply("<benchmarks>")))


onerror:
    print(failure_digest(log, sys.argv))
