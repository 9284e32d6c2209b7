"""Peers that are Python packages; each runs in a process of its own (package_work.py)."""

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import numpy as np

from benchmarks.launching import metered
from benchmarks.pairs.tools import Files, Finding, NotThereError, Tool, Work


class Library(NamedTuple):
    """A Python package, what it is asked to do, and the largest set it takes part in."""

    package: str
    settings: str
    most_reads: int


LIBRARIES = {
    "rensa": Library("rensa", "RMinHashLSH, 16 permutations in 16 bands", 100_000),
    "datasketch": Library("datasketch", "MinHashLSH, 32 permutations in 32 bands", 100_000),
    "faiss IndexLSH": Library("faiss-cpu", "256 bits of 256 numbers, 16 nearest", 100_000),
}


def tool(name: str) -> Tool:
    """The peer of this name.

    Raises:
        NotThereError: if its package is not installed.
    """
    library = LIBRARIES[name]
    try:
        found = version(library.package)
    except PackageNotFoundError:
        reason = f"pip install {library.package} (envs/requirements-bench.txt has the version)"
        raise NotThereError(reason) from None

    def run(work: Work, files: Files) -> Finding:
        output, told = files.folder / "library.npz", files.folder / "library.json"
        module = "benchmarks.pairs.package_work"
        cost = metered([sys.executable, "-m", module, name, files.array, output], output=told)
        with np.load(output) as arrays:
            pairs = arrays["a"], arrays["b"]
        return Finding({"all": cost}, pairs, json.loads(told.read_text())["join_cpu"])

    return Tool(name, library.settings, found, run, library.most_reads)
