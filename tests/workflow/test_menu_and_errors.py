"""Messages before a run and after a failed one."""

import re

import pytest

from rules.stages import STAGES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(new_clone):
    """A clone with few reads, not run."""
    clone = new_clone()
    clone.simulate(fragments=200)
    return clone


def test_targets_read_as_a_menu(new_clone):
    output = new_clone().snakemake("--list-target-rules")
    menu = dict(re.findall(r"^(\w+) \((.+)\)$", output, re.MULTILINE))
    of_stages = {stage.target for stage in STAGES.values() if stage.target}
    of_stages |= {stage.name for stage in STAGES.values() if not stage.is_per_unit}
    assert set(menu) == of_stages | {"all", "check", "check_reads"}


def test_lint_is_clean(new_clone):
    assert "Congratulations" in new_clone().snakemake("--lint")


def test_all_mistakes_are_reported_before_any_job(clone):
    path = clone.folder / "config" / "config.yaml"
    text = path.read_text()
    try:
        path.write_text(text.replace("min_votes:", "min_vote:").replace("k: 11", "k: 99"))
        output = clone.snakemake("--cores", "2", fails=True)
    finally:
        path.write_text(text)
    assert "pairs.min_vote" in output
    assert "did you mean `min_votes`?" in output
    assert "embed.k" in output
    assert "99" in output
    assert "Traceback" not in output
    assert not (clone.folder / "work").exists()


def test_all_of_reference_and_query_is_read_before_any_job(clone):
    (clone.folder / "glued.fa").write_text(">a\nACGT>b\nACGT\n")
    (clone.folder / "empty.fa").write_text(">a\nACGT\n>b\n")
    files = ("--config", "reference=glued.fa", "search={query: empty.fa}")
    output = clone.snakemake("--cores", "2", *files, fails=True)
    assert "glued.fa:2: reference: found '>' in the sequence of a, expected bases" in output
    assert "empty.fa:3: search.query: found no sequence in record b" in output
    assert "2 errors (1 in glued.fa, 1 in empty.fa); nothing was started." in output
    assert "Traceback" not in output
    assert not (clone.folder / "work").exists()


def test_a_search_without_query_is_reported(clone):
    output = clone.snakemake("-n", "search", fails=True)
    assert "search.query: found nothing (null), expected a FASTA or FASTQ file" in output
    assert "config/config.yaml:" in output
    assert "Traceback" not in output


def test_a_failed_run_ends_with_rule_unit_log_and_command(clone):
    path = clone.folder / "demo" / "day8.lane1_R2.fastq.gz"
    content = path.read_bytes()
    try:
        path.write_bytes(content[: len(content) // 2])
        output = clone.snakemake("--cores", "2", "trimmed_reads", fails=True)
    finally:
        path.write_bytes(content)
    summary = output.partition("FAILED: ")[2]
    assert summary.startswith("trim_reads of day8.lane1\n")
    assert "demo/day8.lane1_R2.fastq.gz: after record " in summary
    assert "snakemake --cores 2 work/trimmed/day8.lane1.fastq.gz" in summary
    assert list((clone.folder / "work").glob("trimmed/*day8*")) == []


def test_all_failed_units_are_named(clone):
    names = [f"u{i}" for i in range(7)]
    rows = [f"s\t{name}\t{name}.fastq" for name in names]
    (clone.folder / "seven.tsv").write_text("\n".join(["sample\tunit\tfastq_1", *rows]) + "\n")
    for name in names:
        (clone.folder / f"{name}.fastq").write_text("@a\nACGT\n+\nIIII\n@b\nACGT\n+\nIII\n")
    (clone.folder / "u3.fastq").write_text("@a\nACGT\n+\nIIII\n")
    output = clone.snakemake(
        "--cores", "2", "--keep-going", "trimmed_reads",
        "--config", "samples=seven.tsv", "truth=null", fails=True,
    )  # fmt: skip
    assert output.count("FAILED: trim_reads of ") == 6
    [last] = [line for line in output.splitlines() if line.startswith("trim_reads failed for ")]
    count, _, failed = last.partition(": ")
    assert count == "trim_reads failed for 6 of 7 units"
    assert set(failed.split()) == {f"s.{name}" for name in names if name != "u3"}


def test_a_run_resumes_after_a_failure(clone):
    output = clone.snakemake("--cores", "2", "work/trimmed/day8.lane1.fastq.gz")
    assert "1 of 1 steps" in output


def test_a_failed_mpi_stage_ends_with_its_own_message(clone):
    clone.snakemake("--cores", "2", "embed_reads")
    embeddings = clone.folder / "results" / "embeddings.h5"
    complete = embeddings.read_bytes()
    embeddings.write_bytes(complete[: len(complete) // 2])
    (clone.folder / "query.fa").write_text(">q1\nACGTACGTACGGTACGTACG\n>q2\nACGTACGTACGT\n")
    search = "search={query: query.fa}"
    output = clone.snakemake("--cores", "2", "search", "--config", search, fails=True)
    embeddings.write_bytes(complete)
    lines = output.partition("FAILED: search_reads\n")[2].splitlines()
    assert lines[0].startswith("  search_reads: results/embeddings.h5")
    assert ": found" in lines[0]
    assert "MPI_ABORT" not in "\n".join(lines)
    table = (clone.folder / "logs" / "failed_jobs.tsv").read_text().splitlines()
    assert table[1].split("\t")[:4] == ["search_reads", "", "1", lines[0].strip()]
