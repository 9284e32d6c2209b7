"""Peers that are programs: minimap2 and MMseqs2.

minimap2 (Li 2018, doi:10.1093/bioinformatics/bty191) overlaps all reads with all. Its author does
not recommend that for short reads; still it is the strongest available program for the task.

MMseqs2 linclust (Steinegger 2018, doi:10.1038/s41467-018-04964-5) clusters and does not search all
pairs: for each cluster it reports only the pairs of the representative with the other members.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from benchmarks.launching import metered
from benchmarks.pairs.scoring import PairColumns
from benchmarks.pairs.tools import ReadFiles, RunResult, Tool, UnavailableError, Workload

MINIMAP2_SETTINGS = {
    "minimap2": "-x ava-ont -m25 -n1",
    "minimap2 default": "-x ava-ont",
    "minimap2 sensitive": "-x ava-ont -k13 -w3 -m25 -n2",
}
LINCLUST_SETTINGS = "--min-seq-id 0.9 -c 0.5 --cov-mode 0"


def minimap2_tools() -> list[Tool]:
    """Return minimap2 with each of the settings.

    Raises:
        UnavailableError: minimap2 is not installed.
    """
    try:
        done = subprocess.run(["minimap2", "--version"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise UnavailableError("apt-get install minimap2") from None
    version = done.stdout.strip()
    return [
        Tool(name=name, settings=options, version=version, run=minimap2_run(options))
        for name, options in MINIMAP2_SETTINGS.items()
    ]


def minimap2_run(options: str) -> Callable[[Workload, ReadFiles], RunResult]:
    """Return a function that runs minimap2 with these options."""

    def run(work: Workload, files: ReadFiles) -> RunResult:
        paf = files.folder / "overlaps.paf"
        command = ["minimap2", *options.split(), "-t1", files.fasta, files.fasta]
        cost = metered(command, output=paf)
        pairs = read_columns(paf, 0, 5)
        paf.unlink()
        return RunResult({"all": cost}, pairs)

    return run


def mmseqs_tool() -> Tool:
    """Return easy-linclust, which requires half of both reads to be covered.

    Raises:
        UnavailableError: MMseqs2 is not installed.
    """
    try:
        done = subprocess.run(["mmseqs", "version"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise UnavailableError("apt-get install mmseqs2") from None
    return Tool(
        name="mmseqs2 linclust",
        settings=LINCLUST_SETTINGS,
        version=done.stdout.strip(),
        run=run_linclust,
    )


def run_linclust(work: Workload, files: ReadFiles) -> RunResult:
    """Run easy-linclust on one thread."""
    output, scratch = files.folder / "linclust", files.folder / "linclust_scratch"
    options = [*LINCLUST_SETTINGS.split(), "--threads", 1, "--dbtype", 2, "-v", 1]
    cost = metered(["mmseqs", "easy-linclust", files.fasta, output, scratch, *options])
    pairs = read_columns(files.folder / "linclust_cluster.tsv", 0, 1)
    for file in files.folder.glob("linclust_*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    return RunResult({"all": cost}, pairs)


def read_columns(path: Path, first: int, second: int) -> PairColumns:
    """Read two columns of numeric read names from a tab-separated file without header."""
    if path.stat().st_size == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    cut = path.with_suffix(".cut")
    with cut.open("wb") as file:
        fields = f"-f{first + 1},{second + 1}"
        subprocess.run(["cut", fields, str(path)], stdout=file, check=True)
    names = ["a", "b"]
    table = pyarrow.csv.read_csv(
        cut,
        read_options=pyarrow.csv.ReadOptions(column_names=names),
        parse_options=pyarrow.csv.ParseOptions(delimiter="\t"),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.int64())),
    )
    cut.unlink()
    return table["a"].to_numpy(), table["b"].to_numpy()
