"""docs/trade-offs.md: values with their origins, tables from records, links to drills."""

import ast
import re
from typing import Any

import pytest

from benchmarks.records import Record
from benchmarks.tradeoff.architectures import MPI_NODE
from benchmarks.tradeoff.measurements import Run
from benchmarks.tradeoff.prices import read_prices
from docs.pages.markdown import NOT_MEASURED
from docs.pages.trade_offs import agreement, measured, published
from docs.pages.trade_offs.provenance import modelled, quoted, unmarked
from docs.pages.trade_offs.scenarios import DRILLS
from support.repository import REPOSITORY

PAGE = REPOSITORY / "docs" / "trade-offs.md"


def record(work: str, tool: str, metric: str, values: list[float], **more: Any) -> Record:
    """Return a record as `make tradeoff` writes it."""
    middle = sorted(values)[len(values) // 2]
    statistics = {"median": middle, "min": min(values), "max": max(values), "n": len(values)}
    return {"work": work, "tool": tool, "metric": metric, "unit": ""} | statistics | more


def run_of(*records: Record, name: str = "20261130-1200") -> Run:
    """Return a run with these records."""
    return Run(name, "2026-11-30", "abc1234", "a processor", 2, 12.3, records, [])


RUN = run_of(
    record("embed", "ray_tasks", "wall", [9, 7, 8]),
    record("embed", "mpi", "wall", [4, 3, 5]),
    record("killed", "mpi", "time lost", [2.5], survived=False, same_files=True),
    record("killed", "ray_tasks", "time lost", [0.5], survived=True, same_files=True),
    record("empty", "mpi", "wall", [1.0], items=1),
    record("empty", "mpi", "wall", [1.99], items=100),
)
MARK = "*Measured here*: [run 20261130-1200](#runs), commit abc1234, 2 cores, n = 3."


def test_table_has_the_fastest_first_and_its_mark() -> None:
    """The last column is the time without that of an empty item."""
    lines = measured.engines("embed")(RUN).splitlines()
    assert [line.split(" | ")[:2] for line in lines[2:4]] == [
        ["| MPI", "4.00 (3.00-5.00)"],
        ["| Ray tasks", "8.00 (7.00-9.00)"],
    ]
    assert lines[2].count(NOT_MEASURED) == 5
    assert lines[2].endswith("| 3.00 |")
    assert lines[-1] == MARK


def test_experiment_without_values_is_not_measured() -> None:
    assert measured.grid(RUN) == "Not measured.\n"
    assert "On a GPU: not measured" in measured.instructions(RUN)


def test_speed_of_instructions_has_the_number_of_tiles() -> None:
    run = run_of(
        *(record("instructions", "SSE2", name, [2], items=4) for name in ("wall", "speed"))
    )
    text = measured.instructions(run)
    assert "n = 1; 4 tiles, GCUPS after the first one." in text
    assert unmarked(text) == []


def test_each_further_empty_item() -> None:
    assert "| MPI | 1 | 1.99 | 10.0 |" in measured.empty(RUN)


def test_killed_workers() -> None:
    """Their time is paid for as that of a node, 1,000 times."""
    text = measured.killed(RUN)
    usd = 2.5 / 3600 * read_prices()[MPI_NODE].usd * 1000
    assert f"| MPI | no | yes | 2.50 | {usd:.2f} |" in text
    assert "| Ray tasks | yes | yes | 0.5" in text


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([3, 4, 5], [5, 6, 7], 1),
        ([3.9, 4, 4.1], [4.2, 4.3, 4.4], 1),
        ([3, 4, 5], [5.1, 6, 7], 0),
    ],
)
def test_agreement_of_two_runs(first: list[float], second: list[float], expected: int) -> None:
    runs = [run_of(record("embed", "mpi", "wall", values)) for values in (first, second)]
    assert f"| {expected} of 1 |" in measured.agreement(*runs)


def test_runs_of_different_numbers_of_items_are_not_compared() -> None:
    runs = [run_of(record("embed", "mpi", "wall", [1.0], items=n)) for n in (4, 6)]
    assert "| embed |" not in measured.agreement(*runs)


def test_single_run_agrees_with_nothing() -> None:
    assert "Only one run" in agreement([RUN])


@pytest.mark.parametrize(
    "text",
    [
        "It took 3 s.",
        "- It took 3 s.\n- *Quoted*: 4 s, [a paper](https://example.org).",
        "| engine | s |\n| --- | --- |\n| MPI | 3 |",
        "| engine | s |\n| --- | --- |\n| MPI | 3 |\n\nAs [measured](#runs).",
        "It took 3 s. *Measured here*: [run x](#runs).",
        "It took 3 s. *Measured here*: [run x](#runs), commit abc, 2 cores.",
        "It took 3 s. *Modelled*.",
        "It took 3 s. *Quoted*: a paper.",
        f"It took 3 s.\n\n{MARK}",
    ],
)
def test_numbers_without_origin_are_found(text: str) -> None:
    assert unmarked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Objects in S3 on m6a.4xlarge, AVX-512, ISO/IEC 25010:2023, see [it](page-2.md).",
        "# The 4 architectures\n\n    make tradeoff 1\n\n`n = 1` <!-- 2 -->",
        f"It took 3 s. {MARK}",
        f"| engine | s |\n| --- | --- |\n| MPI | 3 |\n\n{MARK}",
        f"It takes 3 s. {modelled(RUN, [1, 3], 'up to 2 processes')}",
        f"It takes 3 s. {quoted('the time', '[a paper](https://example.org)')}",
    ],
)
def test_numbers_with_origin_pass(text: str) -> None:
    assert unmarked(text) == []


def test_page_refers_to_published_runs_only() -> None:
    named = set(re.findall(r"\[run ([\w-]+)\]", PAGE.read_text(encoding="utf-8")))
    assert named
    assert named <= {run.id for run in published()}


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.test)
def test_drills_exist(drill) -> None:
    tree = ast.parse((REPOSITORY / drill.file).read_text(encoding="utf-8"))
    assert drill.test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_links_of_the_page_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (PAGE.parent / target.partition("#")[0]).exists(), target
