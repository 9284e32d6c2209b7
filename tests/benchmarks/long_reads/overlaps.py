"""Overlaps of reads of known origin: those found by a tool, and how many of the true ones."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq

from readkin.formats.alignment_parts import read_alignments
from readkin.formats.truth_table import read_truth
from readkin.kernels.statistics.kin_truth import Origins, count_overlaps, overlaps_of_pairs

LEAST_BP = 2000
PAF_QUERY, PAF_TARGET, PAF_LENGTH = 0, 5, 10


class Overlaps(NamedTuple):
    """Overlaps that a tool found: two reads, int64 (n,), and columns of the alignment, int64."""

    read_a: np.ndarray
    read_b: np.ndarray
    length: np.ndarray


class Score(NamedTuple):
    """Quality of overlaps.

    Attributes:
        recall: of the true overlaps of LEAST_BP or more, share found.
        precision: of the overlaps found with as many columns, share of reads that truly overlap.
        pairs: true overlaps of LEAST_BP or more.
    """

    recall: float
    precision: float
    pairs: int


def origins_of(run: Path, truth: Path) -> tuple[Origins, dict[str, int]]:
    """Return the origins of the reads that a run has kept, and their read_index by name."""
    names = pq.read_table(run / "results" / "reads.parquet", columns=["name"])["name"]
    found = read_truth(truth, names)
    origins = Origins(found.sequence, found.start, found.end, found.circle_length)
    return origins, {name: index for index, name in enumerate(names.to_pylist())}


def overlaps_of_readkin(run: Path) -> Overlaps:
    """Read the alignments of a run."""
    columns = ("read_a", "read_b", "alignment_length")
    table = read_alignments(run / "results" / "alignments", columns)
    return Overlaps(*(table[name].to_numpy().astype(np.int64) for name in columns))


def overlaps_of_paf(paf: Path, index_of: dict[str, int]) -> Overlaps:
    """Read PAF: of each two reads the longest alignment; not those of a read with itself."""
    longest: dict[tuple[int, int], int] = {}
    with paf.open() as file:
        for line in file:
            fields = line.split("\t", PAF_LENGTH + 1)
            a, b = index_of[fields[PAF_QUERY]], index_of[fields[PAF_TARGET]]
            if a != b:
                pair = min(a, b), max(a, b)
                longest[pair] = max(longest.get(pair, 0), int(fields[PAF_LENGTH]))
    rows = np.array([(*pair, length) for pair, length in longest.items()], np.int64).reshape(-1, 3)
    return Overlaps(*rows.T)


def score(found: Overlaps, origins: Origins) -> Score:
    """Compare overlaps, each two reads once, with the origins of the reads."""
    overlap = overlaps_of_pairs(origins, (found.read_a, found.read_b))
    true = int(count_overlaps(origins)[LEAST_BP:].sum())
    is_long = found.length >= LEAST_BP
    return Score(
        recall=np.count_nonzero(overlap >= LEAST_BP) / max(true, 1),
        precision=float(np.count_nonzero(overlap[is_long]) / max(np.count_nonzero(is_long), 1)),
        pairs=true,
    )
