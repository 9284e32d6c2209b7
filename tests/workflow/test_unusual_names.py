"""Values of users reach the programs unchanged, or are refused before the start."""

import html
import re
import shlex

import pysam
import pytest

from support.clone import Clone
from support.fastq_files import random_records, write_fastq
from support.unusual_names import (
    LOCALLY,
    QUERIES,
    UNITS,
    queries_with_hits,
    units_of_clusters,
    write_inputs,
)

pytestmark = pytest.mark.slow

TITLE = f"Gut {{pilot}} {{}} {{sample}} <results> </title><script>x</script> {LOCALLY}"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Clone:
    """A finished run in which every name is unusual, also that of the clone."""
    clone = Clone(tmp_path_factory.mktemp("run") / LOCALLY)
    write_inputs(clone, LOCALLY, TITLE)
    clone.snakemake("--cores", "2")
    return clone


def test_names_of_the_sheet_reach_the_files(run):
    bams = run.folder / "results" / "bam"
    for (sample, unit), reads in UNITS.items():
        path = bams / f"{sample}.{unit}.unaligned.bam"
        with pysam.AlignmentFile(str(path), check_sq=False) as bam:
            assert bam.nocoordinate == reads
            (group,) = bam.header.to_dict()["RG"]
        assert (group["ID"], group["SM"]) == (f"{sample}.{unit}", sample)
        assert group["LB"] == {"-l1": "-lib", "--help": "--help"}[unit]
        with pysam.AlignmentFile(str(bams / f"{sample}.{unit}.aligned.bam")) as bam:
            assert bam.unmapped + bam.mapped == reads
    assert units_of_clusters(run) == set(UNITS)


def test_query_reaches_the_search(run):
    assert queries_with_hits(run) == QUERIES


def test_title_is_text_on_the_page(run):
    page = (run.folder / "results" / "report.html").read_text("utf-8")
    assert html.unescape(re.search("<h1>(.*?)</h1>", page)[1]) == TITLE
    assert "<script>x" not in page


def test_check_accepts_the_names(run):
    output = run.snakemake("--cores", "2", "check_reads")
    assert re.search(r"ok +reads -RT\.-l1 +30 reads", output)
    assert re.search(r"ok +reads -RT\.--help +20 pairs", output)


def test_nothing_reruns(run):
    assert "Nothing to be done" in run.snakemake("-n", "--cores", "2")


def test_clone_in_a_folder_with_braces_is_refused(tmp_path):
    clone = Clone(tmp_path / "{readkin}")
    output = clone.snakemake("-n", fails=True)
    assert output.startswith(f'Snakefile: found the folder "{clone.folder}", expected a path')
    assert "Traceback" not in output


@pytest.mark.parametrize("name", ["{kernels}", "<results>"])
def test_cache_that_snakemake_would_change_is_refused(run, tmp_path, name):
    output = run.snakemake("-n", fails=True, READKIN_CACHE=str(tmp_path / name))
    assert output.startswith(f'READKIN_CACHE: found the folder "{tmp_path / name}')
    assert "set it to another folder" in output
    assert "Traceback" not in output


def test_paths_that_snakemake_would_change_are_refused(run):
    sheet = run.folder / "sheet.tsv"
    write_fastq(run.folder / "reads_{unit}.fq", random_records(3, seed=1))
    write_fastq(run.folder / "reads_u.fq", random_records(3, seed=2))
    sheet.write_text("sample\tunit\tfastq_1\ns\tu\treads_{unit}.fq\n")
    (run.folder / "<results>.fa").write_text(">a\nACGT\n")
    options = ["--config", "samples=sheet.tsv", "reference=<results>.fa"]
    output = run.snakemake("-n", *options, fails=True)
    assert 'sheet.tsv:2: fastq_1: found "reads_{unit}.fq", expected a path without' in output
    assert 'reference: found "<results>.fa", expected a path without' in output
    command = re.search("ln -s .*reads_unit.fq$", output, re.MULTILINE)[0]
    assert shlex.split(command) == ["ln", "-s", "reads_{unit}.fq", "reads_unit.fq"]
    assert "Traceback" not in output
