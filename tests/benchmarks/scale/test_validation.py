"""Sizes that the model has not seen are predicted, from terms that are made without them."""

from pathlib import Path

import pytest

from benchmarks.scale.model import StageRun, StageTerms, processor_time
from benchmarks.scale.stages import pairs_per_read, sizes_of, terms_of, units_of
from benchmarks.scale.validation import (
    TEN_MILLION,
    beyond_the_range,
    leave_one_size_out,
    read_stages,
)
from rules.stages import STAGES

TERMS = StageTerms(start=1, serial=0.5, parallel=2, base=1e8, memory=1e8, output=1e7, cells=0.02)
SIZES = {"align_pairs": (1.0, 2.0, 4.0), "cluster_reads": (0.1, 0.2, 0.4)}


def runs_of(stage: str, n_sizes: int = 3) -> list[StageRun]:
    """Return runs with exactly these terms; on two ranks, too, if the stage has ranks."""
    return [
        StageRun(
            stage=stage,
            size=size,
            processes=n,
            cpu=processor_time(TERMS, size, n),
            memory=1e8,
            output=1e7 * size,
            cells=TERMS.cells * size,
        )
        for size in SIZES[stage][:n_sizes]
        for n in ((1, 2) if STAGES[stage].resources.is_mpi else (1, 1))
    ]


def test_a_model_that_holds_predicts_every_size():
    comparisons = leave_one_size_out([*runs_of("align_pairs"), *runs_of("cluster_reads")])
    assert len(comparisons) == 12
    assert {(c.stage, c.size, c.processes) for c in comparisons} == {
        *(("align_pairs", size, n) for size in SIZES["align_pairs"] for n in (1, 2)),
        *(("cluster_reads", size, 1) for size in SIZES["cluster_reads"]),
    }
    assert [c.ratio for c in comparisons] == pytest.approx([1.0] * 12)


def test_a_size_is_predicted_without_itself():
    runs = runs_of("align_pairs")
    slow = [run._replace(cpu=10 * run.cpu) if run.size == 4.0 else run for run in runs]
    of_the_slow = [c for c in leave_one_size_out(slow) if c.size == 4.0]
    assert [c.ratio for c in of_the_slow] == pytest.approx([0.1, 0.1])


def test_two_sizes_are_too_few():
    with pytest.raises(ValueError, match="found 2 sizes, expected 3 or more"):
        leave_one_size_out(runs_of("align_pairs", 2))


def test_measured_stages_are_compared_with_what_the_model_predicts(tmp_path: Path):
    path = tmp_path / "measured.tsv"
    header = "stage\tmillion\telapsed\tcpu\tmemory\toutput\tcompared\tbasis\tprocesses\n"
    rows = "align_pairs\t80\t90\t\t\t\t60\trank\t2\nwrite_report\t10\t9\t\t\t\t\t\t1\n"
    path.write_text(header + rows)
    (found,) = beyond_the_range({"align_pairs": TERMS, "write_report": TERMS}, path)
    assert found.predicted == pytest.approx(1 + 0.5 * 80 + 2 * 80 / 2)
    assert found.ratio == pytest.approx(121 / 60)


def test_shipped_measurements_are_of_stages():
    rows = read_stages(TEN_MILLION)
    assert {row.stage for row in rows} <= set(STAGES)
    assert sum(bool(row.compared) for row in rows) >= 6
    assert all(bool(row.compared) == bool(row.basis) for row in rows)


def test_units_of_work_are_those_of_the_settings():
    terms = terms_of([*runs_of("cluster_reads"), *runs_of("align_pairs")])
    assert list(terms) == ["align_pairs", "cluster_reads"], "the order of a run"
    assert terms["align_pairs"].unit == pytest.approx(0.1)  # 2000 megacells of 20000 per pair
    assert terms["align_pairs"].is_mpi
    assert terms["cluster_reads"].unit == 0
    assert not terms["cluster_reads"].is_parallel


def test_sizes_follow_from_reads():
    assert pairs_per_read([*runs_of("align_pairs"), *runs_of("cluster_reads")]) == 10
    assert sizes_of(["align_pairs", "cluster_reads"], 3, 10) == {
        "align_pairs": 30,
        "cluster_reads": 3,
    }
    assert [units_of(reads) for reads in (1, 100, 1000)] == [1, 5, 50]
