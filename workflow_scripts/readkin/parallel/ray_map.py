"""An ordered map over Ray workers, with a bounded number of items in flight.

Ray is imported only if there are workers: ``workers=0`` runs in this process, which is easier to
debug and faster for small inputs.
"""

import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from readkin.errors import InputError
from readkin.parallel.launch import SCRIPTS
from readkin.parallel.ray_start import (
    SECONDS_TO_START_WORKERS,
    WHAT_TO_DO,
    RayStartError,
    cluster_to_join,
    ray_session,
)

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT_PER_WORKER = 2
MOST_LOSSES = 4  # of the workers that one item was given to
SECONDS_BETWEEN_CHECKS = 5.0
NOT_FOR_WORKERS = ("RAY_", "SLURM_")  # variables of the node

log = logging.getLogger("readkin")


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
    model, is kept. Each actor works as soon as it has started. At most two items per actor are in
    flight or wait for an earlier one, so memory stays bounded however long ``items`` is. The item
    of an actor that dies is given to another one.

    In a Ray cluster that this process joins (``cluster_to_join``) each actor reserves a CPU, so
    that an autoscaler adds nodes for them; this process itself works, too, on the CPU that its job
    has, whether or not any actor finds a place.

    Args:
        function: importable or picklable; runs in the actors.
        items: made one by one in this process, sent through Ray's object store.
        workers: number of actors; with ``wants_gpu``, at most one for each GPU if there are any.
            0 runs the function in this process.
        wants_gpu: give each actor a GPU of its own if there are any.

    Raises:
        RayStartError: if Ray or its workers do not start.
        RayWorkerError: if each worker that gets an item dies.
        Exception: whatever ``function`` raises, as the original exception.
    """
    if workers == 0:
        yield from map(function, items)
        return
    with ray_session(workers) as ray:
        gpus = int(ray.cluster_resources().get("GPU", 0)) if wants_gpu else 0
        # On nodes of its own an actor reserves no CPU, so that all can move to the remaining nodes.
        options: dict[str, Any] = {"scheduling_strategy": "SPREAD", "num_cpus": 0}
        if cluster_to_join():
            options = {"num_cpus": 1}
        options["num_gpus"] = 1 if gpus else 0
        with Crew(ray, function, min(workers, gpus) if gpus else workers, options) as crew:
            if cluster_to_join() and not gpus:
                crew.work_here()
            yield from crew.map(items)


class Job(NamedTuple):
    """An item that a worker has.

    Attributes:
        number: of the item.
        item: argument of the function.
        worker: who has it.
    """

    number: int
    item: Any
    worker: "Worker"


class Worker:
    """An actor, or this process.

    Args:
        submit: gives an item to the worker; returns its result to come.
        actor: handle of the actor; None for this process.
    """

    def __init__(self, submit: Callable[[Any], "Future[Any]"], actor: Any = None) -> None:
        self.submit = submit
        self.actor = actor
        self.in_flight = 0


class Crew:
    """The workers of one map; lost ones are replaced.

    Args:
        ray: the connected module.
        function: that the workers apply.
        actors: their number.
        options: of the actors.
    """

    def __init__(
        self, ray: Any, function: Callable[[Any], Any], actors: int, options: dict[str, Any]
    ) -> None:
        self._ray = ray
        self._function = function
        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # it finds the package
        self._remote = ray.remote(**options, max_restarts=0)(_Applier)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(NOT_FOR_WORKERS)}
        pickled = ray.cloudpickle.dumps(function)
        self._arguments = (str(SCRIPTS), str(Path.cwd()), environment, pickled)
        self._size = actors
        self._starting: dict[Future[Any], Worker] = {}
        self._ready: list[Worker] = []
        self._running: dict[Future[Any], Job] = {}
        self._again: deque[tuple[int, Any]] = deque()
        self._losses: dict[int | None, int] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Crew":
        for _ in range(self._size):
            self._start_actor()
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in [*self._ready, *self._starting.values()]:
            if worker.actor is not None:
                self._ray.kill(worker.actor)
        self._stack.close()

    def work_here(self) -> None:
        """Make this process one of the workers."""
        thread = ThreadPoolExecutor(max_workers=1)
        self._stack.callback(thread.shutdown, cancel_futures=True)
        self._ready.append(Worker(lambda item: thread.submit(self._function, item)))

    def map(self, items: Iterable[Any]) -> Iterator[Any]:
        """Yield the results of all items, in their order."""
        source = enumerate(items)
        most = IN_FLIGHT_PER_WORKER * (self._size + len(self._ready))
        ended: dict[int, Future[Any]] = {}
        taken = due = 0
        is_open = True
        limit = time.monotonic() + SECONDS_TO_START_WORKERS
        while is_open or due < taken:
            while (worker := self._idle()) and (self._again or (is_open and taken - due < most)):
                entry = self._again.popleft() if self._again else next(source, None)
                if entry is None:
                    is_open = False
                    break
                taken = max(taken, entry[0] + 1)
                worker.in_flight += 1
                self._running[worker.submit(entry[1])] = Job(*entry, worker)
            if not self._ready and time.monotonic() > limit:
                found = f"none of {self._size} in {SECONDS_TO_START_WORKERS:.0f} s"
                raise RayStartError("Ray workers", found, "one at least", WHAT_TO_DO)
            for future in self._wait():
                if future in self._starting:
                    self._admit(future)
                elif (job := self._ended(future)) is not None:
                    ended[job.number] = future
            while due in ended:
                yield self._result(ended.pop(due))
                due += 1

    def _wait(self) -> "set[Future[Any]]":
        """Wait for a result or the start of an actor, for some seconds at most."""
        futures = [*self._running, *self._starting] if self._running or not self._ready else []
        return wait(futures, SECONDS_BETWEEN_CHECKS, FIRST_COMPLETED).done

    def _idle(self) -> Worker | None:
        """Return the worker with the fewest items, if it may get one more."""
        least = min(self._ready, key=lambda worker: worker.in_flight, default=None)
        return least if least and least.in_flight < IN_FLIGHT_PER_WORKER else None

    def _start_actor(self) -> None:
        actor = self._remote.remote(*self._arguments)
        worker = Worker(lambda item: actor.apply.remote(item).future(), actor)
        self._starting[actor.is_ready.remote().future()] = worker

    def _admit(self, future: "Future[Any]") -> None:
        """Give work to an actor that has started."""
        worker = self._starting.pop(future)
        if (error := future.exception()) is None:
            self._losses.pop(None, None)
            self._ready.append(worker)
            if self._actors_ready() == 1 or not self._starting:
                log.info("Ray workers: %d of %d work", self._actors_ready(), self._size)
        else:
            self._replace(worker, None, error)

    def _actors_ready(self) -> int:
        return sum(worker.actor is not None for worker in self._ready)

    def _ended(self, future: "Future[Any]") -> Job | None:
        """Return a job that has ended; None if its worker was lost, and the item is given again."""
        job = self._running.pop(future)
        job.worker.in_flight -= 1
        error = future.exception()
        errors = self._ray.exceptions
        if not isinstance(error, errors.RayError) or isinstance(error, errors.RayTaskError):
            return job
        self._again.append((job.number, job.item))
        self._replace(job.worker, job.number, error)
        return None

    def _replace(self, worker: Worker, number: int | None, error: BaseException) -> None:
        """Replace a lost worker.

        Raises:
            RayWorkerError: too many workers were lost with this item, or before they had any.
        """
        losses = self._losses[number] = self._losses.get(number, 0) + 1
        if losses >= MOST_LOSSES + (self._size if number is None else 0):
            found = f"that a worker died repeatedly ({_reason(str(error))})"
            what_to_do = (
                "give the stage more memory, or see the logs of Ray in its temporary folder"
            )
            raise RayWorkerError("Ray workers", found, "all of them to finish", what_to_do)
        if number is not None and worker not in self._ready:
            return  # another item of it has reported the loss
        if number is not None:
            self._ready.remove(worker)
            log.warning("lost a Ray worker; another one does its work")
        self._ray.kill(worker.actor)
        self._start_actor()

    def _result(self, future: "Future[Any]") -> Any:
        try:
            return future.result()
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None


class _Applier:
    """Actor that applies a function in a process of its own.

    Args:
        scripts: folder with the package ``readkin``.
        folder: where relative paths of the items start.
        environment: variables of the process that started it; the function is loaded with them.
        function: pickled.
    """

    def __init__(
        self, scripts: str, folder: str, environment: dict[str, str], function: bytes
    ) -> None:
        sys.path.insert(0, scripts)
        os.environ.update(environment)
        os.chdir(folder)
        from ray import cloudpickle

        self._function = cloudpickle.loads(function)

    def is_ready(self) -> bool:
        """Return True, as soon as the actor has started."""
        return True

    def apply(self, item: Any) -> Any:
        """Return the function's result."""
        return self._function(item)


def _reason(message: str) -> str:
    """Return the part of Ray's message that names the cause, on one line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    causes = [line for line in lines if "exit" in line.lower() or "memory" in line.lower()]
    cause = (causes or lines or ["no reason"])[-1].rpartition("exit detail: ")[2]
    return cause.partition(" Some common causes")[0].rstrip(".")
