"""docs/trade-offs.md: tables and figures that the model gives, from runs with known terms."""

import re

import pytest

from benchmarks.scale.model import StageRun
from benchmarks.scale.stages import BY_PAIRS
from benchmarks.tradeoff.measurements import Run
from docs.pages import trade_offs
from docs.pages.trade_offs import cost_tables, figures, scaling_tables
from docs.pages.trade_offs.cost_tables import MILLION_READS
from docs.pages.trade_offs.model import WHOLE, Model
from docs.pages.trade_offs.provenance import unmarked

MARK = (
    "*Modelled* from terms measured in [run 20261130-1200](#runs), commit abc1234, 2 cores, n = 1"
)
STAGES = {
    "trim_reads": 6.0,
    "convert_fastq_to_bam": 4.0,
    "embed_reads": 3.0,
    "find_pairs": 0.4,
    "align_pairs": 2.0,
    "join_reads": 2.0,
    "cluster_reads": 2.0,
    "compare_with_truth": 2.0,
    "write_report": 1.0,
}
"""Seconds per million reads or pairs; every stage starts within 1 s, ranks share all but that."""
PAIRS_PER_READ = 10


def stage_runs(bytes_per_read: float = 10.0) -> list[StageRun]:
    """Return runs of three sizes, those of MPI stages on one, two and four ranks."""
    runs = []
    for stage, seconds in STAGES.items():
        for reads in (0.1, 0.2, 0.4):
            size = reads * (PAIRS_PER_READ if stage in BY_PAIRS else 1)
            for ranks in (1, 2, 4) if stage in BY_PAIRS else (1,):
                runs.append(
                    StageRun(
                        stage=stage,
                        size=size,
                        processes=ranks,
                        cpu=1 + seconds * size / ranks,
                        memory=1e8 + bytes_per_read * 1e6 * reads,
                        output=0.0,
                        serial=0.0 if stage == "embed_reads" else None,
                        cells=2 * size if stage == "align_pairs" else 0.0,
                    )
                )
    return runs


def model_of(runs: list[StageRun]) -> Model:
    """Return the model with the terms of these runs."""
    records = [
        {"work": "embed", "tool": "mpi", "metric": "wall", "median": 2, "min": 1, "max": 3, "n": 3}
    ]
    return Model(
        Run("20261130-1200", "2026-11-30", "abc1234", "a processor", 2, 12.3, records, runs)
    )


MODEL = model_of(stage_runs())
BLOCKS = {name: block(MODEL) for name, block in trade_offs.MODEL_BLOCKS.items()}


def cells_of(text: str, first: str) -> list[str]:
    """Return the cells of the row of a table that begins with a cell."""
    (line,) = (line for line in text.splitlines() if line.startswith(f"| {first} |"))
    return line.strip("| ").split(" | ")


def tables_of(text: str) -> list[str]:
    """Return the tables of a page."""
    return [block for block in text.split("\n\n") if block.startswith("|")]


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_have_no_number_without_origin(name: str) -> None:
    assert unmarked(BLOCKS[name]) == []


def test_terms_and_the_range_in_which_they_were_measured() -> None:
    cells = cells_of(BLOCKS["terms"], "`align_pairs`")
    assert cells[1:5] == ["pairs", "1.00", "0.00", "2.00"]
    assert cells[-2:] == ["1.00-4.00", "4"]
    assert f"{MARK}, from 0.1 to 0.4 million reads, up to 4 processes" in BLOCKS["terms"]


def test_model_without_noise_predicts_the_size_left_out() -> None:
    cells = cells_of(BLOCKS["validation"], "`cluster_reads`")
    assert cells[1] == "3"
    assert [float(cell) for cell in cells[2:4]] == pytest.approx([1, 1], abs=0.01)


def test_stage_of_one_process_gains_nothing() -> None:
    assert cells_of(BLOCKS["strong"], "`cluster_reads`")[1:] == ["1", "one process"]


def test_models_of_two_runs_agree_if_their_ranges_overlap() -> None:
    slower = [run._replace(cpu=3 * run.cpu) for run in stage_runs()]
    for other, is_alike in ((stage_runs(), "yes"), (slower, "no")):
        text = cost_tables.agreement(MODEL, model_of(other))
        row = next(line for line in text.splitlines() if line.startswith("| 1,000 |"))
        assert row.endswith(f"| {is_alike} |")
        assert unmarked(text) == []


def test_each_cost_is_the_sum_of_its_parts() -> None:
    reads = MILLION_READS[-2]
    of_usd, _, of_parts, _ = tables_of(BLOCKS["costs"])
    per_million = cells_of(of_usd, f"{reads}")[1]
    parts = cells_of(of_parts, MODEL.architectures[0].name)[1:]
    assert sum(map(float, parts)) / reads == pytest.approx(
        float(per_million.split(" ")[0]), abs=0.001
    )


def test_range_of_a_cost_is_that_of_terms_without_each_size() -> None:
    runs = [
        run._replace(cpu=2 * run.cpu) if run.size == 0.4 and run.stage == "cluster_reads" else run
        for run in stage_runs()
    ]
    cells = cells_of(tables_of(cost_tables.costs(model_of(runs)))[0], "1,000")
    first, low, high = (float(x) for x in re.findall(r"[\d.]+", cells[-1]))
    assert low < first < high


def test_summary_names_the_cheapest_machine_that_has_enough_memory() -> None:
    assert cells_of(BLOCKS["summary"], "10")[3] == "-"
    much = model_of(stage_runs(bytes_per_read=2000.0))
    cells = cells_of(cost_tables.summary(much), "100")
    assert cells[1].startswith("one large machine: ")
    assert "ParallelCluster, on demand" in cells[3]
    assert "one large machine" not in cells[3]


def test_break_even_names_sizes() -> None:
    assert (
        "| ParallelCluster, on demand | ParallelCluster, cpu on spot | never |"
        in BLOCKS["break_even"]
    )


def test_curves_are_those_of_long_stages_and_of_all() -> None:
    lines = scaling_tables.curves_of(MODEL, MODEL.strong)
    assert list(lines)[-1] == WHOLE
    assert "align_pairs" in lines
    assert "write_report" not in lines
    workers, hours = lines["align_pairs"]
    assert hours[0] > hours[workers.index(10)]


def test_figures_have_no_date_and_are_the_same_each_time() -> None:
    def make() -> str:
        lines = cost_tables.cost_curves(MODEL)
        return figures.curves("modelled", "million reads", "USD", lines, measured=2)

    first = make()
    assert first == make()
    assert "<dc:date>" not in first
    assert "measured" in first


def test_page_with_a_number_of_unknown_origin_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run = MODEL.run
    monkeypatch.setattr(trade_offs, "published", lambda: (run,))
    monkeypatch.setattr(trade_offs, "model", lambda: Model(run))
    names = [*trade_offs.BLOCKS, *trade_offs.MODEL_BLOCKS, "agreement", "runs"]
    page = "".join(f"<!-- begin {name}: x -->\n<!-- end {name} -->\n" for name in names)
    assert "run 20261130-1200" in trade_offs.updated(page)
    with pytest.raises(ValueError, match="numbers without origin:\nIt takes 3 s"):
        trade_offs.updated(f"{page}\nIt takes 3 s.\n")
