"""MPI ranks, started by mpiexec; each takes the next item from readkin's queue of work items."""

from collections.abc import Callable

from readkin.parallel.mpi import world


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items; all ranks must call it."""
    for item in world(workers).work_queue(n_items):
        do(item)
