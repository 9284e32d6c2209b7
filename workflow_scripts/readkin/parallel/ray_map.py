"""An ordered map over Ray workers, with a bounded number of items in flight.

Ray is imported only if there are workers: ``workers=0`` runs in this process, which is easier to
debug and faster for small inputs.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from readkin.errors import InputError
from readkin.parallel.ray_start import ray_session, wait_for_workers

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT_PER_WORKER = 2


class RayWorkerError(InputError):
    """A worker died again and again."""

    is_retryable = True


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    wants_gpu: bool = False,
) -> Iterator[Result]:
    """Yield ``function(item)`` for all items, in their order.

    The work is done by actors, which live as long as the map: an object loaded once, such as a
    model, is kept. At most two items per actor are in flight, so memory stays bounded however long
    ``items`` is (Ray's design patterns: "limit the number of pending tasks"). An item whose actor
    dies is given to a new one.

    Args:
        function: importable or picklable; runs in the actors.
        items: made one by one in this process, sent through Ray's object store.
        workers: number of actors; with ``wants_gpu``, at most one for each GPU if there are any.
            0 runs the function in this process.
        wants_gpu: give each actor a GPU of its own if there are any.

    Raises:
        RayStartError: if Ray or its workers do not start.
        RayWorkerError: if a worker dies of its item whenever it is started again.
        Exception: whatever ``function`` raises, as the original exception.
    """
    if workers == 0:
        yield from map(function, items)
        return
    with ray_session(workers) as ray:
        gpus = int(ray.cluster_resources().get("GPU", 0)) if wants_gpu else 0
        n_actors = min(workers, gpus) if gpus else workers
        # Until Ray gives up a lost node, for about 15 s, each try to reach its actors counts as a
        # retry: therefore only restarts are limited, for an actor that dies of its item.
        options = {"num_gpus": 1 if gpus else 0, "max_restarts": 3, "max_task_retries": -1}
        # Actors that reserve no CPU can all move to the remaining nodes.
        actor = ray.remote(**options, num_cpus=0, scheduling_strategy="SPREAD")(_Applier)
        actors = [actor.remote(function, str(Path.cwd())) for _ in range(n_actors)]
        ready = [actor.is_ready.remote() for actor in actors]
        pending: deque[Any] = deque()
        for number, item in enumerate(items):
            pending.append(actors[number % n_actors].apply.remote(item))
            if len(pending) >= IN_FLIGHT_PER_WORKER * n_actors:
                if ready:
                    wait_for_workers(ray, ready)
                    ready = []
                yield _result(pending.popleft())
        if ready and pending:
            wait_for_workers(ray, ready)
        while pending:
            yield _result(pending.popleft())


class _Applier:
    """Actor that applies a function in a process of its own."""

    def __init__(self, function: Callable[[Item], Result], folder: str) -> None:
        self._function = function
        os.chdir(folder)  # relative paths of the items start there

    def is_ready(self) -> bool:
        """Return True, as soon as the actor has started."""
        return True

    def apply(self, item: Any) -> Any:
        """Return the function's result."""
        return self._function(item)


def map_in_background(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Yield ``function(item)`` for all items, in their order, from one thread of this process.

    While ``function`` works on an item, or waits for the disk, the next items are made; at most
    two wait. Both run at the same time if they release Python's lock, as compiled kernels and file
    operations do.
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
    """Wait for a result; raise the function's own exception."""
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        found = f"that a worker died repeatedly ({_reason(str(error))})"
        what_to_do = "give the stage more memory, or see the logs of Ray in its temporary folder"
        raise RayWorkerError("Ray workers", found, "all of them to finish", what_to_do) from None


def _reason(message: str) -> str:
    """Return the part of Ray's message that names the cause, on one line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    causes = [line for line in lines if "exit" in line.lower() or "memory" in line.lower()]
    cause = (causes or lines or ["no reason"])[-1].rpartition("exit detail: ")[2]
    return cause.partition(" Some common causes")[0].rstrip(".")
