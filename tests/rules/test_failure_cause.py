"""Causes of failures, below what real launchers and systems write."""

import pytest

from rules.failure_cause import cause, without_launcher

OWN = "search_reads: q.fa:>q1: found '-', expected bases; correct the sequence"
HYDRA = """\
Abort(1) on node 0 (rank 0 in comm 0): application called MPI_Abort(MPI_COMM_WORLD, 1) - process 0

===================================================================================
=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
=   PID 4711 RUNNING AT n1
=   EXIT CODE: 9
=   CLEANING UP REMAINING PROCESSES
=   YOU CAN IGNORE THE BELOW CLEANUP MESSAGES
===================================================================================
YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
"""
SRUN = """\
srun: error: n1: task 0: Exited with exit code 1
srun: Terminating StepId=12.0
slurmstepd: error: *** STEP 12.0 ON n1 CANCELLED AT 2026-01-01T00:00:00 ***
srun: Job step aborted: Waiting up to 32 seconds for job step to finish.
"""
# Each rank but one waits; run by Open MPI as the rules do.
FAILING_RANK = """\
import os, signal, sys, time
from mpi4py import MPI
if MPI.COMM_WORLD.rank == 0:
    time.sleep(60)
{}
"""


@pytest.mark.parametrize("banner", [HYDRA, SRUN])
def test_own_message_comes_before_the_launchers(banner):
    lines = f"search_reads: starting\n{OWN}\n{banner}".splitlines()
    assert cause("search_reads", lines, 1) == OWN
    assert [line for line in without_launcher(lines) if line] == ["search_reads: starting", OWN]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (f"print({OWN!r}, flush=True); sys.exit(1)", OWN),
        ("raise ValueError('no sum')", "search_reads: ValueError: no sum"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "search_reads: killed by SIGKILL, as the system"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "search_reads: killed by SIGSEGV"),
    ],
)
def test_failure_of_a_rank_under_open_mpi(run_ranks, tmp_path, failure, expected):
    program = tmp_path / "program.py"
    program.write_text(FAILING_RANK.format(failure))
    done = run_ranks(2, program)
    lines = (done.stdout + done.stderr).splitlines()
    assert done.returncode != 0
    assert cause("search_reads", lines, None).startswith(expected)
    assert not [
        line for line in without_launcher(lines) if "prterun" in line or "MPI_ABORT" in line
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("trim_reads: x.bam: Permission denied; check the path and its permissions", None),
        ("trim_reads: No space left on device; free space, or quota, for work", None),
        ("trim_reads: error: argument --threads: found 0, expected at least 1", None),
        ("trim_reads: interrupted", None),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate", "out of memory; use"),
        (HYDRA.splitlines()[-1], "killed by SIGKILL, as the system does"),
        (
            "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01 DUE TO TIME LIMIT ***",
            "cancelled by Slurm due to time limit",
        ),
        ("h5py.FileError: cannot open", "h5py.FileError: cannot open"),
    ],
)
def test_forms_of_causes(line, expected):
    found = cause("trim_reads", ["trim_reads: check: 3 reads", line, "more"], None)
    assert found.startswith(line if expected is None else f"trim_reads: {expected}")


def test_without_any_message_the_exit_code_remains():
    assert cause("trim_reads", ["trim_reads: check: 3 reads"], 7) == "trim_reads: exit code 7"
    assert cause("trim_reads", [], 139) == "trim_reads: killed by SIGSEGV"
    assert cause("trim_reads", [], None) == ""
