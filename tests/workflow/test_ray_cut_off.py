"""A start of a job that outlives its Ray worker, as on a node that is cut off: it harms nothing."""

import os
import signal
from pathlib import Path

import pytest
from ray_runs import Workflow, private_cluster, processes_with, until

from support.repository import REPOSITORY, SCRIPTS

pytestmark = pytest.mark.slow

# As rules/common.smk does it. Each start of the job waits for a file of its own, then writes.
SNAKEFILE = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from rules.slurm_guard.claims import enter_job
from rules.snakemake_command import parse_command

if not workflow.is_main_process:
    shell.prefix(enter_job(Path("records"), parse_command(sys.argv).attempt))

rule work:
    output: "done.txt"
    log: "work.log"
    shell: "python write.py 2>&1 | tee {{log}}"
"""
WRITE = f"""
import os, sys, time
sys.path.insert(0, {str(SCRIPTS)!r})
from pathlib import Path
from readkin.formats.atomic_write import atomic_write

def main(arguments):
    with Path("started").open("a") as file:
        file.write(f"{{os.getpid()}} {{os.environ['JOB_GUARD_SNAKEMAKE']}}\\n")
    number = len(Path("started").read_text().splitlines())
    while not Path(f"go{{number}}").exists():
        time.sleep(0.1)
    with atomic_write(Path("done.txt")) as temporary:
        temporary.write_text(f"start {{number}}")

from readkin.command import argument_parser, run_command
sys.exit(run_command(main, argument_parser("write", "").parse_args, []))
"""


def is_running(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.timeout(240)
def test_start_that_outlives_its_worker_writes_nothing(tmp_path):
    made = Workflow(tmp_path, SNAKEFILE)
    (tmp_path / "write.py").write_text(WRITE)
    with private_cluster() as cluster:
        cluster.add("n1")
        guards: list[int] = []
        with made.start("--ray-address", cluster.address, **cluster.environment) as running:
            try:
                assert until(lambda: made.has("started")), running.poll()
                guards += processes_with("Guard of a job", str(tmp_path))
                for guard in guards:  # it would end the job with the worker
                    os.kill(guard, signal.SIGSTOP)
                (worker,) = {parent_of(guard) for guard in guards} - set(guards)
                os.kill(worker, signal.SIGKILL)
                assert until(lambda: len(made.lines("started")) == 2), "the second start"
                first, second = (line.split() for line in made.lines("started"))
                assert all(map(is_running, (*first, *second)))
                (tmp_path / "go1").touch()
                assert until(lambda: not any(map(is_running, first))), "the first start ends"
                assert not (tmp_path / "done.txt").exists()
                (said,) = (tmp_path / ".snakemake/ray_logs/work").glob("*.log")
                assert until(lambda: "a later attempt of this job" in said.read_text(), 5)
                assert all(map(is_running, second))
                (tmp_path / "go2").touch()
                printed, _ = running.communicate(timeout=60)
            finally:
                running.kill()
                for guard in guards:
                    os.kill(guard, signal.SIGCONT)
        assert running.returncode == 0, printed
    assert (tmp_path / "done.txt").read_text() == "start 2"
