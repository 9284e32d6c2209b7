"""The model gives back the terms from which runs were made, and adds them up as stated."""

import pytest

from benchmarks.scale.__main__ import first_limit
from benchmarks.scale.model import Machine, StageRun, StageTerms, fit, largest_size, predict

TERMS = StageTerms(start=2, serial=3, parallel=40, base=100e6, memory=500e6, output=60e6, sent=10e6)
MACHINE = Machine(nodes=4, cores=8, memory=64e9, bandwidth=1e9)


def run_of(size: float, processes: int, terms: StageTerms = TERMS) -> StageRun:
    """Return the run of a stage that has exactly these terms."""
    cpu = terms.start + terms.serial * size + terms.parallel * size / processes
    sent = terms.sent * size if processes == 2 else 0
    memory = terms.base + terms.memory * size
    return StageRun("find_pairs", size, processes, cpu, memory, terms.output * size, sent)


def test_terms_are_found_again():
    found = fit([run_of(size, processes) for size in (0.1, 0.4) for processes in (1, 2)])
    for name, value in vars(TERMS).items():
        assert getattr(found, name) == pytest.approx(value), name


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
    time = 2 + 3 * 100 + 40 * 100 / 32 + 4 * 10e6 * 100 * (3 / 4) / (1e9 * 4)
    predicted = predict(TERMS, 100, 1, MACHINE)
    assert predicted.time == pytest.approx(time)
    assert predicted.memory == pytest.approx(8 * 100e6 + 100 * 500e6)
    assert predicted.output == pytest.approx(100 * 60e6)


def test_units_are_distributed_over_the_cores():
    of_units = fit([run_of(size, 1) for size in (0.1, 0.4)], is_per_unit=True)
    job = 2 + 43 * 100 / 50
    assert predict(of_units, 100, 50, MACHINE).time == pytest.approx(2 * job)
    assert predict(of_units, 100, 50, MACHINE._replace(nodes=100)).time == pytest.approx(job)


def test_largest_size_fills_a_node():
    size = largest_size(TERMS, MACHINE)
    assert predict(TERMS, size, 1, MACHINE).memory == pytest.approx(MACHINE.memory)
    named = first_limit({"find_pairs": TERMS, "cluster_reads": TERMS}, 10.0, MACHINE)
    assert named.startswith("Modelled: the first stage whose memory exceeds 64 GB is find_pairs,")
