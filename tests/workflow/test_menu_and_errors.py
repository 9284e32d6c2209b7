"""What users see before a run and when one fails."""

import re

import pytest

pytestmark = pytest.mark.slow

STAGES = {
    "embed_reads",
    "find_pairs",
    "align_pairs",
    "cluster_reads",
    "search_reads",
    "compare_with_truth",
    "write_report",
}


@pytest.fixture(scope="module")
def clone(new_clone):
    """A clone with few reads, not run."""
    clone = new_clone()
    clone.simulate(fragments=200)
    return clone


def test_targets_read_as_a_menu(new_clone):
    said = new_clone().snakemake("--list-target-rules")
    menu = dict(re.findall(r"^(\w+) \((.+)\)$", said, re.MULTILINE))
    targets = {"all", "trimmed_reads", "bam_files", "mapped_reads", "search"}
    assert set(menu) == STAGES | targets | {"check", "check_reads"}


def test_lint_is_clean(new_clone):
    assert "Congratulations" in new_clone().snakemake("--lint")


def mermaid(snakemake_graph):
    """Snakemake's rule graph in a fixed order, without arrows that follow from others."""
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", snakemake_graph))
    arrows = {(names[a], names[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", snakemake_graph)}

    def leads(start, end, but):
        nexts = {b for a, b in arrows if a == start and (a, b) != but}
        return end in nexts or any(leads(middle, end, but) for middle in nexts)

    needed = sorted((a, b) for a, b in arrows if not leads(a, b, but=(a, b)))
    lines = ["flowchart TB", *(f"    {a} --> {b}" for a, b in needed)]
    return "```mermaid\n" + "\n".join(lines) + "\n```"


def test_rule_graph_of_the_readme_is_true(clone, request):
    graph = mermaid(clone.snakemake("--rulegraph", "mermaid-js", "--quiet", "all"))
    assert "find_pairs --> align_pairs" in graph
    page = request.config.rootpath / "README.md"
    readme = page.read_text()
    if request.config.getoption("--fix"):
        readme = re.sub(r"```mermaid\n.*?```", graph, readme, flags=re.DOTALL)
        page.write_text(readme)
    assert graph in readme, "run `make docs`"


def test_all_mistakes_are_told_before_any_job(clone):
    path = clone.folder / "config" / "config.yaml"
    text = path.read_text()
    try:
        path.write_text(text.replace("min_votes:", "min_vote:").replace("k: 11", "k: 99"))
        said = clone.snakemake("--cores", "2", fails=True)
    finally:
        path.write_text(text)
    assert "pairs.min_vote" in said
    assert "did you mean `min_votes`?" in said
    assert "embed.k" in said
    assert "99" in said
    assert "Traceback" not in said
    assert not (clone.folder / "work").exists()


def test_a_search_without_query_is_told(clone):
    said = clone.snakemake("-n", "search", fails=True)
    assert "search.query: found nothing (null), expected a FASTA or FASTQ file" in said
    assert "config/config.yaml:" in said
    assert "Traceback" not in said


def test_a_failed_run_tells_rule_unit_log_and_command(clone):
    path = clone.folder / "demo" / "demo.lane2_R2.fastq.gz"
    content = path.read_bytes()
    try:
        path.write_bytes(content[: len(content) // 2])
        said = clone.snakemake("--cores", "2", "trimmed_reads", fails=True)
    finally:
        path.write_bytes(content)
    digest = said.partition("FAILED: ")[2]
    assert digest.startswith("trim_reads of demo.lane2\n")
    assert "demo/demo.lane2_R2.fastq.gz: found" in digest
    assert "snakemake --cores 2 work/trimmed/demo.lane2.fastq.gz" in digest
    assert list((clone.folder / "work").glob("trimmed/*lane2*")) == []


def test_a_run_goes_on_after_a_failure(clone):
    said = clone.snakemake("--cores", "2", "work/trimmed/demo.lane2.fastq.gz")
    assert "1 of 1 steps" in said
