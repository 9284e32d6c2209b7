"""Alignments checked against the letters, all pairs at once, without any kernel."""

import numpy as np

from readkin.kernels.smith_waterman.alignment import Alignments, Pairs
from verification.scorings import NamedScoring

INSERTION, DELETION, EQUAL, UNEQUAL = 1, 2, 7, 8  # as BAM codes them


def letters_at(pairs: Pairs, pair: np.ndarray, place_a: np.ndarray, place_b: np.ndarray):
    """Codes of a and of b as aligned at these places of these pairs."""
    of_a = pairs.sequences_a.codes[pairs.sequences_a.offsets[pairs.index_a[pair]] + place_a]
    begin, end = (pairs.sequences_b.offsets[pairs.index_b[pair] + more] for more in (0, 1))
    turned = pairs.is_reverse[pair] == 1
    of_b = pairs.sequences_b.codes[np.where(turned, end - 1 - place_b, begin + place_b)]
    complement = np.array([3, 2, 1, 0, *range(4, 256)], np.uint8)
    return of_a, np.where(turned, complement[of_b], of_b)


def wrong_alignments(found: Alignments, pairs: Pairs, named: NamedScoring) -> np.ndarray:
    """Whether the runs of each pair's alignment give another score, place or count; bool (pairs,).

    Also wrong: places outside of the sequences, an alignment that begins or ends with no pair of
    letters of a score above 0, two runs of one kind in a row, any place without an alignment.
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
        return is_wrong  # places may lie outside

    before_a, before_b = (np.cumsum(used) - used for used in (used_a, used_b))
    first_run = np.minimum(found.cigar_offsets[pair_of_run], max(length.size - 1, 0))
    place_a = found.start_a[pair_of_run] + before_a - before_a[first_run]
    place_b = found.start_b[pair_of_run] + before_b - before_b[first_run]
    run = np.repeat(np.flatnonzero(is_pair), length[is_pair])
    column = np.arange(run.size) - np.repeat(
        np.cumsum(length[is_pair]) - length[is_pair], length[is_pair]
    )
    pair = pair_of_run[run]
    of_a, of_b = letters_at(pairs, pair, place_a[run] + column, place_b[run] + column)
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
