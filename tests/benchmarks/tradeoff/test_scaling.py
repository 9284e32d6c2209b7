"""Curves follow from the terms; where they end, the right part is named."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.scale.model import Parts, StageTerms
from benchmarks.tradeoff.scaling import (
    MOST_WORKERS,
    ONE_JOB_PER_UNIT,
    ONE_PROCESS,
    REASONS,
    WORKERS,
    Limit,
    NodeKind,
    Point,
    fit_usl,
    not_measured,
    stops_at,
    strong_scaling,
    weak_scaling,
)

HEAVY = {"ray", "h5py", "numba", "pyarrow", "benchmarks.clusters"}
MODEL = "scaling, sensitivity, break_even, architectures"
KIND = NodeKind(cores=96, memory=384e9, bandwidth=12.5e9)
PERFECT = StageTerms(start=0, serial=0, parallel=100, base=0, memory=0, output=0, gather=0.0)
STAGE = "cluster_reads"  # whose size is that of the reads


def limit(reads: float = 10, **changes: object) -> Limit:
    """Return where a stage stops that is perfect but for these terms."""
    return stops_at(STAGE, replace(PERFECT, **changes), reads, 8, KIND)


def test_perfect_stage_scales_without_end():
    points = strong_scaling({STAGE: PERFECT}, 10, 8, KIND)
    assert [point.workers for point in points] == list(WORKERS)
    assert [point.speedup for point in points] == pytest.approx(list(WORKERS))
    assert [point.efficiency for point in points] == pytest.approx([1.0] * len(WORKERS))
    assert limit() == Limit(None, "")


def test_serial_work_is_the_limit_of_amdahl():
    """6 % serial: t(N) = 0.06 + 0.94 / N gains less than 20 % from N = 0.376 / 0.012 on."""
    assert limit(serial=6, parallel=94) == Limit(32, REASONS["serial"])


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("start", {"start": 100.0}),
        ("gather", {"gather": 1.0}),
        ("tail", {"unit": 1.0}),
    ],
)
def test_the_part_that_ends_scaling_is_named(reason, changes):
    found = limit(**changes)
    assert found.workers is not None
    assert 1 < found.workers < MOST_WORKERS
    assert found.reason == REASONS[reason]


def test_one_process_gains_nothing():
    assert limit(is_parallel=False, serial=100, parallel=0) == Limit(1, ONE_PROCESS)


def test_jobs_are_no_more_than_units():
    assert limit(100, is_per_unit=True) == Limit(5, ONE_JOB_PER_UNIT)  # of 20 million reads each


def test_a_run_is_the_sum_of_its_stages():
    terms = {STAGE: replace(PERFECT, start=3), "align_pairs": replace(PERFECT, unit=0.5)}
    (point,) = strong_scaling(terms, 10, 8, KIND, (10,))
    assert point.parts == pytest.approx(
        Parts(start=3, parallel=(1000 + 8000) / 10, tail=0.9 * 100 * 0.5)
    )
    assert point.time == pytest.approx(3 + 900 + 45)
    assert point.speedup == pytest.approx((3 + 9000) / 948)


def test_weak_scaling_keeps_the_reads_of_a_worker():
    terms = {STAGE: replace(PERFECT, serial=1)}
    points = weak_scaling(terms, 1, 8, KIND, (1, 10, 1000))
    assert [point.reads for point in points] == [1, 10, 1000]
    assert [point.time for point in points] == pytest.approx([101, 110, 1100])
    assert [point.efficiency for point in points] == pytest.approx([1, 101 / 110, 101 / 1100])


def test_the_law_is_found_again():
    workers = np.array(WORKERS, float)
    speedups = workers / (1 + 0.03 * (workers - 1) + 2e-5 * workers * (workers - 1))
    points = [
        Point(int(n), 1, 1, Parts(), float(s), 1) for n, s in zip(workers, speedups, strict=True)
    ]
    law = fit_usl(points)
    assert law.alpha == pytest.approx(0.03, rel=1e-3)
    assert law.beta == pytest.approx(2e-5, rel=1e-3)
    assert law.error < 1e-3
    assert law.speedup(1000) == pytest.approx(speedups[-1], rel=1e-3)


def test_serial_work_is_contention():
    law = fit_usl(strong_scaling({STAGE: replace(PERFECT, serial=5, parallel=95)}, 10, 8, KIND))
    assert law.alpha == pytest.approx(0.05, rel=1e-3)
    assert law.beta == pytest.approx(0, abs=1e-9)


def test_terms_without_measurement_are_named():
    terms = {
        "embed_reads": replace(PERFECT, gather=None),
        "find_pairs": PERFECT,
        "trim_reads": replace(PERFECT, gather=None, is_per_unit=True),
        "cluster_reads": replace(PERFECT, gather=None, is_parallel=False),
    }
    assert not_measured(terms) == {"embed_reads": ["gather"]}


def test_pages_import_the_model_without_what_measures():
    code = f"import sys; sys.path = {sys.path}; from benchmarks.tradeoff import {MODEL}\n"
    code += "import benchmarks.scale.validation; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "benchmarks.scale.model" in loaded
    assert not loaded & HEAVY
