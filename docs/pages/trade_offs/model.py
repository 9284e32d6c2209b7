"""The model of docs/trade-offs.md, with the terms that a run has measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.scale.model import StageTerms
from benchmarks.scale.stages import BY_PAIRS, pairs_per_read, terms_of
from benchmarks.scale.validation import without_each_size
from benchmarks.tradeoff.architectures import MPI_NODE, architectures, node_kind
from benchmarks.tradeoff.costs import Architecture, RunCost, run_cost
from benchmarks.tradeoff.measurements import Run
from benchmarks.tradeoff.prices import Price, read_prices
from benchmarks.tradeoff.scaling import Point, strong_scaling, weak_scaling
from docs.pages.trade_offs.provenance import PRICES, modelled, quoted

STRONG_READS, WEAK_READS = 100, 1  # millions: of a run, and of each worker
NODES = node_kind(MPI_NODE)
WHOLE = "all stages"
RANGES = "In parentheses: with terms from which one of the measured sizes is left out."


@dataclass(frozen=True)
class Model:
    """The model, with the terms that a run has measured."""

    run: Run

    @cached_property
    def terms(self) -> dict[str, StageTerms]:
        """Return the terms of each stage."""
        return terms_of(self.run.stage_runs)

    @cached_property
    def terms_without_each_size(self) -> list[dict[str, StageTerms]]:
        """Return the terms without the runs of each size in turn."""
        return [left_out.terms for left_out in without_each_size(self.run.stage_runs)]

    @cached_property
    def pairs(self) -> float:
        """Return the candidate pairs per read."""
        return pairs_per_read(self.run.stage_runs)

    @cached_property
    def prices(self) -> dict[str, Price]:
        """Return the quoted prices."""
        return read_prices()

    @cached_property
    def architectures(self) -> list[Architecture]:
        """Return the architectures that have a price."""
        return architectures(self.prices)

    @property
    def most_processes(self) -> int:
        """Return the largest number of processes that was measured."""
        return max(row.processes for row in self.run.stage_runs)

    @property
    def mark(self) -> str:
        """Return the mark of modelled values."""
        sizes = [row.size for row in self.run.stage_runs if row.stage not in BY_PAIRS]
        ranges = (
            f"from {min(sizes):g} to {max(sizes):g} million reads, up to {self.most_processes}"
            f" processes, {self.pairs:.1f} pairs per read"
        )
        return modelled(self.run, [1], ranges)

    @property
    def cost_mark(self) -> str:
        """Return the mark of modelled costs."""
        return f"{self.mark} {quoted('prices', PRICES)}"

    def cost(self, architecture: Architecture, reads: float) -> RunCost:
        """Return what a run with that many million reads costs."""
        return run_cost(architecture, self.terms, reads, self.pairs)

    def costs(self, architecture: Architecture, reads: float) -> list[RunCost]:
        """Return the cost of a run with all terms, and with those without each measured size."""
        return [
            run_cost(architecture, terms, reads, self.pairs)
            for terms in (self.terms, *self.terms_without_each_size)
        ]

    def only(self, stage: str) -> dict[str, StageTerms]:
        """Return the terms of a stage, or of all."""
        return self.terms if stage == WHOLE else {stage: self.terms[stage]}

    def strong(self, stage: str) -> list[Point]:
        """Return the curve of a stage, or of all, for a constant number of reads."""
        return strong_scaling(self.only(stage), STRONG_READS, self.pairs, NODES)

    def weak(self, stage: str) -> list[Point]:
        """Return the curve of a stage, or of all, for a constant number of reads per worker."""
        return weak_scaling(self.only(stage), WEAK_READS, self.pairs, NODES)


def with_range(values: Sequence[float], digits: int) -> str:
    """Return the first value, and the range of all."""
    first, low, high = (f"{value:.{digits}f}" for value in (values[0], min(values), max(values)))
    return f"{first} ({low}-{high})"


def percent(share: float) -> str:
    """Return a share as text."""
    return f"{100 * share:.0f} %"
