"""Fixtures shared by the tests."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ray_runs import Cluster, Workflow, private_cluster, processes_with


@pytest.fixture
def workflow(tmp_path: Path) -> Iterator[Callable[[str], Workflow]]:
    """Return a function that makes a workflow of a Snakefile."""
    made = []

    def make(snakefile: str) -> Workflow:
        made.append(Workflow(tmp_path, snakefile))
        return made[-1]

    yield make
    for one in made:
        for process in [*processes_with(str(one.folder)), *processes_with(str(one.temporary))]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        shutil.rmtree(one.temporary, ignore_errors=True)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Return a private cluster with a head without CPUs."""
    with private_cluster() as one:
        yield one
