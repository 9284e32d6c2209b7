"""Contacts between groups of pieces: alignments that join nothing, summed over pieces."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from readkin.formats.pieces import Pieces


class Contacts(NamedTuple):
    """Alignments between the pieces of g groups, symmetric, those within a group on the diagonal.

    Attributes:
        alignments: float64 (g, g), all.
        against: float64 (g, g), those that show different sequence.
        reads: float64 (g,), reads of each group.
    """

    alignments: csr_array
    against: csr_array
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
    tables = []
    for counts in (pieces.contact_alignments, pieces.contact_against):
        upper = csr_array((counts[kept].astype(np.float64), (low, high)), shape=(n, n))
        diagonal = csr_array((upper.diagonal(), (np.arange(n), np.arange(n))), shape=(n, n))
        tables.append(csr_array(upper + upper.T - diagonal))
    return Contacts(alignments=tables[0], against=tables[1], reads=reads)


def rivals(contacts: Contacts, least_per_read: float) -> np.ndarray:
    """Return which groups are strains of one species: side by side, with different sequence.

    Between them there are at least ``least_per_read`` contradicting alignments for each read of the
    smaller one, and more than within both of them.

    Returns:
        bool (g, g), symmetric.
    """
    table = contacts.against.tocoo()
    a, b = table.row, table.col
    within = contacts.against.diagonal()
    needed = least_per_read * np.maximum(np.minimum(contacts.reads[a], contacts.reads[b]), 1)
    is_rival = (a != b) & (table.data >= needed) & (table.data > within[a] + within[b])
    found = np.zeros(contacts.against.shape, bool)
    found[a[is_rival], b[is_rival]] = True
    return found
