"""How well the model predicts runs from which its terms do not come."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.scale.model import StageRun, StageTerms, processor_time
from benchmarks.scale.stages import terms_of
from support.repository import REPOSITORY

TEN_MILLION = REPOSITORY / "docs" / "measurements" / "ten-million-reads.tsv"


class Comparison(NamedTuple):
    """A measured time beside the prediction of a model that does not know it.

    Attributes:
        stage: its name.
        size: reads or candidate pairs, millions.
        processes: MPI ranks, or 1.
        measured, predicted: s.
        basis: what was measured.
    """

    stage: str
    size: float
    processes: int
    measured: float
    predicted: float
    basis: str

    @property
    def ratio(self) -> float:
        """Return predicted / measured."""
        return self.predicted / self.measured


class MeasuredStage(NamedTuple):
    """A row of docs/measurements/ten-million-reads.tsv; "" if not measured.

    Attributes:
        stage: its name.
        million: reads or candidate pairs.
        elapsed, cpu: s; cpu of all processes.
        memory, output: MB.
        compared, basis: time that the model can predict, s, and what it is.
        processes: of that time.
    """

    stage: str
    million: str
    elapsed: str
    cpu: str
    memory: str
    output: str
    compared: str
    basis: str
    processes: str


class LeftOut(NamedTuple):
    """Runs of one size, and the terms of all other sizes."""

    runs: list[StageRun]
    terms: dict[str, StageTerms]


def without_each_size(runs: Sequence[StageRun]) -> list[LeftOut]:
    """Leave out each size in turn; the terms also show how much they depend on single runs.

    Args:
        runs: of three sizes or more, the same number of sizes for each stage.

    Raises:
        ValueError: if there are fewer sizes.
    """
    sizes = {
        name: sorted({run.size for run in runs if run.stage == name})
        for name in dict.fromkeys(run.stage for run in runs)
    }
    n_sizes = min(map(len, sizes.values()))
    if n_sizes < 3:
        raise ValueError(f"found {n_sizes} sizes, expected 3 or more")
    return [
        LeftOut(
            runs=[run for run in runs if run.size == sizes[run.stage][number]],
            terms=terms_of([run for run in runs if run.size != sizes[run.stage][number]]),
        )
        for number in range(n_sizes)
    ]


def leave_one_size_out(runs: Sequence[StageRun]) -> list[Comparison]:
    """Predict the runs of each size with the terms of all other sizes.

    Args:
        runs: as for `without_each_size`.
    """
    return [
        Comparison(
            stage=run.stage,
            size=run.size,
            processes=run.processes,
            measured=run.cpu,
            predicted=processor_time(terms[run.stage], run.size, run.processes),
            basis="processor time",
        )
        for left_out, terms in without_each_size(runs)
        for run in left_out
    ]


def beyond_the_range(
    terms: Mapping[str, StageTerms], measured: Path = TEN_MILLION
) -> list[Comparison]:
    """Predict the stages at 10^7 reads, many times as many as the terms come from.

    Args:
        terms: of each stage.
        measured: table of the measured stages.
    """
    return [
        Comparison(
            stage=row.stage,
            size=float(row.million),
            processes=int(row.processes),
            measured=float(row.compared),
            predicted=processor_time(terms[row.stage], float(row.million), int(row.processes)),
            basis=row.basis,
        )
        for row in read_stages(measured)
        if row.compared and row.stage in terms
    ]


def read_stages(path: Path = TEN_MILLION) -> list[MeasuredStage]:
    """Read a table of measured stages."""
    with path.open(newline="") as file:
        return [MeasuredStage(**row) for row in csv.DictReader(file, delimiter="\t")]
