"""One minute of `make fuzz`, the same inputs each time."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from fuzzing.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_input_is_read_wrong_or_refused_without_position(target: Target, tmp_path: Path):
    target.prepare(tmp_path)

    @settings(
        max_examples=target.examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(target.inputs)
    def check_one(drawn: object) -> None:
        target.check(tmp_path, drawn)

    check_one()
