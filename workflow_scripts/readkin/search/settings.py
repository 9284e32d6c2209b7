"""Settings of a search as the command line gives them: scoring, statistics, filter, thresholds."""

import argparse
from typing import Any, NamedTuple

from readkin.errors import InputError
from readkin.formats.sequences import DNA, is_dna_alphabet
from readkin.formats.substitution_matrix import read_matrix
from readkin.kernels.kmers.signatures import KeySettings
from readkin.kernels.smith_waterman.alignment import Scoring, dna_scoring
from readkin.kernels.statistics.evalues import (
    KarlinAltschulParameters,
    dna_parameters,
    matrix_parameters,
)

CHUNK_LETTERS = 1 << 22
KEY_NAMES = [f"key_{name}" for name in KeySettings._fields]


class Settings(NamedTuple):
    """What decides the hits.

    Attributes:
        letters: of the alphabet, in the order of their codes.
        scoring: of the alignments.
        statistics: of the scoring, for bit scores and E-values.
        keys: k-mers by which queries and targets are compared.
        is_exhaustive: whether they are not, but all with all.
        min_votes: shared keys that lead to an alignment.
        top_n: targets kept per query.
        max_evalue: hits above are dropped.
        chunk_letters: of the database in one piece of work, about; decides no hit.
        parameters: what decides the hits as it was given, JSON-serialisable.
    """

    letters: str
    scoring: Scoring
    statistics: KarlinAltschulParameters
    keys: KeySettings
    is_exhaustive: bool
    min_votes: int
    top_n: int
    max_evalue: float
    chunk_letters: int
    parameters: dict[str, Any]

    @property
    def is_dna(self) -> bool:
        return self.letters == DNA


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings on the command line.

    Raises:
        ValueError: if the scoring is out of range or has no statistics, or arguments do not fit.
    """
    if arguments.alphabet == "dna":
        letters, scoring, statistics, own = _dna(arguments)
    else:
        letters, scoring, statistics, own = _protein(arguments)
    is_exhaustive = arguments.exhaustive or letters != DNA
    names = ["alphabet", "gap_open", "gap_extend", "top_n", "max_evalue", *own]
    names += [] if is_exhaustive else [*KEY_NAMES, "min_votes"]
    parameters = {name: getattr(arguments, name) for name in names} | {"exhaustive": is_exhaustive}
    keys = KeySettings(*(getattr(arguments, name) for name in KEY_NAMES))
    return Settings(
        letters,
        scoring,
        statistics,
        keys,
        is_exhaustive,
        arguments.min_votes,
        arguments.top_n,
        arguments.max_evalue,
        arguments.chunk_letters,
        parameters,
    )


def _dna(arguments: argparse.Namespace) -> tuple[str, Scoring, KarlinAltschulParameters, list[str]]:
    if arguments.match is None or arguments.mismatch is None or arguments.matrix is not None:
        raise ValueError("--alphabet dna: needs --match and --mismatch, not --matrix")
    costs = arguments.match, arguments.mismatch, arguments.gap_open, arguments.gap_extend
    return DNA, dna_scoring(*costs), dna_parameters(*costs), ["match", "mismatch"]


def _protein(
    arguments: argparse.Namespace,
) -> tuple[str, Scoring, KarlinAltschulParameters, list[str]]:
    if arguments.matrix is None or arguments.match is not None or arguments.mismatch is not None:
        raise ValueError("--alphabet protein: needs --matrix, not --match and --mismatch")
    if arguments.bam:
        raise ValueError("--alphabet protein: needs --database, not --bam: reads are DNA")
    try:
        matrix = read_matrix(arguments.matrix)
    except InputError as error:
        raise ValueError(str(error)) from None
    if is_dna_alphabet(matrix.letters):
        raise ValueError(f"--matrix: found {arguments.matrix}, expected a matrix of proteins")
    statistics = matrix_parameters(arguments.matrix, arguments.gap_open, arguments.gap_extend)
    scoring = Scoring(matrix.scores.astype("int16"), arguments.gap_open, arguments.gap_extend)
    return matrix.letters, scoring, statistics, ["matrix"]
