"""Ray actors: one for each worker, which takes the next item when it is free."""

from collections.abc import Callable

import ray
from ray.util import ActorPool


class Worker:
    """Does items."""

    def __init__(self, do: Callable[[int], None]) -> None:
        self._do = do

    def do(self, item: int) -> None:
        """Do an item."""
        self._do(item)


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False)
    pool = ActorPool([ray.remote(num_cpus=1)(Worker).remote(do) for _ in range(workers)])
    for _ in pool.map_unordered(lambda worker, item: worker.do.remote(item), range(n_items)):
        pass
