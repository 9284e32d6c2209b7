"""Counts must add up and survive the way through JSON."""

import pytest

from readkin.errors import InputError
from readkin.formats.counts import Flow, read_counts, write_counts


def test_round_trip(tmp_path):
    path = tmp_path / "a" / "counts.json"
    write_counts(path, "trim_reads", [Flow("reads", 5, 3, {"short": 2})], {"x": 1}, "s.u")
    assert read_counts(path) == {
        "stage": "trim_reads",
        "unit": "s.u",
        "flows": [{"what": "reads", "in": 5, "out": 3, "dropped": {"short": 2}}],
        "details": {"x": 1},
    }


def test_numbers_that_do_not_add_up_are_a_fault():
    with pytest.raises(ValueError, match="5 entered, but 3 left"):
        Flow("reads", 5, 3, {"short": 1})


@pytest.mark.parametrize("content", ["{", "[]", '{"stage": "x"}'])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"x\.json: found .*expected a stage's counts"):
        read_counts(path)
