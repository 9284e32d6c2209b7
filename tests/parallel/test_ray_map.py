"""The ordered map gives the same inline and on real Ray workers."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from readkin.errors import InputError
from readkin.parallel.launch import program_environment
from readkin.parallel.ray_map import (
    IN_FLIGHT_PER_WORKER,
    RayWorkerError,
    ordered_map,
)
from readkin.parallel.ray_start import ray_session

# Ray's workers cannot import test files; functions made inside functions are pickled by value.


def slow_first_square():
    def square(number):
        time.sleep(0.2 if number == 0 else 0)
        return number * number

    return square


def failing_on_seven():
    def fail(number):
        if number == 7:
            raise ValueError("seven")
        return number

    return fail


@pytest.fixture(scope="module")
def two_workers():
    """One Ray for all tests of this file: each start takes seconds."""
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # commands set it themselves
    try:
        with ray_session(2):
            yield
    finally:
        os.environ.pop("PYTHONPATH") if path is None else os.environ.update(PYTHONPATH=path)


@pytest.mark.parametrize("workers", [0, 2])
def test_results_keep_their_order(workers, two_workers):
    assert list(ordered_map(slow_first_square(), range(9), workers)) == [n * n for n in range(9)]


@pytest.mark.parametrize("workers", [0, 2])
def test_exceptions_arrive_as_they_were_raised(workers, two_workers):
    with pytest.raises(ValueError, match=r"^seven$"):
        list(ordered_map(failing_on_seven(), range(9), workers))


def test_items_are_made_only_as_needed(two_workers):
    made = []

    def items():
        for number in range(50):
            made.append(number)
            yield number

    results = ordered_map(slow_first_square(), items(), 2)
    for number, square in enumerate(results):
        assert square == number * number
        assert len(made) <= number + 2 * IN_FLIGHT_PER_WORKER


def test_no_items(two_workers):
    assert list(ordered_map(slow_first_square(), [], 2)) == []


def refusing():
    def refuse(number):
        raise InputError(f"x.bam: record {number}", "a", "b", "c")

    return refuse


@pytest.mark.parametrize("workers", [0, 2])
def test_errors_for_the_user_keep_their_message(workers, two_workers):
    with pytest.raises(InputError, match=r"^x\.bam: record 0: found a, expected b; c$"):
        list(ordered_map(refusing(), range(3), workers))


def killing_its_worker():
    def kill(item):
        os.kill(os.getpid(), signal.SIGKILL)

    return kill


def test_item_that_kills_every_worker_ends_the_map(two_workers):
    with pytest.raises(RayWorkerError) as caught:
        list(ordered_map(killing_its_worker(), [1], 1))
    message = str(caught.value)
    assert message.startswith("Ray workers: found that a worker died repeatedly (")
    assert "\n" not in message


def killing_one_worker(folder):
    def kill_once(item):
        with suppress(FileExistsError):
            (folder / "killed").touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    return kill_once


def test_items_of_a_lost_worker_are_given_to_others(two_workers, tmp_path):
    assert list(ordered_map(killing_one_worker(tmp_path), range(20), 2)) == list(range(20))


SHOW_IMPORTS = """
from readkin.parallel.ray_map import ordered_map

def importing():
    def function(number):
        import fractions, os

        return os.path.exists(f"{number}.txt"), type(fractions.Fraction(1, 2)).__name__

    return function

print(list(ordered_map(importing(), [0, 1], 1)))
"""


def test_workers_work_in_the_working_folder_but_import_nothing_from_it(tmp_path):
    for module in ("fractions", "numpy", "readkin", "random"):
        (tmp_path / f"{module}.py").write_text("raise RuntimeError('imported by accident')")
    (tmp_path / "1.txt").touch()
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "show_imports.py").write_text(SHOW_IMPORTS)
    done = subprocess.run(
        [sys.executable, "script/show_imports.py"],
        cwd=tmp_path,
        env=program_environment(),
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[(False, 'Fraction'), (True, 'Fraction')]\n", done.stderr
