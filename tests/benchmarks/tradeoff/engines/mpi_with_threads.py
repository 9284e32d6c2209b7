"""MPI ranks with threads: each thread takes the next item from the queue of its rank."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from readkin.parallel.mpi import world


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items on THREADS_PER_RANK threads; all ranks must call it."""
    items = iter(world(workers).work_queue(n_items))
    taking = Lock()

    def do_items() -> None:
        while True:
            with taking:
                item = next(items, None)
            if item is None:
                return
            do(item)

    threads = int(os.environ["THREADS_PER_RANK"])
    with ThreadPoolExecutor(threads) as pool:
        for thread in [pool.submit(do_items) for _ in range(threads)]:
            thread.result()
