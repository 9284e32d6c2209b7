"""Ray tasks: one for each item."""

from collections.abc import Callable

import ray


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False)
    task = ray.remote(do_item)
    ray.get([task.remote(do, item) for item in range(n_items)])


def do_item(do: Callable[[int], None], item: int) -> None:
    do(item)
