"""Settings, units and functions that all rules share; the logic is in the modules imported."""

import json
import sys
from pathlib import Path

from rules.check_arguments import bridge_arguments, cluster_arguments
from rules.paths import (
    ALIGNED_BAM,
    ASSEMBLED_CLUSTERS,
    ASSEMBLIES,
    CLUSTERS,
    CLUSTER_GRAPH,
    CLUSTER_NAMES,
    CLUSTER_SUMMARY,
    EXPORTED_CLUSTERS,
    GENOME_RESULTS,
    LIST_TEMPLATE,
    SEARCH_HITS,
    SEARCH_RESULTS,
    TRUTH_COMPARISON,
    UNALIGNED_BAM,
    per_unit,
    reported_benchmarks,
    reported_counts,
)
from rules.programs import (
    escape_interpreter_path,
    launch_command,
    stop_without_folders,
    use_own_programs,
)
from rules.resources.model import megabytes
from rules.resources.requests import largest_requests, resource_functions
from rules.settings.mistakes import Diagnosis
from rules.settings.schema import READS
from rules.settings.settings import settings_or_exit
from rules.slurm_guard.claims import enter_job
from rules.slurm_guard.runs import prepare_for_slurm
from rules.snakemake_command import parse_command, profile_file
from rules.stage_arguments import (
    clustering_arguments,
    clustering_files,
    counted_stages,
    database_argument,
    embed_arguments,
    layout_arguments,
    mask_argument,
    naming_arguments,
    profile_argument,
    read_group_arguments,
    report_arguments,
    search_arguments,
    unit_and_files,
)
from rules.stage_code import files_of

use_own_programs()
escape_interpreter_path()
command = parse_command(sys.argv)
if workflow.is_main_process and command.starts_jobs:
    stop_without_folders()
settings = settings_or_exit(
    config,
    workflow.configfiles,
    probe_files=workflow.is_main_process and command.needs_input,
)
config = settings.config
clusters_are_genomes = config["cluster"]["method"] == "genomes"
units = {unit.name: unit for unit in settings.units}
slurm_records = Path(workflow.pathvars.apply("<work>/slurm"))
if workflow.is_main_process:
    prepare_for_slurm(slurm_records, command.text, command.starts_jobs)
elif code_before_commands := enter_job(slurm_records, command.attempt):
    shell.prefix(code_before_commands)


wildcard_constraints:
    sample="[A-Za-z0-9_-]+",
    unit="[A-Za-z0-9_-]+",


def code_of(command_file):
    """Return the files of a stage's code; ``local`` exempts them from any storage provider."""
    return [local(path) for path in files_of(command_file)]


def resources_of(stage):
    """Return the ``resources:`` of a stage's rule, as the list of stages defines them."""
    return resource_functions(workflow, stage)


def threads_of(stage):
    """Return the ``threads:`` of a stage's rule, which depend on the size of its input."""
    return lambda wildcards, input: STAGES[stage].resources.threads(megabytes(input))


def work_folder(name):
    """Return a folder for a stage's own use; Snakemake does not replace pathvars in ``params:``."""
    return workflow.pathvars.apply(f"<work>/{name}")


def memory_file(stage):
    """Return the file in which a stage on several nodes writes the memory that it used."""
    return workflow.pathvars.apply(f"<benchmarks>/{stage}/{stage}.memory.json")


def literal(value):
    """Return a value for ``params:`` in which Snakemake does not replace names in braces."""
    return lambda wildcards: value


def of_all_units(pattern):
    """Return one path per unit, in sheet order."""
    return per_unit(pattern, units.values())


# Functions, so that a job does not spend time on the inputs of other rules.
def all_unaligned_bams(wildcards):
    """Return the unaligned BAM files of all units."""
    return of_all_units(UNALIGNED_BAM)


def all_reported_counts(wildcards):
    """Return all counts files that the report reads."""
    return reported_counts(config, units.values())


def expanded(paths):
    """Return paths with the values of pathvars, which Snakemake does not replace in ``params:``."""
    return [workflow.pathvars.apply(path) for path in paths]


def list_of(name):
    """Return the file that lists paths, one per line: ``bams``, ``counts`` and others."""
    return f"<work>/lists/{name}.txt"


def unit_of(wildcards):
    """Return the unit of a job."""
    return units[f"{wildcards.sample}.{wildcards.unit}"]


def required(*key, expected, what_to_do):
    """Return a function for ``params:`` and inputs: a setting, or exit with a message if null."""

    def value(wildcards):
        section, name = key
        if config[section][name] is None:
            settings.stop_at(key, Diagnosis("nothing (null)", expected, what_to_do))
        return config[section][name]

    return value


export_format = required(
    "cluster", "export", expected="fastq or bam", what_to_do="write one of them"
)
assembler = required(
    "cluster", "assemble", expected="megahit or spades", what_to_do="write one of them"
)
graph_cluster = required(
    "cluster", "graph", expected="the number of a cluster", what_to_do="write it"
)
known_sequences = required(
    "cluster", "names", expected="a FASTA file of known sequences", what_to_do="write its path"
)
search_query = required(
    "search", "query", expected="a FASTA or FASTQ file to search for", what_to_do="write its path"
)


def search_database(wildcards):
    """Return what search_reads searches: the reads of all units, or the file of a database."""
    database = config["search"]["database"]
    return of_all_units(UNALIGNED_BAM) if database == READS else database


def arguments_of_check(wildcards):
    """Return the arguments of check: the profile and the use of the cluster."""
    fastq_mb = megabytes(path for unit in units.values() for path in unit.fastq_files)
    requests = largest_requests(workflow, fastq_mb)
    of_profile = profile_argument(profile_file(command.profile))
    return f"{of_profile} {cluster_arguments(workflow, requests)} {bridge_arguments(workflow)}"
