"""Threads of one process, which run side by side where the kernels release the GIL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(do, range(n_items)):
            pass
