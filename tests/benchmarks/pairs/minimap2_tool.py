"""minimap2 (Li 2018, doi:10.1093/bioinformatics/bty191), all reads against all.

Not made for short reads, as its author says, yet the strongest program there is for the job.
"""

import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from benchmarks.launching import metered
from benchmarks.pairs.scoring import PairColumns
from benchmarks.pairs.tools import Files, Finding, NotThereError, Tool, Work

SETTINGS = {
    "minimap2": "-x ava-ont -m25 -n1",
    "minimap2 default": "-x ava-ont",
    "minimap2 sensitive": "-x ava-ont -k13 -w3 -m25 -n2",
}


def tools() -> list[Tool]:
    """minimap2 with each of the settings.

    Raises:
        NotThereError: if it is not installed.
    """
    try:
        done = subprocess.run(["minimap2", "--version"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise NotThereError("apt-get install minimap2") from None
    version = done.stdout.strip()
    return [Tool(name, words, version, runner(words)) for name, words in SETTINGS.items()]


def runner(words: str):
    def run(work: Work, files: Files) -> Finding:
        paf = files.folder / "overlaps.paf"
        command = ["minimap2", *words.split(), "-t1", files.fasta, files.fasta]
        cost = metered(command, output=paf)
        pairs = read_columns(paf, 0, 5)
        paf.unlink()
        return Finding({"all": cost}, pairs)

    return run


def read_columns(path: Path, first: int, second: int) -> PairColumns:
    """Two columns of read names, which are numbers, of a table without header."""
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
