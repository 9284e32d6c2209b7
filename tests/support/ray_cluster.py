"""Private Ray clusters on this machine: those of the tests of the executor."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.repository import REPOSITORY

sys.path += [str(REPOSITORY / "executors/ray" / folder) for folder in ("src", "tests")]

from ray_runs import Cluster, processes_with, until

__all__ = ["Cluster", "private_cluster", "until"]


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """Yield a cluster whose head has no CPUs; ``add`` and ``kill`` change its nodes."""
    folder = Path(tempfile.mkdtemp(prefix="c", dir="/tmp"))
    cluster = Cluster(folder)
    try:
        cluster.wait_for_head()
        yield cluster
    finally:
        for name in cluster.nodes:
            cluster.kill(name)
        for process in processes_with(str(folder)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
