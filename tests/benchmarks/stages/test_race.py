"""Run the stages benchmark on a few reads: its tools run and its records are complete."""

import json

import pytest

from benchmarks.launching import Cost
from benchmarks.records import write_json
from benchmarks.stages.race import race, records_of, work_table
from benchmarks.stages.tools import TO_BAM, RunResult, Tool, simulate, tools


@pytest.fixture(scope="module")
def runners(tmp_path_factory):
    reads = simulate(400, tmp_path_factory.mktemp("stages") / "reads")
    return race(reads, [tool for tool in tools() if not tool.is_chain], rounds=1)


def test_every_installed_tool_runs_and_writes_the_reads(runners):
    assert {runner.failure for runner in runners} == {runner.tool.missing for runner in runners}
    written = {r.tool.name: r.results[0].reads for r in runners if r.results}
    assert 350 < written["readkin"] <= 400


def test_records_are_complete(runners, tmp_path):
    write_json(tmp_path / "stages.json", [*records_of(runners)])
    records = json.loads((tmp_path / "stages.json").read_text())
    metrics = {row["metric"]: row for row in records if row["tool"] == "readkin"}
    steps = metrics["trim_reads_cpu"]["median"] + metrics["convert_fastq_to_bam_cpu"]["median"]
    assert metrics["cpu"]["median"] == pytest.approx(steps)
    assert metrics["cpu_by_cutadapt"]["median"] > 1
    assert metrics["output"]["median"] > 0
    assert metrics["peak_memory"]["unit"] == "MB"
    assert work_table(runners).row_count == len(runners) + 2


def constant(name, cpu, reads, **more):
    return Tool(name, lambda *_: RunResult({"all": Cost(cpu, cpu, 1)}, 1, reads), **more)


def test_ratios_are_those_of_a_round_and_the_chain_runs_once(runners):
    chosen = [constant(TO_BAM, 2, 9), constant("readkin", 3, 9), constant("c", 5, 9, is_chain=True)]
    raced = race(runners[0].reads, chosen, rounds=3)
    assert [len(runner.results) for runner in raced] == [3, 3, 1]
    of_bam = [row for row in records_of(raced) if row["metric"] == "cpu_by_cutadapt_to_bam"]
    assert [(row["median"], row["n"]) for row in of_bam] == [(1, 3), (1.5, 3), (2.5, 1)]


def test_what_is_missing_or_wrong_is_not_measured(runners):
    absent = constant("x", 1, 9, programs=("no-such-program",))
    chosen = [constant(TO_BAM, 2, 9), constant("readkin", 3, 8), absent]
    raced = race(runners[0].reads, chosen, rounds=1)
    assert [runner.failure for runner in raced] == [
        "",
        f"reads written: {{'{TO_BAM}': 9, 'readkin': 8}}",
        "apt-get install no-such-program",
    ]
    assert {row["tool"] for row in records_of(raced)} == {TO_BAM}
