"""Editing a file reruns exactly the stages that use it and those after them."""

import re

import pytest

pytestmark = pytest.mark.slow

WITH_KERNELS = {"find_pairs", "align_pairs", "join_reads"}
AFTER = {  # the stages after each stage
    "trim_reads": "convert_fastq_to_bam embed_reads find_pairs align_pairs join_reads cluster_reads"
    " compare_with_truth write_report",
    "embed_reads": "find_pairs align_pairs join_reads cluster_reads compare_with_truth"
    " write_report",
    "find_pairs": "align_pairs join_reads cluster_reads compare_with_truth write_report",
    "align_pairs": "join_reads cluster_reads compare_with_truth write_report",
    "join_reads": "cluster_reads compare_with_truth write_report",
    "cluster_reads": "compare_with_truth write_report",
    "write_report": "",
}


def changed(run, *arguments):
    """Return the rules that a dry run lists."""
    output = run.snakemake("-n", "--cores", "2", *arguments)
    stats = output.partition("Job stats:")[2].partition("\n\n")[0]
    return set(re.findall(r"^(\w+) +\d+$", stats, re.MULTILINE)) - {"all", "total", "job"}


@pytest.fixture
def edited(finished_run):
    """Edit a file for one test, then restore it."""
    before: dict = {}

    def edit(name, old=None, new=None):
        path = finished_run.folder / name
        text = before.setdefault(path, path.read_text())
        assert old is None or old in text
        path.write_text(text.replace(old, new) if old else text + "# edited\n")

    yield edit
    for path, text in before.items():
        path.write_text(text)


def test_nothing_reruns_by_itself(finished_run):
    assert "Nothing to be done" in finished_run.snakemake("-n", "--cores", "2")


def test_touching_files_reruns_nothing(finished_run):
    for path in (finished_run.folder / "workflow_scripts").rglob("*.py"):
        path.touch()
    assert changed(finished_run) == set()


@pytest.mark.parametrize(
    ("file", "first"),
    [
        ("workflow_scripts/readkin/kernels/smith_waterman/alignment.py", "align_pairs"),
        ("workflow_scripts/readkin/kernels/join/lsh_join.py", "find_pairs"),
        ("workflow_scripts/readkin/kernels/kmers/vectors.py", "embed_reads"),
        ("workflow_scripts/readkin/kernels/layout/consensus.py", "join_reads"),
        ("workflow_scripts/cluster_reads.py", "cluster_reads"),
        ("workflow_scripts/trim_reads.py", "trim_reads"),
        ("workflow_scripts/write_report.py", "write_report"),
    ],
)
def test_editing_code_reruns_its_stages(finished_run, edited, file, first):
    edited(file)
    compiled_ahead = {"compile_kernels"} if first in WITH_KERNELS else set()
    assert changed(finished_run) == {first, *AFTER[first].split()} | compiled_ahead


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        ("expected_error_rate: 0.01", "expected_error_rate: 0.02", "embed_reads"),
        ("mask_low_complexity: true", "mask_low_complexity: false", "embed_reads"),
        ("max_pairs_per_read: 1000", "max_pairs_per_read: 900", "find_pairs"),
        ("min_score: 60", "min_score: 70", "align_pairs"),
        ("min_confidence: 0.8", "min_confidence: 0.7", "cluster_reads"),
        ("min_length_bp: 50", "min_length_bp: 60", "trim_reads"),
    ],
)
def test_changing_a_setting_reruns_its_stage(finished_run, edited, old, new, first):
    edited("config/config.yaml", old, new)
    rerun = changed(finished_run)
    assert rerun == {first, *AFTER[first].split()}


def test_threads_rerun_nothing(finished_run):
    assert "Nothing to be done" in finished_run.snakemake("-n", "--cores", "8")


def test_one_stage_again(finished_run):
    assert changed(finished_run, "-R", "align_pairs", "--until", "align_pairs") == {"align_pairs"}


def test_only_the_requested_stage_runs(finished_run):
    output = finished_run.snakemake("--cores", "2", "-R", "find_pairs", "--until", "find_pairs")
    assert set(re.findall(r"Rule: (\w+)", output)) == {"find_pairs"}
