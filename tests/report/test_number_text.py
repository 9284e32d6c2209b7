"""Numbers formatted for tables and sentences."""

import pytest

from readkin.report.number_text import (
    MISSING,
    count_text,
    duration_text,
    interval_text,
    memory_text,
    percent_text,
    plural,
    share,
)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.97312, "97.3 %"),
        (0.00001, "< 0.1 %"),
        (0.99999, "> 99.9 %"),
        (None, MISSING),
    ],
)
def test_percent(fraction, text):
    assert percent_text(fraction).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (75, "1 min 15 s"),
        (3599.6, "1 h 00 min"),
        (None, MISSING),
    ],
)
def test_duration(seconds, text):
    assert duration_text(seconds) == text


def test_other_numbers():
    assert count_text(1234567) == "1,234,567"
    assert memory_text(2048) == "2.0 GiB"
    assert memory_text(81.5) == "82 MiB"
    assert [plural(number, "read") for number in (0, 1, 2)] == ["0 reads", "1 read", "2 reads"]
    assert [interval_text(150, width) for width in (1, 5)] == ["150", "150 to 154"]
    assert (share(1, 4), share(0, 0)) == (0.25, None)
