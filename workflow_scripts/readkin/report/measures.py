"""Summaries of the result files: pairs, alignments, and the comparison with the truth.

Tables are read in batches of rows, so that tables of any length fit into memory.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from readkin.errors import InputError
from readkin.formats.alignment_parts import open_alignments
from readkin.formats.pairs import CandidatePairs
from readkin.report.histograms import IntegerHistogram

ROWS_PER_BATCH = 1 << 20
IDENTITY_STEPS = 1000
TRUTH_FORMAT = ("readkin-truth-comparison", 2)


@dataclass
class PairMeasures:
    """Candidate pairs: histogram of their votes, and the number on opposite strands."""

    votes: IntegerHistogram = field(default_factory=IntegerHistogram)
    opposite_strands: int = 0


@dataclass
class AlignmentMeasures:
    """Kin pairs: histograms of their alignments, and the number on opposite strands.

    Attributes:
        score: Smith-Waterman score.
        identity: thousandths, rounded down.
        columns: length of the alignment, gaps included.
        opposite_strands: number of alignments of the reverse complement.
    """

    score: IntegerHistogram = field(default_factory=IntegerHistogram)
    identity: IntegerHistogram = field(default_factory=IntegerHistogram)
    columns: IntegerHistogram = field(default_factory=IntegerHistogram)
    opposite_strands: int = 0


class TruthMeasures(NamedTuple):
    """Content of truth_comparison.json; compare_with_truth.py documents all keys."""

    reads: int
    settings: Mapping[str, Any]
    pairs: Mapping[str, Any]
    clusters: Mapping[str, Any]

    @property
    def recall(self) -> float | None:
        """Fraction of the true kin pairs that was found."""
        return self.pairs["recall"]

    @property
    def precision(self) -> float | None:
        """Fraction of the found pairs that is true."""
        return self.pairs["precision"]


def measure_pairs(path: Path) -> PairMeasures:
    """Summarise pairs.h5.

    Raises:
        InputError: if the file has another format or is damaged.
    """
    measures = PairMeasures()
    with CandidatePairs(path) as pairs:
        for columns in pairs.columns(("votes", "is_reverse"), ROWS_PER_BATCH):
            measures.votes.add(columns["votes"])
            measures.opposite_strands += int(np.count_nonzero(columns["is_reverse"]))
    return measures


def measure_alignments(path: Path) -> AlignmentMeasures:
    """Summarise the folder of alignments.

    Raises:
        InputError: if a part is missing, damaged, or of another run or format.
    """
    names = ("score", "matches", "alignment_length", "strand")
    measures = AlignmentMeasures()
    parts = open_alignments(path).tables(names)
    for batch in (batch for part in parts for batch in batches(part, names)):
        columns = batch["alignment_length"].astype(np.int64)
        measures.score.add(batch["score"])
        measures.columns.add(columns)
        measures.identity.add(IDENTITY_STEPS * batch["matches"].astype(np.int64) // columns)
        measures.opposite_strands += int(np.count_nonzero(batch["strand"] == "-"))
    return measures


def batches(table: pa.Table, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
    """Yield some columns of a table, at most ``ROWS_PER_BATCH`` rows at a time."""
    for batch in table.select(list(names)).to_batches(max_chunksize=ROWS_PER_BATCH):
        yield {name: batch.column(name).to_numpy(zero_copy_only=False) for name in names}


def read_truth_measures(path: Path) -> TruthMeasures:
    """Read truth_comparison.json.

    Raises:
        InputError: if the file has another format or version.
    """
    try:
        content = json.loads(path.read_text())
        name, version = content["format"], content["format_version"]
        measures = TruthMeasures(
            reads=content["reads"],
            settings=content["settings"],
            pairs=content["kin_pairs"],
            clusters=content["clusters"],
        )
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            path,
            f"other content ({error})",
            "a comparison with the truth",
            "run compare_with_truth again",
        ) from None
    if (name, version) != TRUTH_FORMAT:
        raise InputError(
            path,
            f"format {name} {version}",
            f"{TRUTH_FORMAT[0]} {TRUTH_FORMAT[1]}",
            "run compare_with_truth again",
        )
    return measures
