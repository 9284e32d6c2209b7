"""MetaProb (Girotto 2016, doi:10.1093/bioinformatics/btw466), for short reads in pairs.

It groups reads that share k-mers, divides the groups by k-means of tetranucleotides, and estimates
the number of clusters. Its source, with instructions to build it, is at
https://github.com/CominLab/MetaProb; the benchmark runs the program ``MetaProb`` in PATH.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from benchmarks.clusters.tools import (
    NOT_PLACED,
    Clustering,
    Simulation,
    Tool,
    UnavailableError,
    certain,
)
from benchmarks.launching import metered
from readkin.formats.fasta import decode
from readkin.formats.reads import load_reads

PROGRAM = "MetaProb"
SETTINGS = "-feature 1 -m 5"  # recommended for reads of up to 300 bp
MOST_READS = 1_200_000


def metaprob_tool() -> Tool:
    """Return MetaProb.

    Raises:
        UnavailableError: the program is not in PATH.
    """
    if not shutil.which(PROGRAM):
        raise UnavailableError("build https://github.com/CominLab/MetaProb, and add it to PATH")
    return Tool(
        name=PROGRAM,
        settings=f"{SETTINGS}, number of clusters estimated",
        version="2",
        run=run_metaprob,
        most_reads=MOST_READS,
    )


def run_metaprob(simulation: Simulation) -> Clustering:
    """Run MetaProb on the trimmed pairs of all samples together."""
    files = write_mates(simulation.bams, simulation.scratch)
    output = simulation.scratch / "metaprob"
    output.mkdir()
    pairs = [PROGRAM, "-pi", *files]
    cost = metered([*pairs, *SETTINGS.split(), "-dirOutput", f"{output}/"])
    tables = [output / f"{file.name}.clusters.csv" for file in files]
    return certain(read_labels(tables, len(simulation.read_ids)), {"all": cost})


def write_mates(bams: Sequence[Path], folder: Path) -> list[Path]:
    """Write first and second mates as FASTA, named by read_index; return both files."""
    reads = load_reads(bams)
    text, bounds = decode(reads.bases), reads.offsets.tolist()
    files = []
    for mate in (1, 2):
        path = folder / f"mates_{mate}.fna"
        with path.open("w") as file:
            for read in np.flatnonzero(reads.mate_number == mate).tolist():
                file.write(f">{read}\n{text[bounds[read] : bounds[read + 1]]}\n")
        files.append(path)
    return files


def read_labels(tables: Sequence[Path], n_reads: int) -> np.ndarray:
    """Read the clusters: lines of >read_index, comma, cluster; return int64 (n_reads,)."""
    label = np.full(n_reads, NOT_PLACED, np.int64)
    for table in tables:
        columns = pyarrow.csv.read_csv(
            table,
            read_options=pyarrow.csv.ReadOptions(column_names=["read", "cluster"]),
            convert_options=pyarrow.csv.ConvertOptions(column_types={"read": pa.string()}),
        )
        names = pyarrow.compute.utf8_ltrim(columns["read"], ">").cast(pa.int64()).to_numpy()
        label[names] = columns["cluster"].to_numpy()
    return label
