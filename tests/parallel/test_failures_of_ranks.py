"""Errors that MPI ranks meet together: one line and an exit code, through real commands."""

import subprocess
import sys
from pathlib import Path

import pytest

import find_pairs
from readkin.parallel.launch import launch_rank, program_environment

SCRIPTS = Path(find_pairs.__file__).parent
MPIEXEC = ["mpiexec", "--oversubscribe", "--bind-to", "none"]


@pytest.fixture
def arguments(tmp_path):
    """Return the arguments of each command for 3 ranks; the number is checked before any file."""
    for name in ("embeddings.h5", "pairs.h5", "a.bam", "query.fa"):
        (tmp_path / name).touch()
    (tmp_path / "alignments").mkdir()
    words = {
        "find_pairs": "--embeddings embeddings.h5 --min-votes 2 --max-mismatch-rate 0.1"
        " --min-overlap-bp 30 --max-bucket-size 100 --max-pairs-per-read 10 --output o --counts c"
        " --shards-dir s",
        "align_pairs": "--pairs pairs.h5 --embeddings embeddings.h5 --match 2 --mismatch -3"
        " --gap-open 5 --gap-extend 2 --min-score 30 --min-identity 0.9 --min-overlap-bp 30"
        " --tile-megacells 10 --partial-dir p --alignments o --counts c",
        "join_reads": "--alignments alignments --pairs pairs.h5 --bam a.bam --min-overlap-bp 40"
        " --max-evidence 8 --pieces o --fasta o2 --gfa o3 --counts c",
    }
    return {name: [*text.split(), "--ranks", "3"] for name, text in words.items()}


def run(words, folder, **environment):
    return subprocess.run(
        words,
        cwd=folder,
        env={**program_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def message(command, found):
    return (
        f"{command}: --ranks: found {found}, expected 3; start with "
        "`mpiexec -n 3 python -m mpi4py ...`, under Slurm with `srun --mpi=pmix`"
    )


@pytest.mark.parametrize("command", ["find_pairs", "align_pairs", "join_reads"])
def test_command_started_alone(command, arguments, tmp_path):
    words = [sys.executable, "-m", "mpi4py", SCRIPTS / f"{command}.py", *arguments[command]]
    done = run(words, tmp_path)
    assert done.returncode == 2
    assert message(command, "1 MPI rank") in done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert done.stderr.count(command) == 1


@pytest.mark.parametrize("command", ["find_pairs", "align_pairs", "join_reads"])
def test_command_on_too_few_ranks(command, arguments, tmp_path):
    words = [sys.executable, "-m", "mpi4py", SCRIPTS / f"{command}.py", *arguments[command]]
    done = run([*MPIEXEC, "-n", "2", *words], tmp_path)
    assert done.returncode == 2
    assert message(command, "2 MPI ranks") in done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert done.stderr.count(message(command, "2 MPI ranks")) == 1


def test_processes_that_mpi_does_not_connect(arguments, tmp_path):
    # As with `srun --mpi=none`: three processes, each the only rank of its own world.
    launcher = tmp_path / "launcher"
    launcher.write_text(
        "#!/bin/sh\n"
        'for n in 1 2; do SLURM_PROCID=$n "$@" & processes="$processes $!"; done\n'
        'SLURM_PROCID=0 "$@"; code=$?\n'
        "kill $processes; wait; exit $code\n"
    )
    launcher.chmod(0o755)
    words = [sys.executable, "-m", "mpi4py", SCRIPTS / "find_pairs.py", *arguments["find_pairs"]]
    done = run([launcher, *words], tmp_path)
    assert done.returncode == 2
    assert done.stderr.count(message("find_pairs", "1 MPI rank")) == 1
    assert "Traceback" not in done.stderr


# A command whose ranks meet an error of the named kind.
PROGRAM = """
import sys
import numpy as np
from readkin.command import argument_parser, run_command
from readkin.parallel import shared_arrays
from readkin.parallel.mpi import world
def parse_arguments(argv):
    return argument_parser("program", "").parse_args(argv)
def threads(arguments):
    import mpi4py
    mpi4py.rc.thread_level = "serialized"
    world(2).work_queue(5)
def memory(arguments):
    shared_arrays._reserve = full
    world(2).one_per_node(lambda: [np.arange(3)])
def full(folder, n_bytes):
    raise OSError(28, "No space left on device")
stage = {"threads": threads, "memory": memory}[sys.argv.pop()]
sys.exit(run_command(stage, parse_arguments, None))
"""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "threads",
            "program: MPI: found support for one thread only, expected MPI_THREAD_M",
        ),
        ("memory", "program: shared array of 2.4e-08 GB: found no space (/dev/shm: No space left"),
    ],
)
def test_other_errors_of_all_ranks(kind, text, tmp_path, run_ranks):
    program = tmp_path / "program.py"
    # mpi4py replaces the first folder on the import path by that of the program.
    program.write_text(f"import sys\nsys.path.insert(0, {str(SCRIPTS)!r})\n{PROGRAM}")
    done = run_ranks(2, program, kind)
    assert done.returncode == 1
    assert done.stderr.count(text) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "rank"),
    [({}, 0), ({"SLURM_PROCID": "3"}, 3), ({"SLURM_PROCID": "1", "OMPI_COMM_WORLD_RANK": "5"}, 5)],
)
def test_rank_of_the_launcher(environment, rank):
    assert launch_rank(environment) == rank
