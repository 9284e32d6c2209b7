"""What all rules share: settings, units, the code behind a stage, launchers and needs."""

import json
import shlex
import sys

from rules.cluster_checks import cluster_arguments
from rules.embed_arguments import embed_arguments
from rules.error_list import Problem
from rules.memory import megabytes, memory_mb, runtime_minutes
from rules.programs import escape_interpreter_path, use_own_programs
from rules.search_arguments import READS, search_arguments
from rules.settings import only_describes, settings_or_exit
from rules.stage_code import files_of

UNALIGNED_BAM = "<results>/bam/{sample}.{unit}.unaligned.bam"
ALIGNED_BAM = "<results>/bam/{sample}.{unit}.aligned.bam"
TRUTH_COMPARISON = "<results>/truth_comparison.json"
STAGES_PER_UNIT = ["trim_reads", "convert_fastq_to_bam"]
STAGES_PER_RUN = ["embed_reads", "find_pairs", "align_pairs", "cluster_reads"]
SEARCH_RESULTS = [
    "<results>/search.parquet",
    "<results>/search.paf.gz",
    "<results>/search.blast6.tsv",
]
LOCAL_MPI = "mpiexec --oversubscribe --bind-to none"

use_own_programs()
escape_interpreter_path()
settings = settings_or_exit(
    config,
    workflow.configfiles,
    probe_files=workflow.is_main_process and not only_describes(sys.argv),
)
config = settings.config
units = {unit.name: unit for unit in settings.units}


wildcard_constraints:
    sample="[A-Za-z0-9_-]+",
    unit="[A-Za-z0-9_-]+",


def code_of(command):
    """The files a stage's command is made of; kept out of any storage provider."""
    return [local(path) for path in files_of(command)]


def work_folder(name):
    """A folder that a stage keeps for itself; in params Snakemake leaves pathvars as they are."""
    return workflow.pathvars.apply(f"<work>/{name}")


def unit_of(wildcards):
    """Row of the sample sheet that the wildcards speak of."""
    return units[f"{wildcards.sample}.{wildcards.unit}"]


def fastq_1_of(wildcards):
    return unit_of(wildcards).fastq_1


def fastq_2_of(wildcards):
    return unit_of(wildcards).fastq_2 or []


def mates_argument(wildcards):
    """How trim_reads is told of the second mates."""
    unit = unit_of(wildcards)
    return f"--fastq-2 {shlex.quote(unit.fastq_2)}" if unit.is_paired else ""


def read_group_arguments(wildcards):
    """How convert_fastq_to_bam is told where the reads come from."""
    unit = unit_of(wildcards)
    return (
        f"--sample {unit.sample} --unit {unit.unit} --platform {unit.platform}"
        + (f" --library {shlex.quote(unit.library)}" if unit.library else "")
        + (" --paired" if unit.is_paired else "")
    )


def of_all_units(pattern):
    """One path per unit, in sheet order."""
    return [
        pattern.replace("{sample}", unit.sample).replace("{unit}", unit.unit)
        for unit in units.values()
    ]


def stages_per_run():
    """Stages that run once, the search if there is something to search for."""
    return STAGES_PER_RUN + (["search_reads"] if config["search"]["query"] else [])


def all_counts():
    """Counts of all stages that the report shows."""
    of_units = [
        path
        for stage in STAGES_PER_UNIT
        for path in of_all_units(f"<work>/counts/{stage}/{{sample}}.{{unit}}.json")
    ]
    return of_units + [f"<work>/counts/{stage}.json" for stage in stages_per_run()]


def all_benchmarks():
    """Time and memory of the jobs that the report shows."""
    of_units = [
        path
        for stage in STAGES_PER_UNIT
        for path in of_all_units(f"<benchmarks>/{stage}/{{sample}}.{{unit}}.tsv")
    ]
    return of_units + [f"<benchmarks>/{stage}/{stage}.tsv" for stage in stages_per_run()]


def comparison_argument(wildcards, input):
    """How write_report is told of the comparison with the truth, if there is one."""
    return f"--truth-comparison {shlex.quote(str(input.comparison))}" if input.comparison else ""


def search_argument(wildcards, input):
    """How write_report is told of the search, if there is one."""
    return f"--search-hits {shlex.quote(str(input.hits))}" if input.hits else ""


def search_query(wildcards):
    """What search_reads looks for; without it, whoever asks for the search is told."""
    if config["search"]["query"] is None:
        expected = "a FASTA or FASTQ file to search for"
        problem = Problem("nothing (null)", expected, "write its path")
        settings.stop_at(("search", "query"), problem)
    return config["search"]["query"]


def search_database():
    """What search_reads searches: the reads, or the file of a database."""
    database = config["search"]["database"]
    return of_all_units(UNALIGNED_BAM) if database == READS else database


def check_arguments(wildcards):
    """How check is told of all units and, if the profile uses one, of the cluster."""
    files = [[unit.name, unit.fastq_1, unit.fastq_2] for unit in units.values()]
    reads = " ".join(f"--reads {shlex.join(filter(None, words))}" for words in files)
    return f"{reads} {cluster_arguments(workflow)}"


def check_reads_arguments(wildcards):
    """The same, and that all records are to be read."""
    return f"--full-reads {check_arguments(wildcards)}"


def memory_of(stage):
    """Resource function: megabytes by input size and attempt."""

    def mem_mb(wildcards, input, attempt):
        return memory_mb(stage, megabytes(input), attempt)

    return mem_mb


def runtime_of(stage):
    """Resource function: minutes by input size and attempt."""

    def runtime(wildcards, input, attempt):
        return runtime_minutes(stage, megabytes(input), attempt)

    return runtime


def ranks_of(wildcards, threads):
    """MPI ranks of a local run: as many as threads."""
    return threads


def launcher(wildcards, resources):
    """How an MPI stage's Python is started: one rank needs no launcher."""
    if resources.tasks == 1:
        return "python"
    # With plain python the other ranks would wait for ever for one that raised an exception.
    return f"{resources.mpi} -n {resources.tasks} python -m mpi4py"
