"""Relations between settings: the table of what must hold, for check.py."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import ge, le

from readkin.kernels.statistics.karlin_altschul_tables import DNA, MATRICES
from rules.settings.mistakes import listed
from rules.settings.schema import READS


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A condition on several settings.

    Attributes:
        key: setting that the message names.
        others: settings that it is compared with.
        holds: takes the values of ``key`` and ``others``; returns whether the condition holds.
        expected: what ``key`` should be, or a function of the same values that returns it.
        what_to_do: the user's next step.
        only_with: setting without which (null) the condition is ignored, or
            ``<setting>=<value>`` for a condition of that value only; "" for none.
    """

    key: str
    others: tuple[str, ...]
    holds: Callable[..., bool]
    expected: str | Callable[..., str]
    what_to_do: str
    only_with: str = ""

    def applies(self, value_of: Callable[[str], object]) -> bool:
        """Return whether the settings, by their dotted keys, make this a condition."""
        if not self.only_with:
            return True
        key, equals, expected = self.only_with.partition("=")
        value = value_of(key)
        return value == expected if equals else value is not None


GapCosts = tuple[int, int]
"""BLAST's existence and extension costs; the settings give their sum as gap_open."""


def _has_match_statistics(match: int, mismatch: int) -> bool:
    return (match, mismatch) in DNA


def _known_matches() -> str:
    return listed(f"{match}/{mismatch}" for match, mismatch in DNA)


def _have_dna_statistics(gap_open: int, gap_extend: int, match: int, mismatch: int) -> bool:
    """Return whether E-values are known for these gaps; True for unknown scores.

    Unknown scores are a mistake of their own.
    """
    costs = DNA.get((match, mismatch))
    return costs is None or (gap_open - gap_extend, gap_extend) in costs


def _known_dna_costs(gap_open: int, gap_extend: int, match: int, mismatch: int) -> str:
    return _gap_costs_in_words(DNA[match, mismatch])


def _have_protein_statistics(gap_open: int, gap_extend: int, matrix: str) -> bool:
    return (gap_open - gap_extend, gap_extend) in MATRICES[matrix]


def _known_protein_costs(gap_open: int, gap_extend: int, matrix: str) -> str:
    return _gap_costs_in_words(MATRICES[matrix])


def _gap_costs_in_words(costs: Iterable[GapCosts]) -> str:
    pairs = listed(f"{existence + each}/{each}" for existence, each in costs)
    return f"gap_open/gap_extend {pairs}, for which E-values are known"


RELATIONS = (
    Relation(
        key="embed.k",
        others=("trim.min_length_bp",),
        holds=le,
        expected="at most the length of the shortest read kept",
        what_to_do="lower embed.k or raise trim.min_length_bp",
    ),
    Relation(
        key="embed.key_k",
        others=("trim.min_length_bp",),
        holds=le,
        expected="at most the length of the shortest read kept",
        what_to_do="lower embed.key_k or raise trim.min_length_bp",
    ),
    Relation(
        key="align.gap_open",
        others=("align.gap_extend",),
        holds=ge,
        expected="at least align.gap_extend, as opening a gap costs no less than extending it",
        what_to_do="raise align.gap_open or lower align.gap_extend",
    ),
    Relation(
        key="align.min_score",
        others=("align.match", "align.min_overlap_bp"),
        holds=lambda min_score, match, min_overlap: min_score <= match * min_overlap,
        expected="at most align.match x align.min_overlap_bp, the best score of such an overlap",
        what_to_do="lower align.min_score or raise align.min_overlap_bp",
    ),
    Relation(
        key="pieces.min_overlap_bp",
        others=("align.min_overlap_bp",),
        holds=ge,
        expected="at least align.min_overlap_bp, as alignments below that are already dropped",
        what_to_do="raise pieces.min_overlap_bp or lower align.min_overlap_bp",
        only_with="cluster.method=genomes",
    ),
    Relation(
        key="cluster.min_identity",
        others=("align.min_identity",),
        holds=ge,
        expected="at least align.min_identity, as alignments below that are already dropped",
        what_to_do="raise cluster.min_identity or lower align.min_identity",
        only_with="cluster.method=connected_components",
    ),
    Relation(
        key="cluster.min_overlap_bp",
        others=("align.min_overlap_bp",),
        holds=ge,
        expected="at least align.min_overlap_bp, as alignments below that are already dropped",
        what_to_do="raise cluster.min_overlap_bp or lower align.min_overlap_bp",
        only_with="cluster.method=connected_components",
    ),
    Relation(
        key="cluster.graph",
        others=("cluster.method",),
        holds=lambda graph, method: method == "genomes",
        expected="method genomes, whose clusters consist of pieces",
        what_to_do="write cluster.method: genomes or cluster.graph: null",
        only_with="cluster.graph",
    ),
    Relation(
        key="cluster.names",
        others=("cluster.method",),
        holds=lambda names, method: method == "genomes",
        expected="method genomes, whose clusters consist of pieces that a search can name",
        what_to_do="write cluster.method: genomes or cluster.names: null",
        only_with="cluster.names",
    ),
    Relation(
        key="compare.min_kin_overlap_bp",
        others=("compare.min_true_overlap_bp",),
        holds=ge,
        expected="at least compare.min_true_overlap_bp, so that a kin pair counts as true if found",
        what_to_do="raise compare.min_kin_overlap_bp or lower compare.min_true_overlap_bp",
        only_with="truth",
    ),
    Relation(
        key="compare.min_kin_overlap_bp",
        others=("align.min_overlap_bp",),
        holds=ge,
        expected="at least align.min_overlap_bp, as shorter overlaps are dropped",
        what_to_do="raise compare.min_kin_overlap_bp or lower align.min_overlap_bp",
        only_with="truth",
    ),
    Relation(
        key="search.database",
        others=("search.alphabet",),
        holds=lambda database, alphabet: alphabet == "dna" or database != READS,
        expected="a FASTA file of proteins, as the reads are DNA",
        what_to_do="write the path of a database, or search.alphabet: dna",
        only_with="search.query",
    ),
    Relation(
        key="search.dna.match",
        others=("search.dna.mismatch",),
        holds=_has_match_statistics,
        expected=lambda *_: f"match/mismatch {_known_matches()}, for which E-values are known",
        what_to_do="choose one of these pairs",
        only_with="search.query",
    ),
    Relation(
        key="search.dna.gap_open",
        others=("search.dna.gap_extend", "search.dna.match", "search.dna.mismatch"),
        holds=_have_dna_statistics,
        expected=_known_dna_costs,
        what_to_do="choose one of these pairs",
        only_with="search.query",
    ),
    Relation(
        key="search.protein.gap_open",
        others=("search.protein.gap_extend", "search.protein.matrix"),
        holds=_have_protein_statistics,
        expected=_known_protein_costs,
        what_to_do="choose one of these pairs",
        only_with="search.query",
    ),
    Relation(
        key="storage.anonymous",
        others=("storage.requester_pays",),
        holds=lambda anonymous, requester_pays: not (anonymous and requester_pays),
        expected="one of them, as a request without credentials has no payer",
        what_to_do="set one of them to false",
    ),
    Relation(
        key="storage.anonymous",
        others=("results_uri",),
        holds=lambda anonymous, results_uri: not anonymous,
        expected="false, as nothing can be published without credentials",
        what_to_do="set it to false, or results_uri: null",
        only_with="results_uri",
    ),
)
