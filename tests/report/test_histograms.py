"""Histograms compared with counting value by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.report.histograms import Bins, IntegerHistogram

VALUES = st.lists(st.integers(0, 5000), max_size=60)


def histogram_of(*batches):
    histogram = IntegerHistogram()
    for batch in batches:
        histogram.add(np.array(batch, dtype=np.uint32))
    return histogram


@given(VALUES, VALUES)
def test_batches_add_up(first, second):
    histogram = histogram_of(first, second)
    values = first + second
    assert histogram.total == len(values)
    assert [int(histogram.counts[value]) for value in values] == [values.count(v) for v in values]


@given(VALUES.filter(bool), st.floats(0.01, 1))
def test_quantile_is_the_smallest_value_that_enough_do_not_exceed(values, fraction):
    found = histogram_of(values).quantile(fraction)
    assert found in values
    assert sum(value <= found for value in values) >= fraction * len(values)
    assert sum(value < found for value in values) < fraction * len(values)


@given(VALUES.filter(bool), st.integers(1, 70))
def test_bins_hold_every_value_in_few_round_bars(values, most):
    histogram = histogram_of(values)
    bins = histogram.bins(most)
    assert bins.counts == histogram.counts_in(bins)
    assert bins.counts == [
        sum(start <= value < start + bins.width for value in values) for start in bins.starts
    ]
    assert sum(bins.counts) == len(values)
    assert len(bins.starts) <= most + 1
    assert str(bins.width).rstrip("0") in {"1", "2", "5"}


def test_mean_and_json_counts():
    histogram = IntegerHistogram.from_counts({"30": 1, "40": 3})
    assert histogram.mean == pytest.approx(37.5)
    assert histogram.counts_in(Bins([30, 35, 40], [], 5)) == [1, 0, 3]


def test_empty_histogram():
    histogram = IntegerHistogram.from_counts({})
    assert (histogram.total, histogram.mean, histogram.quantile(0.5)) == (0, None, None)
    assert histogram.bins() == Bins([], [], 1)
    assert histogram_of([]).counts_in(Bins([], [], 1)) == []
