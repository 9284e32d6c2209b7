"""Values of users reach the programs unchanged, or are refused before the start."""

import html
import json
import re
import shlex

import pysam
import pytest

from support.clone import Clone
from support.fastq_files import random_records, write_fastq

pytestmark = pytest.mark.slow

FOLDER = 'a b\'s "q" $HOME `id` $(id) & ; * ? # , % ~ ! é <B>'
UNUSUAL = f"{FOLDER} {{3F-9}}"
TITLE = f"Gut {{pilot}} {{}} {{sample}} <results> </title><script>x</script> {UNUSUAL}"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Clone:
    """A finished run in which every name is unusual, also that of the clone."""
    clone = Clone(tmp_path_factory.mktemp("run") / FOLDER)
    records = random_records(30, seed=1)
    # 30 reads are their own reference and queries.
    sequences = "".join(f">{name} {{name}}\n{bases}\n" for name, bases, _ in records)
    for name in ("-reference", "-query"):
        (clone.folder / f"{name} {UNUSUAL}.fa").write_text(sequences)
    single = write_fastq(clone.folder / f"-1 {UNUSUAL}.fq", records)
    mates = [
        write_fastq(clone.folder / f"-{mate} {UNUSUAL}.fq.gz", random_records(20, seed=mate))
        for mate in (1, 2)
    ]
    rows = [["sample", "unit", "library", "fastq_1", "fastq_2"]]
    rows.append(["-RT", "-l1", "-lib", single.name])
    rows.append(["-RT", "--help", "--", *(path.name for path in mates)])
    sheet = clone.folder / f"-sheet {UNUSUAL} {{unit}}.tsv"
    sheet.write_text("".join("\t".join(row) + "\n" for row in rows))
    settings = {
        "samples": sheet.name,
        "truth": None,
        "reference": f"-reference {UNUSUAL}.fa",
        "search": {"query": f"-query {UNUSUAL}.fa"},
        "report": {"title": TITLE},
    }
    (clone.folder / "config" / "config.yaml").write_text(json.dumps(settings))
    clone.snakemake("--cores", "2")
    return clone


def test_names_of_the_sheet_reach_the_files(run):
    bams = run.folder / "results" / "bam"
    with pysam.AlignmentFile(str(bams / "-RT.-l1.unaligned.bam"), check_sq=False) as bam:
        assert bam.nocoordinate == 30
        (group,) = bam.header.to_dict()["RG"]
    assert (group["ID"], group["SM"], group["LB"]) == ("-RT.-l1", "-RT", "-lib")
    with pysam.AlignmentFile(str(bams / "-RT.--help.aligned.bam")) as bam:
        assert bam.unmapped + bam.mapped == 40
    clusters = (run.folder / "results" / "clusters.tsv").read_text().splitlines()
    assert {tuple(line.split("\t")[2:4]) for line in clusters[1:]} == {
        ("-RT", "-l1"),
        ("-RT", "--help"),
    }


def test_query_reaches_the_search(run):
    hits = (run.folder / "results" / "search.blast6.tsv").read_text().splitlines()
    assert {line.split("\t")[0] for line in hits} == {f"r{i}" for i in range(30)}


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
