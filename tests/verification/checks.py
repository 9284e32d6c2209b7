"""Checks of the kernels' results for pairs and a scoring; each returns a number of errors."""

import numpy as np

from readkin.kernels.smith_waterman.alignment import (
    Alignments,
    Pairs,
    Sequences,
    align_pairs,
    score_all,
    score_all_against_all,
    score_in_band,
    score_pairs,
)
from support.sequence_pairs import sequence
from verification.oracles import Opal, parasail_scores
from verification.rescoring import wrong_alignments
from verification.scorings import NamedScoring

CHECKS = ("parasail", "Opal", "alignment", "threshold", "band", "all", "halved")
WIDER = 12  # a band wider by this contains every cell that the narrower one computes
LONGEST_FOR_ALL = 3000  # residues of a sequence that is compared with all others

# Positions and counts of an alignment, without its score and CIGAR.
SCORES = ("score", "score_bound")
PER_PAIR = [n for n in Alignments._fields if n not in (*SCORES, "cigar", "cigar_offsets")]


def check(pairs: Pairs, named: NamedScoring, seed: list[int]) -> dict[str, int]:
    """Return the number of wrong pairs by check."""
    rng = np.random.default_rng(seed)
    scores = score_pairs(pairs, named.scoring)
    wrong = dict.fromkeys(CHECKS, 0)
    wrong["parasail"] = int((scores != parasail_scores(pairs, named)).sum())
    wrong["Opal"] = int((scores != Opal(named).pair_scores(pairs)).sum())
    wrong["alignment"], wrong["threshold"] = check_alignments(pairs, named, scores)
    wrong["band"] = check_bands(pairs, named, scores, int(rng.choice([0, 1, 5, 16, 40])))
    wrong["all"], wrong["halved"] = check_all(pairs, named)
    return wrong


def check_alignments(pairs: Pairs, named: NamedScoring, scores: np.ndarray) -> tuple[int, int]:
    """Return the numbers of wrong alignments and of alignments that a threshold changes."""
    found = align_pairs(pairs, named.scoring)
    is_wrong = wrong_alignments(found, pairs, named)
    is_wrong |= (found.score != scores) | ((found.alignment_length > 0) != (scores > 0))
    threshold = int(np.median(scores)) + 1
    fewer = align_pairs(pairs, named.scoring, threshold)
    is_kept = scores >= threshold
    is_changed = (fewer.score != scores) | (fewer.score_bound != scores)
    for name in PER_PAIR:
        is_changed |= getattr(fewer, name) != np.where(is_kept, getattr(found, name), 0)
    counts = np.diff(found.cigar_offsets)
    is_changed |= np.diff(fewer.cigar_offsets) != np.where(is_kept, counts, 0)
    if not is_changed.any() and not np.array_equal(
        fewer.cigar, found.cigar[np.repeat(is_kept, counts)]
    ):
        is_changed[:] = True
    return int(is_wrong.sum()), int(is_changed.sum())


def check_bands(pairs: Pairs, named: NamedScoring, scores: np.ndarray, half_width: int) -> int:
    """Return the number of band scores that are too high or wrongly reported as proven."""
    narrow, is_proven = score_in_band(pairs, named.scoring, half_width)
    wide, _ = score_in_band(pairs, named.scoring, half_width + WIDER)
    is_wrong = (narrow > wide) | (wide > scores) | (is_proven & (narrow != scores))
    return int((is_wrong | (narrow < 0)).sum())


def check_all(pairs: Pairs, named: NamedScoring) -> tuple[int, int]:
    """Return the numbers of wrong scores of all with all: against Opal, and with halving."""
    queries, targets = some_sequences(pairs.sequences_a, 3), some_sequences(pairs.sequences_b, 70)
    scores = score_all(queries, targets, named.scoring)
    wrong = int((scores != Opal(named).all_scores(queries, targets)).sum())
    if not named.is_symmetric:
        return wrong, 0
    both = score_all(targets, targets, named.scoring)
    return wrong, int((score_all_against_all(targets, named.scoring) != both).sum())


def some_sequences(sequences: Sequences, most: int) -> Sequences:
    """Return the first sequences that are not too long."""
    numbers = np.flatnonzero(np.diff(sequences.offsets) <= LONGEST_FOR_ALL)[:most]
    return Sequences.of([sequence(sequences, number) for number in numbers])
