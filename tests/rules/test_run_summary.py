"""Summary of a failed run, from a log as Snakemake writes it."""

from rules.run_summary import FailedJob, failed_jobs, failure_summary
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


def test_summary_shows_rule_unit_log_and_command(tmp_path):
    log = tmp_path / TRIM.logs[0]
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {i}\n" for i in range(20)) + "trim_reads: x.fastq: found y\n")
    snakemake_log = tmp_path / "snakemake.log"
    snakemake_log.write_text(LOG + LOG)  # some executors log a failure twice
    first, second = failure_summary([str(snakemake_log)], COMMAND, tmp_path).split("\n\n")
    lines = first.splitlines()
    assert lines[0] == "FAILED: trim_reads of a.lane1"
    assert lines[2] == "    line 6"
    assert lines[-3] == "    trim_reads: x.fastq: found y"
    assert lines[-1] == f"    snakemake --profile parallelcluster {TRIM.output}"
    assert second.splitlines()[:2] == [
        "FAILED: find_pairs",
        "  no log was written; see the messages above",
    ]


def test_no_log_at_all():
    assert failure_summary([], COMMAND) == ""


def test_retried_jobs_on_slurm_are_reported_once_with_slurms_log(tmp_path):
    """A stage's own log is empty when it could not start."""
    own, slurm = tmp_path / TRIM.logs[0], tmp_path / "logs/slurm/7.log"
    for path, text in ((own, ""), (slurm, "slurmstepd: error: no such node\n")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    log = tmp_path / "x.log"
    block = LOG[: LOG.index("Error in rule find_pairs")]
    tried = [block.replace(TRIM.logs[0], f"{TRIM.logs[0]}, logs/slurm/{i}.log") for i in (6, 7)]
    log.write_text("".join(tried))
    summary = failure_summary([str(log)], COMMAND, tmp_path)
    assert summary.count("FAILED: trim_reads of a.lane1") == 1
    assert "last lines of logs/slurm/7.log:\n    slurmstepd: error: no such node" in summary
