"""Processes, forked from a server that has imported nothing."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    with ProcessPoolExecutor(workers, get_context("forkserver")) as pool:
        for _ in pool.map(do, range(n_items)):
            pass
