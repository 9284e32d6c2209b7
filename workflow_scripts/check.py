"""Check everything that a run needs before it starts, and show how to fix problems.

In:  the pinned packages; with --full-reads all FASTQ files; with --slurm the cluster.
Out: a table on standard output. Exit code 1 if there is a problem.

Before this command starts, the Snakefile has checked settings, sample sheet, the first records of
the FASTQ files, and all of reference, queries and database. On a cluster, one or two tiny jobs test
whether a compute node sees the same files.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import starmap
from pathlib import Path

from readkin.command import argument_parser, existing_file, positive_int, run_command
from readkin.errors import InputError
from readkin.formats.fastq import FastqInput
from readkin.kernels import cache_folder, cache_folders
from readkin.parallel.launch import LOCAL_LAUNCHER
from readkin.preflight.bridge import BridgeUse, check_bridge
from readkin.preflight.cluster import ClusterUse, check_cluster
from readkin.preflight.findings import Finding, as_text, ok, problem, skipped
from readkin.preflight.installation import (
    CACHE,
    check_cache,
    check_folder,
    check_local_mpi,
    check_packages,
    check_python,
    check_ray,
    check_scratch,
    check_versions,
)
from readkin.preflight.profile import check_profile
from readkin.preflight.queue_limits import ResourceRequest
from readkin.raw_reads.reading import raw_chunks

CLONE = Path(__file__).resolve().parent.parent


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("check", __doc__)
    parser.add_argument(
        "--requirements",
        type=existing_file,
        default=CLONE / "envs" / "requirements.txt",
        help="pinned packages (text; default: envs/requirements.txt of the clone)",
    )
    parser.add_argument(
        "--reads",
        nargs="+",
        action="append",
        default=[],
        metavar=("UNIT", "FASTQ"),
        help="unit and its FASTQ files; repeat for each unit",
    )
    parser.add_argument(
        "--reads-table",
        type=units_and_files,
        default=[],
        metavar="TSV",
        help="the same as a table, one unit per line, columns separated by tabs: unit, FASTQ file,"
        " file of the second mates or nothing, `interleaved` or nothing, encoding of the qualities",
    )
    parser.add_argument("--full-reads", action="store_true", help="check all FASTQ records")
    parser.add_argument("--work-dir", type=Path, default=Path("work"), help="default: work")
    parser.add_argument("--mpi", default=LOCAL_LAUNCHER, help="local launcher of MPI ranks")
    slurm = parser.add_argument_group("cluster")
    slurm.add_argument("--slurm", action="store_true", help="also check the Slurm cluster")
    slurm.add_argument("--partitions", nargs="*", default=[], help="all partitions of the profile")
    slurm.add_argument("--partition", default="", help="of the stages without MPI: a or a,b")
    slurm.add_argument("--slurm-mpi", default="", help="launcher of the MPI stages")
    slurm.add_argument(
        "--status-command",
        default="squeue",
        choices=("squeue", "sacct"),
        help="with which the run checks its jobs",
    )
    slurm.add_argument(
        "--first-poll-seconds",
        type=positive_int,
        default=10,
        help="between a submission and the first check of the job",
    )
    slurm.add_argument("--profile-file", type=Path, help="the profile that Snakemake reads (YAML)")
    slurm.add_argument(
        "--request",
        nargs=6,
        action="append",
        default=[],
        metavar=("RULE", "PARTITIONS", "NODES", "CPUS", "MB", "MINUTES"),
        help="resources of a rule's largest job; CPUs and MB on each node",
    )
    slurm.add_argument("--bridge", default="", help="head node that a run on Ray reaches by ssh")
    slurm.add_argument("--bridge-ssh", default="ssh", help="program with options")
    slurm.add_argument("--bridge-partition", default="", help="of the MPI stages")
    slurm.add_argument("--minutes-to-wait", type=positive_int, default=15, help="for a node")
    arguments = parser.parse_args(argv)
    arguments.reads += arguments.reads_table
    return arguments


def units_and_files(text: str) -> list[list[str]]:
    """Argument type: a table of units, each with its FASTQ files."""
    lines = existing_file(text).read_text("utf-8").split("\n")
    return [line.split("\t") for line in lines if line]


def run(arguments: argparse.Namespace) -> None:
    """Run all checks and show each result at once.

    Raises:
        InputError: if there is a problem.
    """
    problems = 0
    for finding in all_findings(arguments):
        sys.stdout.write(as_text(finding))
        sys.stdout.flush()
        problems += bool(finding.fix)
    if problems:
        count = "1 problem" if problems == 1 else f"{problems} problems"
        raise InputError("this installation", count, "none", "follow the lines `fix:` above")


def all_findings(arguments: argparse.Namespace) -> Iterator[Finding]:
    """Yield the results of all requested checks, in the order of the table."""
    yield check_python()
    yield check_packages(arguments.requirements)
    yield check_versions()
    yield check_profile(arguments.profile_file, CLONE / "profiles")
    if units := len(arguments.reads):
        yield ok("settings", f"config and sample sheet, {units} unit{'' if units == 1 else 's'}")
    else:
        yield skipped("settings", "Snakemake checks them: snakemake --cores 1 check")
    yield from check_reads(arguments)
    yield check_folder("work folder", arguments.work_dir)
    yield check_scratch(Path(tempfile.gettempdir()))
    yield check_cache(next(cache_folders()), cache_folder())
    yield check_local_mpi(arguments.mpi)
    yield check_ray()
    if arguments.bridge:
        bridge = BridgeUse(
            host=arguments.bridge,
            ssh=arguments.bridge_ssh,
            partition=arguments.bridge_partition,
            minutes_to_wait=arguments.minutes_to_wait,
        )
        seen = (CLONE, Path(sys.prefix), arguments.work_dir, cache_folder())
        yield from check_bridge(bridge, seen)
        return
    if not arguments.slurm:
        yield skipped(
            "Slurm", "local run; for a cluster: snakemake --profile parallelcluster check"
        )
        return
    use = ClusterUse(
        partitions=arguments.partitions,
        single_node_partition=arguments.partition,
        launcher=arguments.slurm_mpi,
        status_command=arguments.status_command,
        first_poll_seconds=arguments.first_poll_seconds,
        minutes_to_wait=arguments.minutes_to_wait,
        requests=[request_of(*words) for words in arguments.request],
    )
    folders = {
        "clone": CLONE,
        ".venv": Path(sys.prefix),
        "work folder": arguments.work_dir.resolve(),
        CACHE: cache_folder(),
    }
    yield from check_cluster(use, folders)


def request_of(
    rule: str, partitions: str, nodes: str, cpus: str, memory_mb: str, minutes: str
) -> ResourceRequest:
    """Return the record of one ``--request``."""
    return ResourceRequest(
        rule=rule,
        partitions=partitions,
        nodes=int(nodes),
        cpus=int(cpus),
        memory_mb=int(memory_mb),
        minutes=int(minutes),
    )


def check_reads(arguments: argparse.Namespace) -> Iterator[Finding]:
    """With --full-reads, check that all FASTQ records are valid and mates agree."""
    if not arguments.full_reads:
        yield skipped("reads", "first records checked only; for all: snakemake check_reads")
        return
    for unit, source in starmap(unit_and_source, arguments.reads):
        try:
            reads = sum(len(mates[0]) for mates in raw_chunks(source))
        except InputError as error:
            yield problem(f"reads {unit}", str(error), "correct or replace the file")
        else:
            yield ok(f"reads {unit}", f"{reads} {'pairs' if source.is_paired else 'reads'}")


def unit_and_source(
    unit: str, fastq_1: str, fastq_2: str = "", layout: str = "", encoding: str = "auto"
) -> tuple[str, FastqInput]:
    """Return the name of a unit and how to read its FASTQ files."""
    second = Path(fastq_2) if fastq_2 else None
    return unit, FastqInput(Path(fastq_1), second, layout == "interleaved", encoding)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
