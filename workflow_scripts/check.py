"""Look at everything a run needs before it starts, and say what to do where something is wrong.

In:  the pinned packages; with --full-reads all FASTQ files; with --slurm the cluster.
Out: a table on standard output. Exit code 1 if there is a problem.

The Snakefile has checked settings, sample sheet and the first records of the FASTQ files before
this starts. On a cluster, one or two tiny jobs prove that a compute node sees the same files.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from readkin.command import argument_parser, existing_file, positive_int, run_command
from readkin.errors import InputError
from readkin.formats.fastq import checked_chunks
from readkin.kernels import cache_folder
from readkin.parallel.launch import LOCAL_LAUNCHER
from readkin.preflight.cluster import ClusterUse, check_cluster
from readkin.preflight.findings import Finding, as_text, ok, problem, skipped
from readkin.preflight.installation import (
    check_folder,
    check_local_mpi,
    check_packages,
    check_python,
    check_ray,
    check_versions,
)
from readkin.preflight.profile import check_profile
from readkin.preflight.queue_limits import Ask

CLONE = Path(__file__).resolve().parent.parent


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argument_parser("check", __doc__)
    parser.add_argument(
        "--requirements",
        type=existing_file,
        default=CLONE / "envs" / "requirements.txt",
        help="pinned packages (text; default: envs/requirements.txt of the clone)",
    )
    parser.add_argument(
        "--reads", nargs="+", action="append", default=[], metavar="UNIT FASTQ", help="per unit"
    )
    parser.add_argument("--full-reads", action="store_true", help="read the FASTQ files whole")
    parser.add_argument("--work-dir", type=Path, default=Path("work"), help="default: work")
    parser.add_argument("--mpi", default=LOCAL_LAUNCHER)
    slurm = parser.add_argument_group("cluster")
    slurm.add_argument("--slurm", action="store_true", help="also check the Slurm cluster")
    slurm.add_argument("--partitions", nargs="*", default=[], help="all that stages run in")
    slurm.add_argument("--partition", default="", help="of the stages without MPI: a or a,b")
    slurm.add_argument("--slurm-mpi", default="", help="launcher of the MPI stages")
    slurm.add_argument("--status-command", default="squeue", choices=("squeue", "sacct"))
    slurm.add_argument("--first-poll-seconds", type=positive_int, default=10)
    slurm.add_argument("--profile-file", type=Path, help="that Snakemake reads (YAML)")
    slurm.add_argument(
        "--ask",
        nargs=6,
        action="append",
        default=[],
        metavar=("RULE", "PARTITIONS", "NODES", "CPUS", "MB", "MINUTES"),
        help="largest job of a rule; CPUs and MB on each node",
    )
    slurm.add_argument("--minutes-to-wait", type=positive_int, default=15, help="for a node")
    return parser.parse_args(argv)


def check(arguments: argparse.Namespace) -> None:
    """Run all checks and show each as soon as it is done.

    Raises:
        InputError: there is a problem.
    """
    problems = 0
    for finding in all_findings(arguments):
        sys.stdout.write(as_text(finding))
        sys.stdout.flush()
        problems += bool(finding.fix)
    if problems:
        count = "1 problem" if problems == 1 else f"{problems} problems"
        raise InputError("this installation", count, "none", "do what stands after `fix:` above")


def all_findings(arguments: argparse.Namespace) -> Iterator[Finding]:
    """All checks that ``arguments`` ask for, in the order of the table."""
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
    yield check_folder("scratch", Path(tempfile.gettempdir()))
    yield check_folder("compiled kernels", cache_folder())
    yield check_local_mpi(arguments.mpi)
    yield check_ray()
    if not arguments.slurm:
        yield skipped(
            "Slurm", "local run; for a cluster: snakemake --profile parallelcluster check"
        )
        return
    use = ClusterUse(
        arguments.partitions,
        arguments.partition,
        arguments.slurm_mpi,
        arguments.status_command,
        arguments.first_poll_seconds,
        arguments.minutes_to_wait,
        [Ask(rule, where, *map(int, numbers)) for rule, where, *numbers in arguments.ask],
    )
    folders = {
        "clone": CLONE,
        ".venv": Path(sys.prefix),
        "work folder": arguments.work_dir.resolve(),
        "compiled kernels": cache_folder(),
    }
    yield from check_cluster(use, folders)


def check_reads(arguments: argparse.Namespace) -> Iterator[Finding]:
    """With --full-reads: whether all records of all FASTQ files are sound and mates agree."""
    if not arguments.full_reads:
        yield skipped("reads", "only the first records; whole files: snakemake check_reads")
        return
    for unit, *files in arguments.reads:
        paths = [Path(file) for file in files]
        try:
            chunks = checked_chunks(paths[0], paths[1] if len(paths) > 1 else None)
            reads = sum(len(first) for first, _ in chunks)
        except InputError as error:
            yield problem(f"reads {unit}", str(error), "mend or replace the file")
        else:
            yield ok(f"reads {unit}", f"{reads} {'pairs' if len(paths) > 1 else 'reads'}")


def main(argv: list[str] | None = None) -> int:
    """Run the command; see ``command_line.run_command`` for the exit codes."""
    return run_command(check, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
