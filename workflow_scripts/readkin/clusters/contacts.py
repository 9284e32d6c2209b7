"""Contacts between groups of pieces: alignments that join nothing, summed over pieces."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from readkin.formats.pieces import Pieces

MANY_PAIRS = 20  # pairs of pieces that show that two groups are side by side, not by chance


class Contacts(NamedTuple):
    """Alignments between the pieces of g groups, symmetric, those within a group on the diagonal.

    Attributes:
        alignments: float64 (g, g), all.
        against: float64 (g, g), those that show different sequence.
        pairs: float64 (g, g), pairs of pieces with such alignments.
        reads: float64 (g,), reads of each group.
    """

    alignments: csr_array
    against: csr_array
    pairs: csr_array
    reads: np.ndarray


def contacts_of_groups(pieces: Pieces, group: np.ndarray, n: int) -> Contacts:
    """Sum the contacts of pieces.

    Args:
        pieces: the pieces.
        group: int64 (p,), group of each piece, -1 for none.
        n: number of groups.
    """
    known = group >= 0
    reads = np.bincount(group[known], weights=pieces.n_reads[known], minlength=n)
    a, b = group[pieces.contact_a], group[pieces.contact_b]
    kept = (a >= 0) & (b >= 0)
    low, high = np.minimum(a, b)[kept], np.maximum(a, b)[kept]
    against = pieces.contact_against[kept]
    columns = (pieces.contact_alignments[kept], against, against > 0)
    tables = [_symmetric(low, high, column.astype(np.float64), n) for column in columns]
    return Contacts(alignments=tables[0], against=tables[1], pairs=tables[2], reads=reads)


def _symmetric(low: np.ndarray, high: np.ndarray, values: np.ndarray, n: int) -> csr_array:
    upper = csr_array((values, (low, high)), shape=(n, n))
    diagonal = csr_array((upper.diagonal(), (np.arange(n), np.arange(n))), shape=(n, n))
    return csr_array(upper + upper.T - diagonal)


def rivals(contacts: Contacts, least_per_read: float) -> np.ndarray:
    """Return which groups are strains of one species: side by side, with different sequence.

    Between them there are at least ``least_per_read`` contradicting alignments for each read of the
    smaller one, of many pairs of pieces, and three times as many as within both of them.

    Returns:
        bool (g, g), symmetric.
    """
    table, pairs = contacts.against.tocoo(), contacts.pairs.tocoo()
    a, b = table.row, table.col
    within = contacts.against.diagonal()
    needed = least_per_read * np.maximum(np.minimum(contacts.reads[a], contacts.reads[b]), 1)
    is_rival = (a != b) & (pairs.data >= MANY_PAIRS) & (table.data >= needed)
    is_rival &= table.data > 3 * (within[a] + within[b])
    found = np.zeros(contacts.against.shape, bool)
    found[a[is_rival], b[is_rival]] = True
    return found
