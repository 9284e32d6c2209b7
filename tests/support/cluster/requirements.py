"""Requirements of the cluster tests: skip or fail without them."""

import os

import pytest

FIRST_POLL = "slurm-init-seconds-before-status-checks"


def give_up(reason: str) -> None:
    """Skip the tests, or fail if the cluster is required."""
    if os.environ.get("READKIN_REQUIRE_CLUSTER") == "1":
        pytest.fail(f"READKIN_REQUIRE_CLUSTER=1, but {reason}")
    pytest.skip(reason)
