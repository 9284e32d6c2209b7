"""README.md: the table of the stages and the graph of the rules."""

import gzip
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.pages.markdown import replace_block, table
from rules.settings.input_probe import TRUTH_COLUMNS
from rules.stages import STAGES

REPOSITORY = Path(__file__).resolve().parents[2]


def stage_table() -> str:
    """Return the table of the stages in the order of a run."""
    rows = []
    for stage in STAGES.values():
        condition = f"only with `{stage.only_with}`: " if stage.only_with else ""
        rows.append((f"`{stage.name}`", condition + stage.summary, stage.engine, stage.product))
    return table(("stage", "what it does", "with", "product"), rows)


NO_STAGES = {"list_files", "compile_kernels"}
"""Rules that prepare what the stages use, and are none themselves."""


def rule_graph() -> str:
    """Return the graph of the rules of the demo, as Snakemake draws it."""
    with tempfile.TemporaryDirectory() as folder:
        _write_demo(Path(folder))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
        command += ["--directory", folder, "--rulegraph", "mermaid-js", "--quiet", "all"]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return mermaid(done.stdout)


def mermaid(snakemake_graph: str) -> str:
    """Return the graph of the stages in a fixed order, without edges that follow from others."""
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", snakemake_graph))
    edges = {(names[a], names[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", snakemake_graph)}
    edges = {(a, b) for a, b in edges if not NO_STAGES & {a, b}}

    def is_connected(start: str, end: str, without: tuple[str, str]) -> bool:
        following = {b for a, b in edges if a == start and (a, b) != without}
        return end in following or any(is_connected(node, end, without) for node in following)

    needed = sorted((a, b) for a, b in edges if not is_connected(a, b, without=(a, b)))
    lines = ["```mermaid", "flowchart TB", *(f"    {a} --> {b}" for a, b in needed), "```"]
    return "\n".join(lines) + "\n"


def _write_demo(folder: Path) -> None:
    """Write the shipped settings and the smallest input files that pass the checks."""
    shutil.copytree(REPOSITORY / "config", folder / "config")
    (folder / "demo").mkdir()
    with gzip.open(folder / "demo" / "truth.tsv.gz", "wt") as truth:
        truth.write("\t".join(TRUTH_COLUMNS) + "\n")
    for unit in ("day1.lane1", "day8.lane1"):
        for mate in "12":
            with gzip.open(folder / "demo" / f"{unit}_R{mate}.fastq.gz", "wt") as reads:
                reads.write(f"@read/{mate}\nACGT\n+\nIIII\n")


def updated(text: str) -> str:
    """Return the README with its table and its graph updated."""
    text = replace_block(text, "stages", stage_table())
    return replace_block(text, "graph", rule_graph())
