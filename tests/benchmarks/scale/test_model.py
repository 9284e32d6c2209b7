"""The model gives back the terms from which runs were made, and adds them up as stated."""

from dataclasses import replace

import pytest

from benchmarks.scale.__main__ import first_limit
from benchmarks.scale.model import (
    Machine,
    Measured,
    Parts,
    StageRun,
    StageTerms,
    fit,
    largest_size,
    predict,
    processor_time,
)

TERMS = StageTerms(start=2, serial=3, parallel=40, base=100e6, memory=500e6, output=60e6, sent=10e6)
MACHINE = Machine(nodes=4, cores=8, memory=64e9, bandwidth=1e9)


def run_of(size: float, processes: int, terms: StageTerms = TERMS) -> StageRun:
    """Return the run of a stage that has exactly these terms."""
    sent = terms.sent * size if processes == 2 else 0
    memory = terms.base + terms.memory * size
    cpu = processor_time(terms, size, processes)
    output, cells = terms.output * size, terms.cells * size
    return StageRun("find_pairs", size, processes, cpu, memory, output, sent=sent, cells=cells)


def test_terms_are_found_again():
    found = fit([run_of(size, processes) for size in (0.1, 0.4) for processes in (1, 2)])
    for name in ("start", "serial", "parallel", "base", "memory", "output", "sent"):
        assert getattr(found, name) == pytest.approx(getattr(TERMS, name)), name
    assert found.gather is None
    assert found.measured == Measured(smallest=0.1, largest=0.4, most_processes=2)


def test_runs_on_more_ranks_show_contention_and_what_each_adds():
    terms = replace(TERMS, contention=1.25, gather=0.25)
    runs = [run_of(size, n, terms) for size in (0.1, 0.4) for n in (1, 2, 4, 8)]
    found = fit(runs)
    for name in ("start", "serial", "parallel", "contention", "gather"):
        assert getattr(found, name) == pytest.approx(getattr(terms, name)), name
    assert found.measured.most_processes == 8


def test_contention_is_that_of_more_than_one_process():
    terms = replace(TERMS, contention=1.5)
    assert processor_time(terms, 1, 1) == pytest.approx(2 + 3 + 40)
    assert processor_time(terms, 1, 4) == pytest.approx(2 + 3 + 15)
    assert predict(terms, 1, 1, MACHINE).parts.parallel == pytest.approx(60 / 32)


def test_few_units_are_no_serial_work():
    """Three tiles take two ranks as long as two tiles, and eight ranks as long as one."""
    terms = replace(TERMS, serial=0, cells=0.02, unit=0.1, gather=0.0)
    assert processor_time(terms, 0.3, 2) == pytest.approx(2 + 40 * 0.2)
    assert processor_time(terms, 0.3, 8) == pytest.approx(2 + 40 * 0.1)
    runs = [run_of(size, n, terms) for size in (0.3, 0.5, 0.9) for n in (1, 2, 8)]
    found = fit(runs, unit_cells=0.002)
    assert found.serial == pytest.approx(0, abs=1e-6)
    assert found.parallel == pytest.approx(40)


def test_a_unit_of_work_in_cells_is_one_in_pairs():
    terms = replace(TERMS, cells=0.02)
    found = fit([run_of(size, 1, terms) for size in (0.1, 0.4)], unit_cells=0.002)
    assert found.cells == pytest.approx(0.02)
    assert found.unit == pytest.approx(0.1)


def test_stage_of_one_process_is_all_serial():
    found = fit([run_of(size, 1) for size in (0.1, 0.4)])
    assert found.serial == pytest.approx(TERMS.serial + TERMS.parallel)
    assert not found.is_parallel
    one = predict(found, 100, 1, MACHINE._replace(nodes=1))
    assert predict(found, 100, 1, MACHINE) == one


def test_stated_serial_work_is_taken():
    runs = [run_of(size, 1)._replace(serial=1.5 * size) for size in (0.1, 0.4)]
    found = fit(runs)
    assert found.is_parallel
    assert found.serial == pytest.approx(1.5)
    assert found.serial + found.parallel == pytest.approx(TERMS.serial + TERMS.parallel)


def test_time_is_the_sum_of_the_terms():
    terms = replace(TERMS, gather=0.5, unit=0.2)
    predicted = predict(terms, 100, 1, MACHINE)
    assert predicted.parts == pytest.approx(
        Parts(
            start=2,
            serial=3 * 100,
            parallel=40 * 100 / 32,
            exchange=4 * 10e6 * 100 * (3 / 4) / (1e9 * 4),
            gather=0.5 * 31,
            tail=(1 - 1 / 32) * 40 * 0.2,
        )
    )
    assert predicted.time == pytest.approx(sum(predicted.parts))
    assert predicted.memory == pytest.approx(8 * 100e6 + 100 * 500e6)
    assert predicted.output == pytest.approx(100 * 60e6)


def test_what_is_not_measured_adds_nothing():
    assert predict(TERMS, 100, 1, MACHINE).parts.gather == 0


def test_one_worker_waits_for_no_other():
    alone = predict(replace(TERMS, gather=0.5, unit=0.2), 100, 1, MACHINE._replace(nodes=1), 1)
    assert alone.parts[3:] == (0, 0, 0)
    assert alone.time == pytest.approx(2 + 43 * 100)


def test_the_tail_bounds_any_order_of_the_units():
    """Units as a queue gives them out, the largest last, never take longer."""
    units, workers = [1.0] * 9 + [4.0], 4
    free = [0.0] * workers
    for unit in units:
        free[free.index(min(free))] += unit
    terms = StageTerms(start=0, serial=0, parallel=1, base=0, memory=0, output=0, unit=4.0)
    parts = predict(terms, sum(units), 1, MACHINE._replace(nodes=1), workers).parts
    assert sum(units) / workers < max(free) <= parts.parallel + parts.tail


def test_units_are_distributed_over_the_cores():
    of_units = fit([run_of(size, 1) for size in (0.1, 0.4)], is_per_unit=True)
    job = 2 + 43 * 100 / 50
    two_rounds = predict(of_units, 100, 50, MACHINE)
    assert two_rounds.time == pytest.approx(2 * job)
    assert two_rounds.parts.tail == pytest.approx((2 - 50 / 32) * (job - 2))
    one_round = predict(of_units, 100, 50, MACHINE._replace(nodes=100))
    assert one_round.time == pytest.approx(job)
    assert one_round.parts.tail == 0


def test_largest_size_fills_a_node():
    size = largest_size(TERMS, MACHINE)
    assert predict(TERMS, size, 1, MACHINE).memory == pytest.approx(MACHINE.memory)
    named = first_limit({"find_pairs": TERMS, "cluster_reads": TERMS}, 10.0, MACHINE)
    assert named.startswith("Modelled: the first stage whose memory exceeds 64 GB is find_pairs,")
