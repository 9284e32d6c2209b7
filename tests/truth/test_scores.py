"""Scores of clusters: against scikit-learn, counting by hand and by brute force."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

from readkin.truth.scores import score_clusters

READ = st.tuples(
    st.integers(-1, 3), st.integers(-1, 5), st.sampled_from([0, 0.4, 0.5, 0.8, 0.9, 0.95, 1])
)


def columns(reads):
    truth, label, confidence = np.array(reads, float).reshape(-1, 3).T
    return truth.astype(int), label.astype(int), confidence


def alone(label):
    """The labels with one of its own for each read that has none."""
    own = itertools.count(1000)
    return [int(number) if number >= 0 else next(own) for number in label]


@given(st.lists(READ, max_size=40))
def test_agrees_with_scikit_learn(reads):
    truth, label, confidence = columns(reads)
    scores = score_clusters(truth, label, confidence)
    known = truth >= 0
    check_agreement(scores, truth[known], alone(label[known]))
    for part in scores["by_confidence"]:
        inside = known & (label >= 0) & (confidence >= part["min_confidence"])
        assert part["reads"] == inside.sum()
        check_agreement(part, truth[inside], label[inside])
    json.dumps(scores, allow_nan=False)


def check_agreement(found, truth, label):
    names = ("homogeneity", "completeness", "v_measure")
    if len(set(truth)) < 2:
        assert [found[name] for name in (*names, "adjusted_rand")] == [None] * 4
        return
    expected = homogeneity_completeness_v_measure(truth, label)
    assert [found[name] for name in names] == pytest.approx(expected, abs=1e-9)
    assert found["adjusted_rand"] == pytest.approx(adjusted_rand_score(truth, label))


@given(st.lists(READ, min_size=1, max_size=40))
def test_agrees_with_counting(reads):
    truth, label, confidence = columns(reads)
    scores = score_clusters(truth, label, confidence)
    known = truth >= 0
    truth, confidence, label = truth[known], confidence[known], np.array(alone(label[known]))
    clusters = {number: truth[label == number].tolist() for number in label}
    owner = {number: max(sorted(set(g)), key=g.count) for number, g in clusters.items()}
    pure = sum(genomes.count(owner[number]) for number, genomes in clusters.items())
    assert scores["purity"] == (pytest.approx(pure / len(truth)) if len(truth) else None)
    placed = {number: genomes for number, genomes in clusters.items() if number < 1000}
    for name, share, purity in (("half", 0.5, 0.9), ("nearly_all", 0.9, 0.95)):
        recovered = {
            owner[number]
            for number, genomes in placed.items()
            if genomes.count(owner[number]) >= share * (truth == owner[number]).sum()
            and genomes.count(owner[number]) >= purity * len(genomes)
        }
        assert scores[f"recovered_{name}"] == len(recovered)
    for part in scores["calibration"]:
        inside = [
            owner[number] == genome
            for genome, number, p in zip(truth, label, confidence, strict=True)
            if number < 1000 and part["from"] <= p and (p < part["to"] or part["to"] == 1)
        ]
        assert part["reads"] == len(inside)
        assert part["right"] == (pytest.approx(np.mean(inside)) if inside else None)


def test_shares_of_placed_reads_refer_to_all_reads_of_a_genome():
    """Half of the reads of a genome are placed: its cluster holds half of it."""
    scores = score_clusters([0] * 4 + [1] * 4, [3, 3, 3, 3, 8, 8, 8, 8], [1, 1, 0.5, 0.5] * 2)
    assert (scores["recovered_half"], scores["recovered_nearly_all"]) == (2, 2)
    sure = scores["by_confidence"][-1]
    assert (sure["share_placed"], sure["adjusted_rand"]) == (0.5, 1.0)
    assert (sure["recovered_half"], sure["recovered_nearly_all"]) == (2, 0)


def test_rows_of_genomes():
    scores = score_clusters([0, 0, 0, 2, 2, -1], [7, 7, 4, 7, -1, 4], np.ones(6))
    assert scores["genomes"] == [
        {
            "genome": 0,
            "reads": 3,
            "unclustered": 0,
            "clusters": 2,
            "largest_cluster": 7,
            "largest_cluster_reads": 2,
            "largest_cluster_share": 2 / 3,
            "largest_cluster_purity": 2 / 3,
        },
        {
            "genome": 1,
            "reads": 0,
            "unclustered": 0,
            "clusters": 0,
            "largest_cluster": None,
            "largest_cluster_reads": 0,
            "largest_cluster_share": None,
            "largest_cluster_purity": None,
        },
        {
            "genome": 2,
            "reads": 2,
            "unclustered": 1,
            "clusters": 1,
            "largest_cluster": 7,
            "largest_cluster_reads": 1,
            "largest_cluster_share": 0.5,
            "largest_cluster_purity": 1 / 3,
        },
    ]
    assert scores["genomes_present"] == 2


@pytest.mark.parametrize("reads", [[], [(-1, 0, 1)], [(0, -1, 0)], [(0, 0, 1)]])
def test_too_few_reads_for_scores(reads):
    scores = score_clusters(*columns(reads))
    assert scores["v_measure"] is None
    assert scores["reads"] == sum(truth >= 0 for truth, *_ in reads)


def test_counts_of_pairs_do_not_overflow():
    """Two clusters of 2,000,000 reads each: products of pair counts exceed 64 bits."""
    truth = np.repeat([0, 1], 2_000_000)
    label = truth.copy()
    label[-1] = 0
    assert score_clusters(truth, label, np.ones(len(truth)))["adjusted_rand"] == pytest.approx(
        1, abs=1e-5
    )
