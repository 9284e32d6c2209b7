"""An ordered map over Ray workers, with a bounded number of items in flight.

Ray is imported only when workers are asked for: ``workers=0`` runs in this process, which is
easier to debug and faster for small inputs.
"""

import os
import secrets
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT_PER_WORKER = 2


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Yield ``function(item)`` for all items, in their order.

    At most two items per worker are in flight, so memory stays bounded however long ``items`` is
    (Ray's design patterns: "limit the number of pending tasks").

    Args:
        function: importable or picklable; runs in the workers.
        items: made one by one in this process, shipped through Ray's object store.
        workers: Ray worker processes; 0 runs inline.

    Raises:
        Whatever ``function`` raises, as the original exception.
    """
    if workers == 0:
        yield from map(function, items)
        return
    with ray_session(workers) as ray:
        # An exception of ours is bad data: to try again would give it again.
        options = {"num_cpus": 1, "max_retries": 3, "scheduling_strategy": "SPREAD"}
        task = ray.remote(**options, retry_exceptions=False)(function)
        pending: deque[Any] = deque()
        for item in items:
            pending.append(task.remote(item))
            if len(pending) >= IN_FLIGHT_PER_WORKER * workers:
                yield _result(pending.popleft())
        while pending:
            yield _result(pending.popleft())


def _result(reference: Any) -> Any:
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None


@contextmanager
def ray_session(workers: int) -> Iterator[Any]:
    """Yield the ray module, connected: to a Ray of our own with ``workers`` CPUs, unless this
    process is connected to one already.

    Ray counts the host's CPUs, not those that Slurm or taskset grant, so the number is always
    given. Its sockets need a short folder (107 bytes for the whole path), which a work directory
    seldom is.
    """
    set_environment()
    import ray

    if ray.is_initialized():
        yield ray
        return
    with tempfile.TemporaryDirectory(prefix="readkin-ray-", dir=short_folder()) as folder:
        ray.init(
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
            _temp_dir=folder,
        )
        try:
            yield ray
        finally:
            ray.shutdown()


def set_environment() -> None:
    """Set what Ray reads when it is imported, unless it is set.

    The token keeps other users of the host out (Ray >= 2.59 asks for one).
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def short_folder() -> str:
    """Where Ray's folder may lie: the folder for temporary files, or /tmp where that is long."""
    longest = 16
    folder = tempfile.gettempdir()
    return folder if len(folder) <= longest else str(Path("/tmp"))
