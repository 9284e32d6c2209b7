"""A function with large arrays in files."""

import pickle
from dataclasses import dataclass

import numpy as np

from readkin.parallel.stored_function import store_function


@dataclass
class Adder:
    """A function with arrays of several types."""

    numbers: np.ndarray
    words: tuple[str, ...]
    nothing: np.ndarray

    def __call__(self, item):
        return self.words[item], self.numbers[item].item()


def test_calls_the_function_in_any_process_with_mapped_arrays(tmp_path):
    numbers = np.arange(100_000)
    function = store_function(Adder(numbers, ("a", "b"), np.empty(0)), tmp_path)
    sent = pickle.dumps(function)
    assert len(sent) < 1000
    received = pickle.loads(sent)
    assert received(1) == ("b", 1)
    inner = received._function
    assert np.array_equal(inner.numbers, numbers)
    assert not inner.numbers.flags.writeable
    assert inner.numbers.ctypes.data % 8 == 0
    assert len(pickle.dumps(function)) < 1000


def test_a_function_without_arrays(tmp_path):
    assert store_function(abs, tmp_path)(-3) == 3
