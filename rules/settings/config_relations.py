"""Settings that must fit each other: one entry per rule, in a table."""

from collections.abc import Callable
from operator import ge, le
from typing import NamedTuple

from rules.search_arguments import READS
from rules.settings import scoring_statistics as statistics


class Relation(NamedTuple):
    """Settings that must fit.

    Attributes:
        key: the setting at which the message stands.
        others: the settings it must fit.
        holds: takes the values of ``key`` and ``others``, says whether they fit.
        expected: what ``key`` should be; or takes the same values and says it.
        what_to_do: the user's next step.
        only_with: setting without which (null) the relation does not matter; "" for always.
    """

    key: str
    others: tuple[str, ...]
    holds: Callable[..., bool]
    expected: str | Callable[..., str]
    what_to_do: str
    only_with: str = ""


RELATIONS = (
    Relation(
        "embed.k",
        ("trim.min_length_bp",),
        le,
        "at most the length of the shortest read kept",
        "lower embed.k or raise trim.min_length_bp",
    ),
    Relation(
        "embed.key_k",
        ("trim.min_length_bp",),
        le,
        "at most the length of the shortest read kept",
        "lower embed.key_k or raise trim.min_length_bp",
    ),
    Relation(
        "align.gap_open",
        ("align.gap_extend",),
        ge,
        "at least align.gap_extend, as opening a gap costs no less than extending it",
        "raise align.gap_open or lower align.gap_extend",
    ),
    Relation(
        "align.min_score",
        ("align.match", "align.min_overlap_bp"),
        lambda min_score, match, min_overlap: min_score <= match * min_overlap,
        "at most align.match x align.min_overlap_bp, the best score of the shortest overlap",
        "lower align.min_score or raise align.min_overlap_bp",
    ),
    Relation(
        "cluster.min_identity",
        ("align.min_identity",),
        ge,
        "at least align.min_identity, as alignments below that are already dropped",
        "raise cluster.min_identity or lower align.min_identity",
    ),
    Relation(
        "cluster.min_overlap_bp",
        ("align.min_overlap_bp",),
        ge,
        "at least align.min_overlap_bp, as alignments below that are already dropped",
        "raise cluster.min_overlap_bp or lower align.min_overlap_bp",
    ),
    Relation(
        "compare.min_kin_overlap_bp",
        ("compare.min_true_overlap_bp",),
        ge,
        "at least compare.min_true_overlap_bp, so that a pair to be found is right when found",
        "raise compare.min_kin_overlap_bp or lower compare.min_true_overlap_bp",
        only_with="truth",
    ),
    Relation(
        "compare.min_kin_overlap_bp",
        ("align.min_overlap_bp",),
        ge,
        "at least align.min_overlap_bp, as shorter overlaps are never kept",
        "raise compare.min_kin_overlap_bp or lower align.min_overlap_bp",
        only_with="truth",
    ),
    Relation(
        "search.database",
        ("search.alphabet",),
        lambda database, alphabet: alphabet == "dna" or database != READS,
        "a FASTA file of proteins, as the reads are DNA",
        "write the path of a database, or search.alphabet: dna",
        only_with="search.query",
    ),
    Relation(
        "search.dna.match",
        ("search.dna.mismatch",),
        statistics.is_known_match,
        lambda *_: f"match/mismatch {statistics.known_matches()}, for which E-values are known",
        "choose one of these pairs",
        only_with="search.query",
    ),
    Relation(
        "search.dna.gap_open",
        ("search.dna.gap_extend", "search.dna.match", "search.dna.mismatch"),
        statistics.are_known_dna_costs,
        statistics.known_dna_costs,
        "choose one of these pairs",
        only_with="search.query",
    ),
    Relation(
        "search.protein.gap_open",
        ("search.protein.gap_extend", "search.protein.matrix"),
        statistics.are_known_protein_costs,
        statistics.known_protein_costs,
        "choose one of these pairs",
        only_with="search.query",
    ),
)
