"""Run the alignment benchmark on small workloads: its tools agree and its records are complete."""

import json

import pytest

from benchmarks.align import operations, readkin_tool
from benchmarks.align.race import find_peers, n_different, race
from benchmarks.align.records import race_table, records_of
from benchmarks.align.work_sets import MIN_SCORE, set_a, set_b, set_c, set_l, set_p, work_sets
from benchmarks.records import write_json

SETS = [
    set_a(20, 70),
    set_b(4, 100),
    set_c(2, 100),
    set_p(150, 80, 0.6, None),
    set_p(150, 80, 0.6, MIN_SCORE),
    set_l(2, 1200, MIN_SCORE),
]


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    found, missing = find_peers(tmp_path_factory.mktemp("drivers"))
    assert "parasail (Python)" not in missing
    return found


@pytest.mark.parametrize("work", SETS, ids=lambda work: work.name)
def test_all_tools_give_the_same_scores(work, peers, tmp_path):
    runners = race(work, readkin_tool.tool(), peers, seconds=0.01, repetitions=2)
    assert len(runners) > 1
    assert {runner.tool.name: runner.n_wrong for runner in runners} == {
        runner.tool.name: 0 for runner in runners
    }
    assert race_table(runners).row_count == len(runners)
    write_json(tmp_path / "new" / "align.json", records_of(runners))
    records = json.loads((tmp_path / "new" / "align.json").read_text())
    assert all(row["min"] <= row["median"] <= row["max"] for row in records)
    assert {row["n"] for row in records} == {2}


def test_a_wrong_score_is_noticed(peers):
    work = SETS[0]
    runners = race(work, readkin_tool.tool(), peers[:1], seconds=0.01, repetitions=1)
    expected = runners[0].run(work.units)
    wrong = expected.copy()
    wrong[7] += 1
    assert n_different(runners[0], wrong, expected) == 1
    assert n_different(runners[0], wrong[1:], expected) == expected.size


@pytest.mark.parametrize("hits", [0.6, 0.05])
def test_share_of_pairs_that_reach_the_threshold(hits):
    work = set_p(150, 1600, hits, MIN_SCORE)
    scores = readkin_tool.variants(work)["align_pairs"](work.units)
    assert (scores >= MIN_SCORE).mean() == pytest.approx(hits, abs=0.03)


def test_sets_are_the_same_every_time():
    for one, other in zip(work_sets(True), work_sets(True), strict=True):
        assert one.title == other.title
        assert one.cells(one.units) == other.cells(other.units)
        first = one.queries if hasattr(one, "queries") else one.b
        assert first.text == (other.queries if hasattr(other, "queries") else other.b).text


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("\tvpaddsb\t(%rax), %zmm1, %zmm2", "AVX-512"),
        ("\tvpaddsb\t(%rax), %ymm1, %ymm17", "AVX-512VL (32 registers of 32 bytes)"),
        ("\tvpcmpeqb\t%ymm0, %ymm1, %k1", "AVX-512VL (32 registers of 32 bytes)"),
        ("\tvpaddsb\t(%rax), %ymm1, %ymm15", "AVX2"),
        ("\tpaddsb\t%xmm1, %xmm2", "SSE"),
        ("\tsqadd\tv0.16b, v1.16b, v2.16b", "no vectors of x86"),
    ],
)
def test_instruction_set_of_a_listing(line, name):
    assert operations.instruction_set_of(f"\tmovq\t%rax, %rdx\n{line}\n") == name
