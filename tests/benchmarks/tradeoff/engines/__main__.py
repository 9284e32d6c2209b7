"""Run one engine as a program.

    python -m benchmarks.tradeoff.engines ENGINE WORK RESULTS MADE ITEMS WORKERS

Each module of this package has a function ``run(do, n_items, workers)``, which does all items on
workers of one kind and raises the error of an item that fails. The modules contain nothing else:
their sizes are compared.
"""

import importlib
import sys
from pathlib import Path

from benchmarks.tradeoff.work import Work, function_of


def main(engine: str, name: str, results: str, made: str, n_items: str, workers: str) -> None:
    """Do all items of a work with an engine."""
    work = Work(name, Path(results), Path(made), int(n_items))
    module = importlib.import_module(f"benchmarks.tradeoff.engines.{engine}")
    module.run(function_of(work), work.n_items, int(workers))


if __name__ == "__main__":
    main(*sys.argv[1:])
