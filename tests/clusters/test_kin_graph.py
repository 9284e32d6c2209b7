"""Kin graph: edges, components, numbering."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.clusters.kin_graph import EdgeRule, edges_of, numbered_components
from support.kin_alignments import alignments

RULE = EdgeRule(min_identity=0.97, min_overlap_bp=60, max_overhang_bp=10)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"identity": 0.9701}, None),
        ({"identity": 0.96}, "identity"),
        ({"alignment_length": 59}, "overlap"),
        ({"low_complexity": 10}, None),
        ({"low_complexity": 11}, "overlap"),
        ({"end_a": 90, "end_b": 60}, None),  # 10 bp of a overhang where b continues, too
        ({"end_a": 89, "end_b": 59}, "overhang"),
        ({"start_a": 41, "start_b": 11}, "overhang"),
        ({"start_a": 0, "end_a": 70, "start_b": 30, "end_b": 100}, None),
        # on the other strand: the end of a on the end of b as sequenced
        ({"strand": "-", "start_b": 30, "end_b": 100}, None),
        ({"strand": "-"}, "overhang"),
        ({"strand": "-", "start_a": 0, "end_a": 70}, None),
        ({"length_b": 70, "start_a": 10, "end_a": 80}, None),  # b is contained in a
    ],
)
def test_which_alignments_join(change, reason):
    kept, dropped = edges_of(alignments(change), RULE)
    assert kept.tolist() == [reason is None]
    assert [text.split()[0] for text, count in dropped.items() if count] == [reason] * bool(reason)


@given(
    st.integers(1, 25).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40),
        )
    )
)
def test_components_equal_a_naive_search(case):
    n_reads, edges = case
    ends = np.array(edges, np.int64).reshape(-1, 2)
    number = numbered_components(ends[:, 0], ends[:, 1], n_reads)
    groups = [{read} for read in range(n_reads)]
    for a, b in edges:
        joined = groups[a] | groups[b]
        for read in joined:
            groups[read] = joined
    distinct = {min(group): group for group in groups}
    ordered = sorted(distinct.values(), key=lambda group: (-len(group), min(group)))
    expected = {read: i for i, group in enumerate(ordered, start=1) for read in group}
    assert number.tolist() == [expected[read] for read in range(n_reads)]
