"""An ordered map over Ray workers, with a bounded number of items in flight.

Ray is imported only when workers are asked for: ``workers=0`` runs in this process, which is
easier to debug and faster for small inputs.
"""

import os
import secrets
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT_PER_WORKER = 2


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    wants_gpu: bool = False,
) -> Iterator[Result]:
    """Yield ``function(item)`` for all items, in their order.

    Actors do the work, which live as long as the map: what is loaded once, as a model, is kept. At
    most two items per actor are in flight, so memory stays bounded however long ``items`` is
    (Ray's design patterns: "limit the number of pending tasks"). An item whose actor dies is given
    to a new one.

    Args:
        function: importable or picklable; runs in the actors.
        items: made one by one in this process, shipped through Ray's object store.
        workers: actors; with ``wants_gpu``, at most one for each GPU where there are any. 0 runs
            inline.
        wants_gpu: give each actor a GPU of its own where there are any.

    Raises:
        Whatever ``function`` raises, as the original exception.
    """
    if workers == 0:
        yield from map(function, items)
        return
    with ray_session(workers) as ray:
        gpus = int(ray.cluster_resources().get("GPU", 0)) if wants_gpu else 0
        n_actors = min(workers, gpus) if gpus else workers
        # Until Ray gives up a lost node, for some 15 s, each try to reach its actors counts as one:
        # the restarts alone are limited, of an actor that dies of its item.
        options = {"num_gpus": 1 if gpus else 0, "max_restarts": 3, "max_task_retries": -1}
        # Actors that reserve no CPU can all move to the nodes that are left.
        actor = ray.remote(**options, num_cpus=0, scheduling_strategy="SPREAD")(_Applier)
        actors = [actor.remote(function) for _ in range(n_actors)]
        pending: deque[Any] = deque()
        for number, item in enumerate(items):
            pending.append(actors[number % n_actors].apply.remote(item))
            if len(pending) >= IN_FLIGHT_PER_WORKER * n_actors:
                yield _result(pending.popleft())
        while pending:
            yield _result(pending.popleft())


class _Applier:
    """Applies a function; as an actor, in a process of its own."""

    def __init__(self, function: Callable[[Item], Result]) -> None:
        self._function = function

    def apply(self, item: Any) -> Any:
        return self._function(item)


def map_in_background(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Yield ``function(item)`` for all items, in their order, from one thread of this process.

    While ``function`` works on an item, or waits for the disk, the next items are made; at most
    two wait. Both sides gain where they leave Python's lock, as compiled kernels and files do.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        pending: deque[Future[Result]] = deque()
        try:
            for item in items:
                pending.append(thread.submit(function, item))
                if len(pending) > IN_FLIGHT_PER_WORKER:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            thread.shutdown(cancel_futures=True)


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
