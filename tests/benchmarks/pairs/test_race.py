"""Run the pairs benchmark on a tiny workload: its tools find pairs and its records are complete."""

import json
from pathlib import Path

import dnaio
import numpy as np
import pytest

from benchmarks.launching import Cost, metered, metered_on_ranks
from benchmarks.pairs import readkin_tool, workloads
from benchmarks.pairs.genomes import Genome, read_region
from benchmarks.pairs.race import find_peers, race
from benchmarks.pairs.reads import simulate, with_duplicates, write_bam, write_fasta
from benchmarks.pairs.table import records_of, summary, work_table
from benchmarks.pairs.tools import RunResult, Tool
from benchmarks.records import write_json
from readkin.formats.fasta import decode, read_fasta
from readkin.formats.reads import load_reads

GENOME = Path(__file__).resolve().parents[2] / "data" / "genomes" / "e_coli_mg1655.fa.gz"


@pytest.fixture(scope="module")
def genome():
    return Genome("test", read_fasta(GENOME)[0].bases[:20_000], False, "test data")


@pytest.fixture(scope="module")
def work(genome):
    peers = tuple(find_peers()[0])
    case = workloads.Case(
        name="tiny",
        genome=genome,
        n=600,
        length=150,
        error_rate=0.01,
        seed=1,
        repetitions=1,
        peers=peers,
        ranks=(1, 2),
    )
    return case.simulate()


@pytest.fixture(scope="module")
def runners(work, tmp_path_factory):
    peers, _ = find_peers()
    tools = [readkin_tool.tool(n) for n in work.ranks] + list(peers.values())
    return race(work, tools, tmp_path_factory.mktemp("race"))


def test_every_tool_finds_true_pairs(runners):
    assert {runner.tool.name: runner.failure for runner in runners} == {
        runner.tool.name: "" for runner in runners
    }
    recall = {runner.tool.name: runner.score.recall for runner in runners}
    assert min(recall.values()) > 0.1
    assert recall["readkin"] == recall["readkin, 2 ranks"] > 0.95
    if "minimap2" in recall:
        assert recall["minimap2"] > 0.95


def test_records_are_complete(runners, tmp_path):
    write_json(tmp_path / "new" / "pairs.json", records_of(runners))
    records = json.loads((tmp_path / "new" / "pairs.json").read_text())
    assert all(row["min"] <= row["median"] <= row["max"] for row in records)
    for runner in runners:
        metrics = {row["metric"]: row for row in records if row["tool"] == runner.tool.name}
        assert {"recall_75bp", "precision_20bp", "candidates_per_true_pair"} <= set(metrics)
        assert metrics["cpu"]["n"] == 1
        assert metrics["cpu"]["min"] > 0
        assert metrics["peak_memory"]["min"] > 1
    assert work_table(runners).row_count == len(runners)
    assert summary(records).row_count == 1


def test_a_slow_tool_runs_once_and_a_large_set_is_left_out(work, tmp_path):
    def run_for(seconds):
        none = np.empty(0, np.int64)
        return lambda work, files: RunResult({"all": Cost(seconds, seconds, 1)}, (none, none))

    work = work._replace(repetitions=3)
    tools = [Tool(name=f"{s} s", settings="", version="", run=run_for(s)) for s in (29, 31)]
    small = tools[0]._replace(most_reads=len(work.reads) - 1)
    fast, slow, left_out = race(work, [*tools, small], tmp_path)
    assert [fast.cpu.tolist(), slow.cpu.tolist()] == [[29, 29, 29], [31]]
    assert left_out.failure == "takes part up to 599 reads"
    assert (fast.score.recall, fast.score.precision) == (0, 1)


def test_a_tool_that_fails_is_named_with_its_reason(work, tmp_path):
    def run(work, files):
        metered(["sh", "-c", "echo wrong >&2; exit 3"])

    broken = readkin_tool.tool(1)._replace(name="broken", run=run)
    (runner,) = race(work, [broken], tmp_path)
    assert "exit 3" in runner.failure
    assert "wrong" in runner.failure
    assert records_of([runner]) == []


def test_memory_of_ranks_is_added_up():
    command = ["-c", "import time; x = bytearray(100_000_000); time.sleep(0.2)"]
    one, two = metered_on_ranks(1, command), metered_on_ranks(2, command)
    assert 1e8 < one.memory < 2e8 < two.memory
    assert two.cpu > one.cpu


@pytest.mark.parametrize("error_rate", [0.0, 0.05])
def test_reads_have_the_requested_error_rate(genome, error_rate):
    reads = simulate(genome, 2000, 150, error_rate, seed=3)
    first = np.arange(20)
    forward = genome.bases[reads.origins.start[:, None] + first]
    reverse = 3 - genome.bases[reads.origins.end[:, None] - 1 - first]
    bases = reads.bases[:, :20]
    is_right = (bases == forward).all(1) | (bases == reverse).all(1)
    assert is_right.mean() == pytest.approx((1 - error_rate) ** 20, abs=0.03 if error_rate else 0)
    assert 0.9 < np.mean(reads.origins.end - reads.origins.start) / 150 < 1.1


def test_half_of_the_reads_are_copies(genome):
    reads = with_duplicates(simulate(genome, 1000, 150, 0.05, seed=3), 0.5, seed=1)
    complements = 3 - reads.bases[:, ::-1]
    canonical = [
        min(a.tobytes(), b.tobytes()) for a, b in zip(reads.bases, complements, strict=True)
    ]
    assert len(set(canonical)) == 500
    start = dict(zip(canonical, reads.origins.start.tolist(), strict=True))
    assert [start[text] for text in canonical] == reads.origins.start.tolist()


def test_files_hold_the_reads_in_order(work, tmp_path):
    write_fasta(work.reads, tmp_path / "reads.fasta")
    with dnaio.open(tmp_path / "reads.fasta") as records:
        found = [(int(record.name), record.sequence) for record in records]
    assert found == [(i, decode(bases)) for i, bases in enumerate(work.reads.bases)]
    write_bam(work.reads, tmp_path / "reads.bam")
    assert (load_reads([tmp_path / "reads.bam"]).bases == work.reads.bases.ravel()).all()


def test_a_region_is_that_of_the_whole_sequence():
    whole = read_fasta(GENOME)[0].bases
    for start, end in ((0, 80), (79, 1001), (1000, 1001)):
        assert (read_region(GENOME, start, end) == whole[start:end]).all()
