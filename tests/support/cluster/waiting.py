"""Wait for a condition."""

import time
from collections.abc import Callable

import pytest


def wait_until(ready: Callable[[], object], seconds: float = 20, every: float = 0.1) -> None:
    """Wait until ``ready()`` is true; fail if that takes too long."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            pytest.fail(f"did not happen in {seconds:.0f} s")
        time.sleep(every)
