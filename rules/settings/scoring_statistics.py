"""Scoring systems whose E-values are known: the tables of the kernels, read as plain data."""

from collections.abc import Iterable, Mapping
from typing import Any

from readkin.kernels.statistics import karlin_altschul_tables as tables
from rules.settings.error_list import listed

Costs = tuple[int, int]


def matrices() -> Mapping[str, Mapping[Costs, Any]]:
    """Substitution matrices of proteins, each with the gap costs that are known."""
    return tables.MATRICES


def is_known_match(match: int, mismatch: int) -> bool:
    """Whether E-values are known for these scores of two bases, with some gap costs."""
    return (match, mismatch) in tables.DNA


def known_matches() -> str:
    """Scores of two equal and two unequal bases that are known, in words."""
    return listed(f"{match}/{mismatch}" for match, mismatch in tables.DNA)


def are_known_dna_costs(gap_open: int, gap_extend: int, match: int, mismatch: int) -> bool:
    """Whether E-values are known for these gaps; true of unknown scores, which are told first."""
    costs = tables.DNA.get((match, mismatch))
    return costs is None or (gap_open - gap_extend, gap_extend) in costs


def known_dna_costs(gap_open: int, gap_extend: int, match: int, mismatch: int) -> str:
    """Gap costs that are known for scores of two bases, in words."""
    return _in_words(tables.DNA[match, mismatch])


def are_known_protein_costs(gap_open: int, gap_extend: int, matrix: str) -> bool:
    """Whether E-values are known for these gaps."""
    return (gap_open - gap_extend, gap_extend) in matrices()[matrix]


def known_protein_costs(gap_open: int, gap_extend: int, matrix: str) -> str:
    """Gap costs that are known for a matrix, in words."""
    return _in_words(matrices()[matrix])


def _in_words(costs: Iterable[Costs]) -> str:
    """BLAST's existence and extension costs as gap_open/gap_extend."""
    pairs = listed(f"{existence + each}/{each}" for existence, each in costs)
    return f"gap_open/gap_extend {pairs}, for which E-values are known"
