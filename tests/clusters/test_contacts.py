"""Contacts and votes are sums over pairs of pieces; rivals are groups side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.clusters.contacts import MANY_PAIRS, contacts_of_groups, rivals
from readkin.clusters.votes import MOST_COUNTED, rows_of, votes_of_mates
from support.some_pieces import some_pieces

P = 8


def pieces_with(contacts, links):
    """Pieces with contacts (a, b, alignments, against) and links (a, b, count)."""
    contacts, links = sorted(contacts), sorted(links)
    columns = np.array(contacts, np.uint32).reshape(-1, 4).T
    ends = np.array(links, np.uint32).reshape(-1, 3).T
    n_reads = np.arange(P, 0, -1)
    return some_pieces(
        piece=np.repeat(np.arange(P), n_reads).astype(np.uint32),
        span=np.full(P, 150, np.uint32),
        contact_a=columns[0],
        contact_b=columns[1],
        contact_alignments=columns[2],
        contact_against=columns[3],
        link_a=ends[0],
        link_b=ends[1],
        link_count=ends[2],
    )


pairs = st.tuples(st.integers(0, P - 1), st.integers(0, P - 1)).filter(lambda p: p[0] < p[1])
tables = st.dictionaries(pairs, st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=12)
labels = st.lists(st.integers(-1, 2), min_size=P, max_size=P)


@given(tables, labels)
def test_contacts_are_summed_by_group(table, label):
    pieces = pieces_with([(a, b, n, min(n, m)) for (a, b), (n, m) in table.items()], [])
    label = np.array(label)
    contacts = contacts_of_groups(pieces, label, 3)
    alignments, against, number = (np.zeros((3, 3)) for _ in range(3))
    for (a, b), (n, m) in table.items():
        i, j = label[a], label[b]
        for cell in {(i, j), (j, i)} if min(i, j) >= 0 else ():
            alignments[cell] += n
            against[cell] += min(n, m)
            number[cell] += m > 0
    assert np.array_equal(contacts.alignments.toarray(), alignments)
    assert np.array_equal(contacts.against.toarray(), against)
    assert np.array_equal(contacts.pairs.toarray(), number)
    reads = [pieces.n_reads[label == group].sum() for group in range(3)]
    assert contacts.reads.tolist() == reads


@given(tables, labels)
def test_votes_are_capped_sums_of_further_mates(table, label):
    pieces = pieces_with([], [(a, b, n) for (a, b), (n, _) in table.items()])
    label = np.array(label)
    further = np.zeros((P, 3))
    for (a, b), (n, _) in table.items():
        for piece, other in ((a, b), (b, a)):
            if label[other] >= 0:
                further[piece, label[other]] += n - 1
    expected = 2 * np.minimum(further, MOST_COUNTED)
    votes = votes_of_mates(pieces, label, 3, per_link=2.0)
    assert np.allclose(votes.toarray(), expected)
    part = rows_of(votes, 2, 5)
    dense = np.zeros((3, 3))
    dense[np.repeat(np.arange(3), np.diff(part.indptr)), part.genome] = part.log_odds
    assert np.allclose(dense, expected[2:5])


@pytest.mark.parametrize(
    ("pairs_between", "per_pair", "within", "expected"),
    [(MANY_PAIRS, 9, 0, True), (MANY_PAIRS - 1, 9, 0, False), (MANY_PAIRS, 9, 80, False)],
)
def test_rivals_are_side_by_side_in_many_places(pairs_between, per_pair, within, expected):
    n = 2 * MANY_PAIRS + 2
    contacts = [(2 * i, 2 * i + 1, per_pair, per_pair) for i in range(pairs_between)]
    contacts += [(0, 2, within, within)] if within else []
    table = np.array(sorted(contacts), np.uint32).T
    pieces = some_pieces(
        piece=np.arange(n, dtype=np.uint32),
        span=np.full(n, 150, np.uint32),
        contact_a=table[0],
        contact_b=table[1],
        contact_alignments=table[2],
        contact_against=table[3],
    )
    found = rivals(contacts_of_groups(pieces, np.arange(n) % 2, 2), 0.5)
    assert found.tolist() == [[False, expected], [expected, False]]
