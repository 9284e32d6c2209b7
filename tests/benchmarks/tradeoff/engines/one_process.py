"""One process: a loop."""

from collections.abc import Callable


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    for item in range(n_items):
        do(item)
