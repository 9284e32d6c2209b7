"""Helpers of the fault drills: a folder with finished results, Snakemake in it, and the table.

Each drill runs the profile as shipped, literally `snakemake --profile parallelcluster`, on small
reads, and proves that its fault happened.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import numpy as np

from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.waiting import wait_until
from support.repository import REPOSITORY
from support.same_content import differing_files

PROFILE = "parallelcluster/profile.v9+.yaml"
TABLE = REPOSITORY / "bench-results" / "drills.json"
# Functions that make a part of a rule, slowed down so that a fault comes in the middle. They are
# replaced in the command, which belongs to no fingerprint.
SLOW_PARTS = {
    "align_pairs": ("align_pairs.py", "PartFolder.write"),
    "embed_reads": ("embed_reads.py", "embed_shard"),
}
# Children of a background script ignore these signals, so tests would too.
HEEDING = "exec env --default-signal=INT,HUP"
SLOWLY = {"SECONDS_PER_PART": "0.3"}
SLOW = """
import os as _os, time as _time
_quick = {function}
def _slow(*arguments):
    _time.sleep(float(_os.environ.get("SECONDS_PER_PART", "0")))
    return _quick(*arguments)
{function} = _slow
"""


@dataclass
class Row:
    """One drill in bench-results/drills.json.

    Attributes:
        drill: its name.
        fault_seen: what shows that the fault happened.
        survived: how the run continued.
        seconds_lost: from the fault until the work continued or, if it could not, had ended.
        work_saved: what had not to be made again.
        output_identical: whether the results are those of a run without fault; None without any.
    """

    drill: str
    fault_seen: str
    survived: str
    seconds_lost: float
    work_saved: str
    output_identical: bool | None


def write_row(row: Row) -> None:
    """Write a row to the table; it replaces an older row of the same drill."""
    rows = [old for old in read_rows() if old["drill"] != row.drill]
    TABLE.parent.mkdir(exist_ok=True)
    row.seconds_lost = round(row.seconds_lost, 1)
    TABLE.write_text(json.dumps([*rows, asdict(row)], indent=2) + "\n")


def read_rows() -> list[dict[str, object]]:
    """Return all rows written so far."""
    return json.loads(TABLE.read_text()) if TABLE.is_file() else []


def as_table(rows: list[dict[str, object]]) -> str:
    """Return the table as text, with one block per drill."""
    blocks = []
    for row in rows:
        lines = (f"  {name.replace('_', ' '):<17}{value}" for name, value in row.items())
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


class Folder:
    """A folder of a user on the cluster, with the results of a finished local run."""

    def __init__(self, folder: Path, cluster: SlurmCluster) -> None:
        self.folder, self.cluster = folder, cluster
        self.runs: list[Run] = []

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace ``old``, which occurs once in a file."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, (file, old)
        path.write_text(text.replace(old, new))

    def slow_down(self, rule: str) -> None:
        """Let each part of a rule take longer, by the seconds in the variable SECONDS_PER_PART."""
        module, function = SLOW_PARTS[rule]
        path = self.folder / "workflow_scripts" / module
        code, guard, call = path.read_text().partition('\n\nif __name__ == "__main__":')
        path.write_text(code + SLOW.format(function=function) + guard + call)

    def start(self, arguments: str = "", environment: dict[str, str] | None = None) -> "Run":
        """Run ``snakemake --profile parallelcluster ...`` on the head node, venv activated."""
        variables = self.cluster.environment() | {"READKIN_CACHE": str(REPOSITORY / ".numba_cache")}
        variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"
        output = self.folder / f"run{len(self.runs)}.out"
        with output.open("ab") as out:
            process = subprocess.Popen(
                ["bash", "-c", f"{HEEDING} snakemake --profile parallelcluster {arguments}"],
                cwd=self.folder,
                env=variables | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.runs.append(Run(process, output))
        return self.runs[-1]

    def stop(self) -> None:
        """End all processes that a failed test has left."""
        for run in self.runs:
            with suppress(ProcessLookupError):
                run.signal(signal.SIGKILL)
            run.process.wait()
        wait_until(self._no_job_is_left, 30)

    def _no_job_is_left(self) -> bool:
        self.cluster.run("scancel", "--me")
        answer = self.cluster.run("squeue", "--me", "--noheader")
        return answer.returncode != 0 or not answer.stdout  # a cluster that has ended has no jobs

    def differing_vectors(self) -> list[str]:
        """Return whether the reads in embeddings.h5 differ from those of the local run.

        Shards of another size make other files of the same content.
        """
        paths = [self.folder / name / "embeddings.h5" for name in ("local_results", "results")]
        with h5py.File(paths[0]) as one, h5py.File(paths[1]) as other:
            names = [name for name in ("vectors", "norms", "keys/hash") if name in one]
            same = all(np.array_equal(one[name][:], other[name][:]) for name in names)
        return [] if same and "vectors" in names else ["embeddings.h5"]

    def differing(self, *names: str) -> list[str]:
        """Return the results that differ from those of the local run; ``names`` selects some."""
        found = differing_files(self.folder / "local_results", self.folder / "results")
        return [name for name in found if not names or name.split("/")[0] in names]

    def state_of(self, job: str) -> str:
        """Return the state of a job as squeue shows it; "" if it is unknown."""
        answer = self.cluster.run(
            "squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%T"
        )
        return answer.stdout.strip()

    def node_of(self, job: str) -> str:
        """Return the first node of a running job."""
        answer = self.cluster.run("squeue", "--noheader", f"--jobs={job}", "--format=%B")
        return answer.stdout.strip()


class Run:
    """A Snakemake that runs in the background, as leader of its own process group."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process, self.output = process, output

    def text(self) -> str:
        """Return its output so far."""
        return self.output.read_text(errors="replace")

    def jobs(self, rule: str = r"\w+") -> list[str]:
        """Return Slurm's ids of the submitted jobs of a rule, in order."""
        return re.findall(rf"SLURM jobid (\d+) \(log: .*?/rule_{rule}/", self.text())

    def wait_for_job(self, rule: str, number: int = 1) -> str:
        """Wait for the ``number``-th submission of a rule's job; return its id."""
        self.wait_until(lambda: len(self.jobs(rule)) >= number, 90)
        return self.jobs(rule)[number - 1]

    def wait_until(self, ready, seconds: float, every: float = 0.1) -> None:
        """Wait until ``ready()`` is true while the run continues."""

        def is_ready() -> bool:
            happened = bool(ready())
            assert happened or self.process.poll() is None, self.text()[-4000:]
            return happened

        wait_until(is_ready, seconds, every)

    def wait(self, seconds: float = 150) -> int:
        """Wait for the end; return the exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            raise AssertionError(f"no end in {seconds} s:\n{self.text()[-4000:]}") from None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole process group, as a terminal does."""
        os.killpg(self.process.pid, number)


def seconds_since(moment: float) -> float:
    """Return the seconds since ``time.monotonic()`` was ``moment``."""
    return time.monotonic() - moment


MakeFolder = Callable[[SlurmCluster], Folder]


def tiles_of(folder: Folder) -> list[Path]:
    """Return the finished tiles of an unfinished align_pairs."""
    return list((folder.folder / "work/align_pairs.partial").glob("*/part-*.parquet"))


def shards_of(folder: Folder) -> list[Path]:
    """Return the finished shards of an unfinished embed_reads."""
    return list((folder.folder / "work/embed_reads.partial").glob("*/shard-*.h5"))
