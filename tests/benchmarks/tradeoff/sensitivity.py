"""How the cost of a run changes with what is assumed: interruptions, idle and start of nodes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from benchmarks.scale.model import StageTerms
from benchmarks.tradeoff.architectures import HOURS_OF_MONTH
from benchmarks.tradeoff.costs import Architecture, RunCost, run_cost

INTERRUPTIONS = {
    "never": 0.0,
    "5 % a month": 0.05,
    "20 % a month": 0.2,
    "50 % a month": 0.5,
    "each once a day": HOURS_OF_MONTH / 24,
    "each once an hour": HOURS_OF_MONTH,
}
"""Losses of each spot node in a month."""
IDLE_MINUTES = (0, 5, 10, 30)
BOOT_MINUTES = (1, 5, 10, 30)
MINUTE = 60.0


class Varied(NamedTuple):
    """Cost of a run with one assumption changed: its name, and its value as text."""

    what: str
    value: str
    cost: RunCost


def sensitivity(
    architecture: Architecture, terms: Mapping[str, StageTerms], reads: float, pairs: float
) -> list[Varied]:
    """Return the cost of a run for each value of each assumption, the others as they are.

    Args:
        architecture: where.
        terms: of each stage.
        reads: millions.
        pairs: candidate pairs per read.
    """
    changed = [
        *(
            (
                "spot nodes lost",
                often,
                with_interruptions(architecture, losses),
            )
            for often, losses in INTERRUPTIONS.items()
        ),
        *(
            ("idle", f"{minutes} min", with_idle(architecture, minutes * MINUTE))
            for minutes in IDLE_MINUTES
        ),
        *(
            ("start", f"{minutes} min", with_boot(architecture, minutes * MINUTE))
            for minutes in BOOT_MINUTES
        ),
    ]
    return [
        Varied(what, value, run_cost(other, terms, reads, pairs)) for what, value, other in changed
    ]


def with_interruptions(architecture: Architecture, losses: float) -> Architecture:
    """Return an architecture each of whose spot nodes is lost that often in a month."""
    rate = losses / HOURS_OF_MONTH
    groups = {
        name: replace(nodes, interruptions=rate) if nodes.is_spot else nodes
        for name, nodes in architecture.groups.items()
    }
    return architecture._replace(groups=groups)


def with_idle(architecture: Architecture, seconds: float) -> Architecture:
    """Return an architecture that keeps nodes for that long after their last job."""
    return _with(architecture, idle=seconds)


def with_boot(architecture: Architecture, seconds: float) -> Architecture:
    """Return an architecture whose nodes start within this time."""
    return _with(architecture, boot=seconds)


def _with(architecture: Architecture, **values: Any) -> Architecture:
    groups = {name: replace(nodes, **values) for name, nodes in architecture.groups.items()}
    return architecture._replace(groups=groups)
