"""Ray Data: a dataset of item numbers, of which each is mapped as a block of its own."""

from collections.abc import Callable

import ray


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False)
    items = ray.data.range(n_items, override_num_blocks=n_items)
    items.map(lambda row: do(int(row["id"])) or row).materialize()
