"""Summary of a failed run, from a log as Snakemake writes it."""

import re

import pytest

from rules.run_summary import (
    FailedJob,
    Failure,
    failed_jobs,
    failure_summary,
    read_failures,
    write_failures,
)
from rules.snakemake_command import parse_command

LOG = """\
Select jobs to execute...
[Sat Nov 21 20:56:14 2026]
Error in rule trim_reads:
    message: Trim the reads of a.lane1
    jobid: 1
    input: a.fastq
    output: work/trimmed/a.lane1.fastq.gz, work/counts/a.lane1.json
    log: logs/trim_reads/a.lane1.log (check log file(s) for error details)
    shell:
        python workflow_scripts/trim_reads.py
        (command exited with non-zero exit code)
Error in rule find_pairs:
    message: None
    jobid: 2
    output: results/pairs.h5
    log: logs/find_pairs/find_pairs.log (check log file(s) for error details)
Exiting because a job execution failed. Look above for error messages
"""
TRIM = FailedJob("trim_reads", "work/trimmed/a.lane1.fastq.gz", ("logs/trim_reads/a.lane1.log",))
FIND = FailedJob("find_pairs", "results/pairs.h5", ("logs/find_pairs/find_pairs.log",))
COMMAND = parse_command(["snakemake", "--profile", "parallelcluster", "-n", "all"], {})


def test_failed_jobs_are_found():
    assert failed_jobs(LOG) == [TRIM, FIND]
    assert failed_jobs("nothing failed") == []


def summary_of(log_text, folder):
    """Return the summary of a run with this log of Snakemake."""
    log = folder / "snakemake.log"
    log.write_text(log_text)
    return failure_summary(read_failures([str(log)], folder), COMMAND, units=500)


def test_summary_shows_cause_then_log_and_command(tmp_path):
    log = tmp_path / TRIM.logs[0]
    log.parent.mkdir(parents=True)
    message = "trim_reads: x.fastq: found y, expected z; change it"
    log.write_text("".join(f"line {i}\n" for i in range(20)) + f"{message}\n")
    # some executors log a failure twice
    first, second, counts = summary_of(LOG + LOG, tmp_path).split("\n\n")
    lines = first.splitlines()
    assert lines[:4] == [
        "FAILED: trim_reads of a.lane1",
        f"  {message}",
        f"  last lines of {TRIM.logs[0]}:",
        "    line 5",
    ]
    assert lines[-3] == "    line 19"
    assert lines[-1] == f"    snakemake --profile parallelcluster {TRIM.output}"
    assert second.splitlines()[:2] == [
        "FAILED: find_pairs",
        "  no log was written; see the messages above",
    ]
    assert counts == "trim_reads failed for 1 of 500 units: a.lane1"


def test_no_log_at_all():
    assert failure_summary(read_failures([]), COMMAND, 2) == ""


def test_retried_jobs_on_slurm_are_reported_once_with_slurms_log(tmp_path):
    """A stage's own log is empty when it could not start."""
    own, slurm = tmp_path / TRIM.logs[0], tmp_path / "logs/slurm/7.log"
    for path, text in ((own, ""), (slurm, "no such node\n")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    block = LOG[: LOG.index("Error in rule find_pairs")]
    tried = [block.replace(TRIM.logs[0], f"{TRIM.logs[0]}, logs/slurm/{i}.log") for i in (6, 7)]
    summary = summary_of("".join(tried), tmp_path)
    assert summary.count("FAILED: trim_reads of a.lane1") == 1
    assert "last lines of logs/slurm/7.log:\n    no such node" in summary


def test_lack_of_memory_is_found_in_slurms_log_and_in_the_exit_code(tmp_path):
    own, slurm = tmp_path / FIND.logs[0], tmp_path / "logs/slurm/8.log"
    for path in (own, slurm):
        path.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("find_pairs: join: 5/55 votes\n")
    slurm.write_text("slurmstepd: error: Detected 1 oom_kill event in StepId=8.0.\n")
    block = LOG[LOG.index("Error in rule find_pairs") :]
    on_slurm = block.replace(FIND.logs[0], f"{FIND.logs[0]}, logs/slurm/8.log")
    assert "  find_pairs: out of memory; use fewer --cores" in summary_of(on_slurm, tmp_path)
    command = f"python x.py 2>&1 | tee {FIND.logs[0]}"
    killed = f"Command 'set -euo pipefail;  {command}' returned non-zero exit status 137.\n{block}"
    assert "  find_pairs: killed by SIGKILL, as the system does" in summary_of(killed, tmp_path)
    assert "    find_pairs: join: 5/55 votes\n" in summary_of(killed, tmp_path)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            "The job was ended on n1: it exceeded its runtime of 30 minutes.",
            "find_pairs: it exceeded its runtime of 30 minutes; set a larger one in the profile",
        ),
        (
            "Ray ended the job because its node ran out of memory.",
            "find_pairs: Ray ended the job because its node ran out of memory; use fewer --cores",
        ),
        (
            "No node of the Ray cluster has 9 CPUs (1 nodes; ...).",
            "find_pairs: No node of the Ray cluster has 9 CPUs (1 nodes; ...)\n",
        ),
    ],
)
def test_what_ray_reports_is_the_cause(tmp_path, message, cause):
    path = tmp_path / FIND.logs[0]
    path.parent.mkdir(parents=True)
    path.write_text("find_pairs: join: 5/55 votes\n")
    block = LOG[LOG.index("Error in rule find_pairs") :]
    first, rest = block.split("\n", 1)
    rest = re.sub("    message: .*\n", "", rest)
    details = "For further error details see the cluster/cloud log and the log files"
    assert cause in summary_of(f"{first}\n    message: {message} {details}\n{rest}", tmp_path)


def test_many_failed_units_take_one_line_each(tmp_path):
    failures = [
        Failure(
            job=FailedJob("trim_reads", f"work/s.{i}.gz", (f"logs/trim_reads/s.{i}.log",)),
            exit_code=1,
            cause=f"trim_reads: {i}.fq: found x, expected y; z",
            log=f"logs/trim_reads/s.{i}.log",
            tail=[],
        )
        for i in range(400)
    ]
    summary = failure_summary(failures, COMMAND, 500)
    assert "FAILED: trim_reads of s.7: 7.fq: found x, expected y; z\n" in summary
    assert len(summary.splitlines()) < 100
    last = summary.splitlines()[-1]
    assert last.startswith("trim_reads failed for 400 of 500 units: s.0 s.1 s.2 ")
    assert last.endswith(" s.49 and 350 more")
    write_failures(failures, tmp_path / "logs" / "failed_jobs.tsv")
    header, *rows = (tmp_path / "logs" / "failed_jobs.tsv").read_text().splitlines()
    assert header == "stage\tunit\texit_code\tcause\tlog\toutput"
    assert len(rows) == 400
    assert rows[399].split("\t") == [
        "trim_reads",
        "s.399",
        "1",
        "trim_reads: 399.fq: found x, expected y; z",
        "logs/trim_reads/s.399.log",
        "work/s.399.gz",
    ]
