"""Settings, units and functions that all rules share; the logic is in the modules imported."""

import json
import sys
from pathlib import Path

from readkin.kernels import cache_folder
from readkin.objects.settings import read_objects
from readkin.objects.uri import is_object, parse_uri
from rules.check_arguments import bridge_arguments, cluster_arguments
from rules.paths import (
    ALIGNED_BAM,
    ALIGNMENTS_AS_PAF,
    ASSEMBLED_CLUSTERS,
    ASSEMBLIES,
    CLUSTERS,
    CLUSTER_GRAPH,
    CLUSTER_NAMES,
    CLUSTER_SUMMARY,
    COMPILED_KERNELS,
    EXPORTED_CLUSTERS,
    GENOME_RESULTS,
    LIST_TEMPLATE,
    PUBLICATION,
    SEARCH_HITS,
    SEARCH_RESULTS,
    SPLIT_INDEX,
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
from rules.settings.check import lookup
from rules.settings.settings import FETCHED_FILES, exit_if_unsupported, settings_or_exit
from rules.slurm_guard.claims import enter_job
from rules.slurm_guard.runs import prepare_for_slurm
from rules.snakemake_command import parse_command, profile_file
from rules.stage_arguments import (
    clustering_arguments,
    clustering_files,
    counted_stages,
    database_arguments,
    embed_arguments,
    fastq_arguments,
    mask_argument,
    naming_arguments,
    paf_arguments,
    profile_argument,
    read_group_arguments,
    report_arguments,
    reported_settings,
    search_arguments,
    trimming_arguments,
    unit_and_files,
)
from rules.stage_code import files_of

exit_if_unsupported(cache_folder(), "READKIN_CACHE", "set it to another folder")
use_own_programs()
escape_interpreter_path()
command = parse_command(sys.argv)
if workflow.is_main_process and command.starts_jobs:
    stop_without_folders()
run_identity = Path(workflow.pathvars.apply("<work>/run_identity.txt"))
settings = settings_or_exit(
    config,
    workflow.configfiles,
    probe_files=workflow.is_main_process and command.needs_input,
    run=run_identity.read_text().strip() if run_identity.is_file() else "",
)
config = settings.config
clusters_are_genomes = config["cluster"]["method"] == "genomes"
units = {unit.name: unit for unit in settings.units}
objects_file = Path(workflow.pathvars.apply("<work>/objects.json"))
# Jobs do not ask the storage: they read what the main process has written before the first one.
objects = settings.objects if workflow.is_main_process else read_objects(objects_file)
job_records = Path(workflow.pathvars.apply("<work>/slurm"))
if workflow.is_main_process:
    prepare_for_slurm(job_records, command.text, command.starts_jobs)
elif code_before_commands := enter_job(job_records, command.attempt):
    shell.prefix(code_before_commands)


wildcard_constraints:
    sample="[A-Za-z0-9_-]+",
    unit="[A-Za-z0-9_-]+",


def code_of(command_file):
    """Return the files of a stage's code; ``local`` exempts them from any storage provider."""
    return [local(path) for path in files_of(command_file)]


def no_object_mb(wildcards):
    """Return the size of the objects that most stages read."""
    return 0


def resources_of(stage, object_mb=no_object_mb):
    """Return the ``resources:`` of a stage's rule, as the list of stages defines them."""
    return resource_functions(workflow, stage, object_mb)


def threads_of(stage, object_mb=no_object_mb):
    """Return the ``threads:`` of a stage's rule, which depend on the size of its input."""
    model = STAGES[stage].resources
    return lambda wildcards, input: model.threads(megabytes(input) + object_mb(wildcards))


def versions_of(paths):
    """Return the versions of the objects among the paths, for ``params:``: others rerun a job."""
    versions = {path: objects.versions.get(path) for path in paths if is_object(path)}
    return [f"{path} {version.etag}" for path, version in versions.items() if version]


def megabytes_of_objects(paths):
    """Return the size of the objects among the paths, in megabytes."""
    return sum(objects.versions[path].size for path in paths if path in objects.versions) / 1e6


def object_mb_of_unit(wildcards):
    """Return the size of the FASTQ objects of a job's unit, in megabytes."""
    return megabytes_of_objects(unit_of(wildcards).fastq_files)


def input_file(*key):
    """Return the file of a setting: a path, the copy of an object, or [] if it is null."""
    path = lookup(config, key) or []
    if path and is_object(path):
        return f"<work>/fetched/{'.'.join(key)}/{parse_uri(path).name}"
    return path


def fetched_uri(wildcards):
    """Return the address of the object that a job copies."""
    return lookup(config, tuple(wildcards.setting.split(".")))


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


def all_split_indexes(wildcards):
    """Return the indexes with which several workers read one unaligned BAM file."""
    return of_all_units(SPLIT_INDEX)


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
        if lookup(config, key) is None:
            settings.stop_at(key, Diagnosis("nothing (null)", expected, what_to_do))
        return input_file(*key) if key in FETCHED_FILES else lookup(config, key)

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
publication_uri = required(
    "results_uri", expected="an s3:// address", what_to_do="write where to publish the results"
)
search_query = required(
    "search", "query", expected="a FASTA or FASTQ file to search for", what_to_do="write its path"
)


def search_database(wildcards):
    """Return what search_reads searches, by name: the embedded reads, or the file of a database."""
    if config["search"]["database"] != READS:
        return {"database": input_file("search", "database")}
    return {
        "embeddings": "<results>/embeddings.h5",
        "embedding_shards": "<results>/embeddings_shards",
        "reads": "<results>/reads.parquet",
    }


def arguments_of_check(wildcards):
    """Return the arguments of check: the profile and the use of the cluster."""
    paths = [path for unit in units.values() for path in unit.fastq_files]
    fastq_mb = megabytes(paths) + megabytes_of_objects(paths)
    requests = largest_requests(workflow, fastq_mb)
    of_profile = profile_argument(profile_file(command.profile))
    return f"{of_profile} {cluster_arguments(workflow, requests)} {bridge_arguments(workflow)}"


RESULTS = [
    "<results>/report.html",
    "<results>/alignments",
    "<results>/clusters.tsv",
    "<results>/pieces.fasta.gz",
    branch(config["reference"], then=of_all_units(ALIGNED_BAM), otherwise=[]),
    branch(config["align"]["paf"], then=ALIGNMENTS_AS_PAF, otherwise=[]),
    branch(config["cluster"]["export"], then=EXPORTED_CLUSTERS, otherwise=[]),
    branch(config["cluster"]["assemble"], then=ASSEMBLIES, otherwise=[]),
    branch(config["cluster"]["graph"], then=CLUSTER_GRAPH, otherwise=[]),
    branch(config["cluster"]["names"], then=CLUSTER_NAMES, otherwise=[]),
    branch(config["search"]["query"], then=SEARCH_RESULTS, otherwise=[]),
]
"""Files of a whole run, from which all others follow."""
