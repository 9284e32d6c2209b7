"""What all rules share: settings, units, the code behind a stage, launchers and needs."""

import json
import shlex
import sys
from pathlib import Path

from rules.check_arguments import cluster_arguments, profile_argument
from readkin.parallel.launch import LOCAL_LAUNCHER, PYTHON_OF_RANKS
from rules.embed_arguments import embed_arguments
from rules.settings.error_list import Problem
from rules.resources.expected_jobs import expected_jobs
from rules.resources.model import even_ranks, megabytes, memory_mb, runtime_minutes, tasks_to_start
from rules.programs import escape_interpreter_path, use_own_programs
from rules.search_arguments import READS, search_arguments
from rules.settings.settings import only_describes, settings_or_exit
from rules.slurm_guard.claims import enter_job
from rules.slurm_guard.runs import prepare_for_slurm
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

use_own_programs()
escape_interpreter_path()
settings = settings_or_exit(
    config,
    workflow.configfiles,
    probe_files=workflow.is_main_process and not only_describes(sys.argv),
)
config = settings.config
slurm_records = Path(workflow.pathvars.apply("<work>/slurm"))
if workflow.is_main_process:
    prepare_for_slurm(slurm_records, sys.argv)
elif code_before_commands := enter_job(slurm_records, sys.argv):
    shell.prefix(code_before_commands)
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
    asks = expected_jobs(workflow, megabytes(filter(None, sum((row[1:] for row in files), []))))
    return f"{reads} {profile_argument(sys.argv)} {cluster_arguments(workflow, asks)}"


def check_reads_arguments(wildcards):
    """The same, and that all records are to be read."""
    return f"--full-reads {check_arguments(wildcards)}"


def memory_file(stage):
    """Where a stage on several nodes writes the memory it took: beside its benchmark table."""
    return workflow.pathvars.apply(f"<benchmarks>/{stage}/{stage}.memory.json")


def of_profile(stage, resource):
    """A whole number that the profile gives a stage; 0 if none."""
    raw = workflow.get_rule(stage).resources.get(resource).raw
    return raw if isinstance(raw, int) else 0


def workers_of(stage, input_mb, threads):
    """MPI ranks or threads of a job, and the nodes they are spread over."""
    nodes = of_profile(stage, "nodes") or 1
    if most := of_profile(stage, "max_tasks"):
        return tasks_to_start(stage, input_mb, nodes, most), nodes
    return threads * nodes, nodes


def memory_of(stage):
    """Resource function: megabytes on each node by input size, ranks or threads there, attempt."""

    def mem_mb(wildcards, input, threads, attempt):
        input_mb = megabytes(input)
        workers, nodes = workers_of(stage, input_mb, threads)
        return memory_mb(stage, input_mb, -(-workers // nodes), attempt)

    return mem_mb


def runtime_of(stage):
    """Resource function: minutes by input size, ranks or threads, and attempt."""

    def runtime(wildcards, input, threads, attempt):
        input_mb = megabytes(input)
        workers, _ = workers_of(stage, input_mb, threads)
        return runtime_minutes(stage, input_mb, workers, attempt)

    return runtime


def tasks_of(stage):
    """Resource function: MPI ranks; in a local run as many as threads."""

    def tasks(wildcards, input, threads):
        return workers_of(stage, megabytes(input), threads)[0]

    return tasks


def even_ranks_of(stage):
    """Resource function: option that makes Slurm grant each node as many CPUs for ranks."""

    def slurm_extra(wildcards, input, threads):
        return even_ranks(*workers_of(stage, megabytes(input), threads))

    return slurm_extra


def launcher(wildcards, resources):
    """How an MPI stage's Python is started: one rank needs no launcher."""
    if resources.tasks == 1:
        return "python"
    spread = even_ranks(resources.tasks, resources.get("nodes") or 1)
    words = [resources.mpi, "-n", str(resources.tasks), spread, PYTHON_OF_RANKS]
    return " ".join(filter(None, words))
