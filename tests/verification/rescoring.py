"""Verification of alignments against the sequences, for all pairs at once, without any kernel."""

import numpy as np

from readkin.kernels.smith_waterman.alignment import Alignments, Pairs
from verification.scorings import NamedScoring

INSERTION, DELETION, EQUAL, UNEQUAL = 1, 2, 7, 8  # as BAM codes them


def codes_at(pairs: Pairs, pair: np.ndarray, position_a: np.ndarray, position_b: np.ndarray):
    """Return the residue codes of a and b, as aligned, at one position of each pair."""
    of_a = pairs.sequences_a.codes[pairs.sequences_a.offsets[pairs.index_a[pair]] + position_a]
    begin, end = (pairs.sequences_b.offsets[pairs.index_b[pair] + more] for more in (0, 1))
    is_reverse = pairs.is_reverse[pair] == 1
    of_b = pairs.sequences_b.codes[np.where(is_reverse, end - 1 - position_b, begin + position_b)]
    complement = np.array([3, 2, 1, 0, *range(4, 256)], np.uint8)
    return of_a, np.where(is_reverse, complement[of_b], of_b)


def wrong_alignments(found: Alignments, pairs: Pairs, named: NamedScoring) -> np.ndarray:
    """Return whether each pair's alignment is wrong, bool (pairs,).

    An alignment is wrong if its CIGAR gives another score, position or count; if a position lies
    outside the sequences; if its first or last column does not score above 0; if two consecutive
    CIGAR runs have the same operation; or if there are positions but no alignment.
    """
    n_pairs = found.score.size
    pair_of_run = np.repeat(np.arange(n_pairs), np.diff(found.cigar_offsets))
    length, kind = (found.cigar >> 4).astype(np.int64), found.cigar & 15
    is_wrong = np.zeros(n_pairs, bool)
    is_wrong[pair_of_run[~np.isin(kind, (INSERTION, DELETION, EQUAL, UNEQUAL)) | (length < 1)]] = 1
    is_wrong[pair_of_run[1:][(np.diff(pair_of_run) == 0) & (kind[1:] == kind[:-1])]] = True
    is_pair = (kind == EQUAL) | (kind == UNEQUAL)
    used_a, used_b = (np.where(is_pair | (kind == gap), length, 0) for gap in (INSERTION, DELETION))

    def by_pair(numbers: np.ndarray) -> np.ndarray:
        return np.bincount(pair_of_run, numbers, n_pairs).astype(np.int64)

    for start, end, used, sequences, index in (
        (found.start_a, found.end_a, used_a, pairs.sequences_a, pairs.index_a),
        (found.start_b, found.end_b, used_b, pairs.sequences_b, pairs.index_b),
    ):
        sizes = sequences.offsets[index + 1] - sequences.offsets[index]
        is_wrong |= (start < 0) | (end > sizes) | (start + by_pair(used) != end)
    is_wrong |= found.alignment_length != by_pair(length)
    is_wrong |= found.matches != by_pair(np.where(kind == EQUAL, length, 0))
    is_wrong |= (found.alignment_length == 0) & (found.start_a + found.start_b != 0)
    if is_wrong.any():
        return is_wrong  # positions may lie outside the sequences

    before_a, before_b = (np.cumsum(used) - used for used in (used_a, used_b))
    first_run = np.minimum(found.cigar_offsets[pair_of_run], max(length.size - 1, 0))
    position_a = found.start_a[pair_of_run] + before_a - before_a[first_run]
    position_b = found.start_b[pair_of_run] + before_b - before_b[first_run]
    run = np.repeat(np.flatnonzero(is_pair), length[is_pair])
    column = np.arange(run.size) - np.repeat(
        np.cumsum(length[is_pair]) - length[is_pair], length[is_pair]
    )
    pair = pair_of_run[run]
    of_a, of_b = codes_at(pairs, pair, position_a[run] + column, position_b[run] + column)
    is_match = (of_a == of_b) & ~((of_a == 4) & named.is_dna)
    is_wrong[pair[is_match != (kind[run] == EQUAL)]] = True
    scores = named.scoring.matrix[of_a, of_b].astype(np.int64)
    is_end = (np.diff(pair, prepend=-1) != 0) | (np.diff(pair, append=-1) != 0)
    is_wrong[pair[is_end & (scores <= 0)]] = True
    edges = np.isin(np.arange(length.size), [found.cigar_offsets[:-1], found.cigar_offsets[1:] - 1])
    is_wrong[pair_of_run[edges & ~is_pair]] = True
    gaps = named.scoring.gap_open + (length - 1) * named.scoring.gap_extend
    total = np.bincount(pair, scores, n_pairs) - by_pair(np.where(is_pair, 0, gaps))
    return is_wrong | ((found.alignment_length > 0) & (total != found.score))
