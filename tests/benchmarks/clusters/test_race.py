"""Run the benchmark on a tiny set: all tools take part, and their records are published."""

import shutil
from pathlib import Path
from typing import cast

import pytest

from benchmarks.clusters import __main__ as command
from benchmarks.clusters import race as racing
from benchmarks.clusters.assemblies import assembly_tools
from benchmarks.clusters.measures import cost_measures, unit_of
from benchmarks.clusters.publish import publish
from benchmarks.clusters.race import STRAINS, Runner, find_peers, race
from benchmarks.clusters.readkin_tools import genomes_tool
from benchmarks.clusters.sets import ReadSet, members_of
from benchmarks.clusters.table import CONTIG_COLUMNS, set_table
from benchmarks.clusters.tools import Simulation, Tool, UnavailableError
from benchmarks.launching import Cost
from docs.pages import clusters as page

GENOMES = Path(__file__).resolve().parents[2] / "data" / "genomes"
IN_CACHE = {"e_coli": "e_coli_mg1655", "s_aureus_n315": "s_aureus_n315"}
TINY = ReadSet(
    name="tiny", title="two genomes", members=members_of(tuple(IN_CACHE), 6, 20_000), samples=2
)
READKIN_TOOLS = ("connected components", "Leiden on kin graph")


@pytest.fixture(scope="module")
def genome_cache(tmp_path_factory):
    """Genomes of the test data instead of downloaded ones."""
    home = tmp_path_factory.mktemp("cache")
    folder = home / "readkin" / "genomes"
    folder.mkdir(parents=True)
    for name, file in IN_CACHE.items():
        shutil.copy(GENOMES / f"{file}.fa.gz", folder / f"{name}.fa.gz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home))
        yield folder


@pytest.fixture(scope="module")
def runners(genome_cache):
    peers = [tool for tool in find_peers()[0] if tool.name in READKIN_TOOLS]
    contigs = assembly_tools() if shutil.which("megahit") else []
    return race(TINY, [genomes_tool(), *peers, *contigs], [1])


def test_every_tool_clusters_the_reads(runners):
    assert [runner.failure for runner in runners] == [""] * len(runners)
    for runner in runners[:3]:
        (measures,) = runner.runs
        assert measures["genomes"] == 2
        assert measures["reads"] > 1000
        assert measures["e_coli: depth"] > 3
        assert 0 < measures["v_measure"] <= 1
        assert measures["cpu"] > 0
    assert {"align_pairs: cpu", "join_reads: cpu", "cluster_reads: cpu"} <= set(runners[0].runs[0])
    assert runners[0].strain_runs
    assert not runners[1].strain_runs
    for runner in runners[3:]:
        (measures,) = runner.runs
        assert 0 <= measures["genome fraction"] <= 1
        assert measures["megahit: cpu"] >= 0


def test_records_are_published(runners, tmp_path, monkeypatch):
    records = [row for runner in runners for row in runner.records()]
    assert {row["tool"] for row in records} >= {"readkin", STRAINS, *READKIN_TOOLS}
    assert set_table(TINY, runners).row_count == 4
    assert set_table(TINY, runners, CONTIG_COLUMNS).row_count == len(runners) - 3
    publish(records, tmp_path / "clusters.tsv")
    monkeypatch.setattr(page, "MEASUREMENTS", tmp_path / "clusters.tsv")
    text = page.updated("")
    assert "### tiny: two genomes\n" in text
    assert "| Leiden on kin graph | graspologic-native " in text
    assert "| tiny | e_coli | " in text


def tool_that(run, most_reads=None) -> Tool:
    """Return a tool that does no more than this function."""
    return Tool(name="any", settings="", version="1", run=run, most_reads=most_reads)


class Reads:
    """Reads of a simulation whose files do not matter."""

    read_ids = ("a", "b", "c")


def fail(simulation: Simulation):
    raise RuntimeError("any: exit 1\nno memory")


@pytest.mark.parametrize(
    ("tool", "failure"),
    [(tool_that(fail), "no memory"), (tool_that(fail, 2), "takes part up to 2 reads")],
    ids=["fails", "too many reads"],
)
def test_a_tool_without_results_is_in_the_table(tool, failure):
    runner = Runner(tool=tool, read_set=TINY)
    for _ in range(2):
        runner.run(cast(Simulation, Reads()))
    assert runner.failure.endswith(failure)
    assert runner.records() == []
    assert set_table(TINY, [runner]).row_count == 1


def test_new_records_replace_those_of_the_same_set_and_tool():
    old = [{"work": work, "tool": tool, "metric": "cpu"} for work in "ab" for tool in "xy"]
    new = [{"work": "a", "tool": "x", "metric": "wall"}]
    assert command.merged(old, new) == [*old[1:], *new]


def test_costs_are_summed_up():
    costs = {
        "align_pairs": Cost(8, 10, 5_000_000),
        "join_reads": Cost(2, 3, 9_000_000),
        "cluster_reads": Cost(1, 1, 1_000_000),
    }
    measures = dict(cost_measures(costs))
    assert measures["cpu"] == 11
    assert measures["peak memory"] == 9
    assert measures["clustering / align_pairs"] == pytest.approx(0.4)
    assert [unit_of(name) for name in ("cpu", "a: peak memory", "purity")] == ["s", "MB", "1"]


def test_the_command_line_selects_sets(monkeypatch):
    monkeypatch.setenv("QUICK", "1")
    arguments = command.parse_arguments(["--sets", "quick_1"])
    assert (arguments.sets, arguments.repeats) == (["quick_1"], 1)
    monkeypatch.setenv("QUICK", "0")
    assert command.parse_arguments([]).repeats == 3
    with pytest.raises(SystemExit):
        command.parse_arguments(["--sets", "quick_1"])


def test_unavailable_peers_are_listed(monkeypatch):
    def lacking():
        raise UnavailableError("apt-get install nothing")

    monkeypatch.setattr(racing, "MAKERS", {"lacking": lacking})
    assert find_peers() == ([], {"lacking": "apt-get install nothing"})
