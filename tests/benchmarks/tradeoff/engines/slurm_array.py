"""Slurm: a job array with a job for each item, of which as many run as there are workers."""

import pickle
import shlex
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
        module = "benchmarks.tradeoff.engines.slurm_array"
        job = shlex.join([sys.executable, "-m", module, str(function)])
        options = [f"--array=0-{n_items - 1}%{workers}", f"--output={folder}/%a.log"]
        array = output_of("sbatch", "--parsable", *options, "--wrap", job).strip()
        # A second job waits for the array: `sbatch --wait` looks every ten seconds only.
        output_of("srun", f"--dependency=afterany:{array}", "true")
        states = output_of("squeue", "--noheader", "--states=all", "--format=%T", f"--jobs={array}")
    if set(states.split()) != {"COMPLETED"}:
        raise RuntimeError(f"items of the array ended as {states.split()}")


def output_of(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    import os

    pickle.loads(Path(sys.argv[1]).read_bytes())(int(os.environ["SLURM_ARRAY_TASK_ID"]))
