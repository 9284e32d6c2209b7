"""The table of docs/scale.md has the measured values, and names what was not measured."""

from benchmarks.scale.validation import read_stages
from docs.pages import scale

PAGE = "before\n<!-- begin stages: x -->\nold\n<!-- end stages -->\nafter\n"


def test_every_measured_stage_has_its_row() -> None:
    page = scale.updated(PAGE)
    assert "old" not in page
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    for row in read_stages():
        assert f"\n| `{row.stage}` | {row.elapsed or 'not measured'} |" in page
    assert "| 38 | 71 | 6,115 | 1,892 |" in page
