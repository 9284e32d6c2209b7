"""Slurm: a job array with a job for each item, of which as many run as there are workers."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory


def run(do: Callable[[int], None], n_items: int, workers: int) -> None:
    """Do all items."""
    with TemporaryDirectory() as folder:
        function = Path(folder, "do")
        function.write_bytes(pickle.dumps(do))
        job = f"{sys.executable} -m benchmarks.tradeoff.engines.slurm_array {function}"
        array = f"--array=0-{n_items - 1}%{workers}"
        subprocess.run(
            ["sbatch", "--wait", "--quiet", array, f"--output={folder}/%a.log", "--wrap", job],
            check=True,
        )


if __name__ == "__main__":
    import os

    pickle.loads(Path(sys.argv[1]).read_bytes())(int(os.environ["SLURM_ARRAY_TASK_ID"]))
