"""The stages of the workflow in the model: their terms, and their sizes for a number of reads."""

from collections.abc import Iterable, Mapping, Sequence

import yaml

from benchmarks.scale.model import MILLION, Machine, Prediction, StageRun, StageTerms, fit, predict
from rules.stages import STAGES
from support.repository import REPOSITORY

BY_PAIRS = ("find_pairs", "align_pairs", "join_reads")
"""Stages whose work grows with the candidate pairs; that of the others grows with the reads."""
READS_OF_A_UNIT = 20  # millions


def terms_of(runs: Sequence[StageRun]) -> dict[str, StageTerms]:
    """Return the terms of all stages that have run, in the order of a run."""
    settings = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    shard = settings["embed"]["reads_per_shard"] / MILLION
    tile = settings["align"]["tile_megacells"] * 1e6 / 1e12
    names = [name for name in STAGES if any(run.stage == name for run in runs)]
    return {
        name: fit(
            [run for run in runs if run.stage == name],
            is_per_unit=STAGES[name].is_per_unit,
            is_mpi=STAGES[name].resources.is_mpi,
            unit=shard if name == "embed_reads" else 0.0,
            unit_cells=tile if name == "align_pairs" else 0.0,
        )
        for name in names
    }


def pairs_per_read(runs: Sequence[StageRun]) -> float:
    """Return the candidate pairs per read of the largest measured run."""
    of_pairs = max(run.size for run in runs if run.stage == "align_pairs")
    return of_pairs / max(run.size for run in runs if run.stage not in BY_PAIRS)


def sizes_of(stages: Iterable[str], reads: float, pairs: float) -> dict[str, float]:
    """Return the size of each stage, in millions.

    Args:
        stages: their names.
        reads: millions.
        pairs: candidate pairs per read.
    """
    return {name: reads * (pairs if name in BY_PAIRS else 1) for name in stages}


def units_of(reads: float) -> int:
    """Return the number of sequencing units of a run with that many million reads."""
    return max(1, round(reads / READS_OF_A_UNIT))


def modelled(
    terms: Mapping[str, StageTerms],
    reads: float,
    pairs: float,
    machine: Machine,
    workers: int | None = None,
) -> dict[str, Prediction]:
    """Return what each stage takes for a number of reads.

    Args:
        terms: of each stage.
        reads: millions.
        pairs: candidate pairs per read.
        machine: the nodes.
        workers: processes on all nodes together; by default one for each core.
    """
    sizes = sizes_of(terms, reads, pairs)
    units = units_of(reads)
    return {name: predict(t, sizes[name], units, machine, workers) for name, t in terms.items()}
