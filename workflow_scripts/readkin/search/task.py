"""A search: queries, targets, and the settings that determine the hits."""

from typing import Any, NamedTuple, Protocol

import numpy as np

from readkin.errors import InputError
from readkin.formats.sequences import DNA, is_dna_alphabet
from readkin.formats.substitution_matrix import read_matrix
from readkin.kernels.kmers.signatures import KeySettings
from readkin.kernels.sequences.sequences import Sequences, lengths_of, residue_sums
from readkin.kernels.smith_waterman.alignment import Scoring, dna_scoring
from readkin.kernels.statistics.evalues import (
    KarlinAltschulParameters,
    dna_parameters,
    matrix_parameters,
)

CHUNK_RESIDUES = 1 << 22


class ScoringSystem(NamedTuple):
    """Scores of alignments, and the statistics that belong to them.

    Attributes:
        residues: of the alphabet, in the order of their codes.
        scoring: scores of residue pairs and costs of gaps.
        statistics: for bit scores and E-values.
        parameters: the scoring as it was specified, JSON-serialisable.
    """

    residues: str
    scoring: Scoring
    statistics: KarlinAltschulParameters
    parameters: dict[str, Any]


class SearchSettings(NamedTuple):
    """Settings that determine the hits.

    Attributes:
        system: scoring system.
        keys: k-mers that select the pairs to align in a filtered search.
        is_exhaustive: whether every query is aligned with every target; always so for proteins.
        min_votes: shared keys that a pair needs to be aligned in a filtered search.
        top_n: targets kept per query.
        max_evalue: hits with a larger E-value are dropped.
        chunk_residues: approximate size of a work item of the database; no hit depends on it.
    """

    system: ScoringSystem
    keys: KeySettings
    is_exhaustive: bool
    min_votes: int
    top_n: int
    max_evalue: float
    chunk_residues: int = CHUNK_RESIDUES

    @property
    def is_dna(self) -> bool:
        """Whether queries and targets are DNA, so that both strands are searched."""
        return self.system.residues == DNA

    @property
    def parameters(self) -> dict[str, Any]:
        """All settings that determine the hits, JSON-serialisable."""
        common = {
            "alphabet": "dna" if self.is_dna else "protein",
            "gap_open": self.system.scoring.gap_open,
            "gap_extend": self.system.scoring.gap_extend,
            "top_n": self.top_n,
            "max_evalue": self.max_evalue,
            "exhaustive": self.is_exhaustive,
        }
        keys = {f"key_{name}": value for name, value in self.keys._asdict().items()}
        of_filter = {} if self.is_exhaustive else keys | {"min_votes": self.min_votes}
        return common | self.system.parameters | of_filter


class Targets(Protocol):
    """Sequences that are searched; ``Sequences`` and ``PackedSequences`` are such."""

    @property
    def lengths(self) -> np.ndarray:
        """Residues of each sequence, integers (sequences,)."""

    def segments(self, index: np.ndarray, first: np.ndarray, end: np.ndarray) -> Sequences:
        """Copy segments, as ``Sequences.segments``."""


class SearchTask(NamedTuple):
    """A search.

    Attributes:
        queries, targets: the sequences.
        target_lengths: integers (targets,), residues.
        highest: int64 (queries,), upper bound of the score of any alignment of a query.
        settings: that determine the hits.
    """

    queries: Sequences
    targets: Targets
    target_lengths: np.ndarray
    highest: np.ndarray
    settings: SearchSettings

    @property
    def target_residues(self) -> int:
        """Residues of all targets."""
        return int(self.target_lengths.sum(dtype=np.int64))


def dna_system(match: int, mismatch: int, gap_open: int, gap_extend: int) -> ScoringSystem:
    """Return the scoring system of DNA with these scores and costs.

    Raises:
        ValueError: if a value is out of range, or no statistics are known for the scores.
    """
    costs = match, mismatch, gap_open, gap_extend
    return ScoringSystem(
        residues=DNA,
        scoring=dna_scoring(*costs),
        statistics=dna_parameters(*costs),
        parameters={"match": match, "mismatch": mismatch},
    )


def protein_system(matrix: str, gap_open: int, gap_extend: int) -> ScoringSystem:
    """Return the scoring system of proteins with this substitution matrix and these gap costs.

    Args:
        matrix: name of a built-in matrix, or path of a file.
        gap_open: cost of the first residue of a gap.
        gap_extend: cost of each further residue.

    Raises:
        ValueError: if the matrix does not exist or is one of DNA, a cost is out of range, or no
            statistics are known for the scores.
    """
    try:
        scores = read_matrix(matrix)
    except InputError as error:
        raise ValueError(str(error)) from None
    if is_dna_alphabet(scores.letters):
        raise ValueError(f"--matrix: found {matrix}, expected a matrix of proteins")
    return ScoringSystem(
        residues=scores.letters,
        scoring=Scoring(scores.scores.astype("int16"), gap_open, gap_extend),
        statistics=matrix_parameters(matrix, gap_open, gap_extend),
        parameters={"matrix": matrix},
    )


def search_task(queries: Sequences, targets: Targets, settings: SearchSettings) -> SearchTask:
    """Return the search for these queries in these targets."""
    best_of_residue = np.maximum(settings.system.scoring.matrix.max(axis=1), 0).astype(np.int64)
    return SearchTask(
        queries=queries,
        targets=targets,
        target_lengths=targets.lengths,
        highest=residue_sums(queries, best_of_residue),
        settings=settings,
    )


def longest_spans(
    task: SearchTask, queries: np.ndarray, least_score: np.ndarray | int
) -> np.ndarray:
    """Return the largest number of target residues in an alignment of each query.

    An alignment with a score of ``least_score`` or more pays at most ``highest - least_score``
    for gaps, which limits the number of target residues beyond the length of the query.

    Args:
        task: the search.
        queries: int64 (n,), numbers of queries.
        least_score: of the alignments, 1 or more; int64 (n,), or the same for all.

    Returns:
        int64 (n,).
    """
    scoring = task.settings.system.scoring
    left = task.highest[queries] - least_score - scoring.gap_open
    gaps = np.where(left >= 0, left // scoring.gap_extend + 1, 0)
    return lengths_of(task.queries, queries) + gaps
