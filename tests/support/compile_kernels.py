"""Compile the kernels before tests share them: ``python -m support.compile_kernels``.

Several test processes that start with an empty cache would compile the same kernels side by side.
Here each is compiled once, in as many processes as there are cores.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def alignment() -> None:
    """Kernels of align_pairs and search_reads."""
    from compile_kernels import KERNELS
    from readkin.search import on_ranks
    from support.search_tasks import settings

    KERNELS["align_pairs"]()
    KERNELS["align_long_reads"]()
    on_ranks.compile_kernels(settings("dna"))
    on_ranks.compile_kernels(settings("protein"))


def join() -> None:
    """Kernels of embed_reads and find_pairs."""
    import numpy as np

    from compile_kernels import KERNELS
    from support.embedded_reads import embed

    KERNELS["find_pairs"]()
    with tempfile.TemporaryDirectory() as folder:
        bases = np.random.default_rng(1).integers(0, 4, (4, 100))
        embed(Path(folder), ["".join("ACGT"[base] for base in read) for read in bases])


def pieces() -> None:
    """Kernels of join_reads."""
    from compile_kernels import KERNELS

    KERNELS["join_reads"]()


PARTS: dict[str, Callable[[], None]] = {"alignment": alignment, "join": join, "pieces": pieces}


def main(argv: list[str]) -> int:
    """Compile the named parts, or all in processes of their own; return the exit code."""
    if argv:
        for name in argv:
            PARTS[name]()
        return 0
    started = time.monotonic()
    command = [sys.executable, "-m", "support.compile_kernels"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        codes = list(pool.map(lambda name: subprocess.call([*command, name]), PARTS))
    sys.stdout.write(f"kernels are compiled: {time.monotonic() - started:.0f} s\n")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
