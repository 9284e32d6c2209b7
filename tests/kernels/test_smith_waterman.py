"""Smith-Waterman against its naive twin, parasail, itself on other paths, and relations."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import parasail
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import naive_smith_waterman as naive
from kernels import smith_waterman
from kernels.smith_waterman import Alignments, Scoring, align_pairs

DEFAULT = Scoring(2, -3, 5, 2)
SCORINGS = [
    DEFAULT,
    Scoring(1, -1, 1, 1),
    Scoring(2, -3, 3, 3),
    Scoring(5, -4, 8, 6),
    Scoring(3, 0, 4, 1),
    Scoring(127, -127, 127, 1),
]
CODE_OF = {code: operation for operation, code in {"I": 1, "D": 2, "=": 7, "X": 8}.items()}


def align(reads_a, reads_b, is_reverse, scoring) -> Alignments:
    """Align reads_a[i] with reads_b[i], given as sequences of codes."""
    reads = [
        np.array(read, dtype=np.uint8)
        for pair in zip(reads_a, reads_b, strict=True)
        for read in pair
    ]
    offsets = np.concatenate([[0], np.cumsum([read.size for read in reads], dtype=np.int64)])
    bases = np.concatenate([*reads, np.empty(0, dtype=np.uint8)])
    numbers = np.arange(len(reads)).reshape(-1, 2)
    flags = np.array(is_reverse, dtype=np.uint8)
    return align_pairs(bases, offsets, numbers[:, 0], numbers[:, 1], flags, scoring)


def cigar_of(found: Alignments, pair: int) -> list[tuple[int, str]]:
    runs = found.cigar[found.cigar_offsets[pair] : found.cigar_offsets[pair + 1]].tolist()
    return [(run >> 4, CODE_OF[run & 15]) for run in runs]


def as_naive(found: Alignments, pair: int) -> naive.NaiveAlignment:
    score, start_a, end_a, start_b, end_b = (int(array[pair]) for array in found[:5])
    return naive.NaiveAlignment(score, start_a, end_a, start_b, end_b, cigar_of(found, pair))


def assert_equals_naive(reads_a, reads_b, is_reverse, scoring):
    found = align(reads_a, reads_b, is_reverse, scoring)
    for pair, (a, b, flag) in enumerate(zip(reads_a, reads_b, is_reverse, strict=True)):
        expected = naive.naive_alignment(list(a), list(b), scoring, flag)
        assert as_naive(found, pair) == expected, (pair, a, b, flag)
        assert found.matches[pair] == sum(n for n, kind in expected.cigar if kind == "=")
        assert found.columns[pair] == sum(n for n, _ in expected.cigar)


def assert_same(one: Alignments, other: Alignments):
    for name, left, right in zip(Alignments._fields, one, other, strict=True):
        np.testing.assert_array_equal(left, right, err_msg=name)


def mutated(rng, read, rate):
    """A copy with substitutions, unknown bases, deletions and insertions at `rate` per base."""
    copy = []
    for base in read:
        kind = rng.random()
        if kind < rate / 3:
            copy.append(rng.integers(0, 5))
        elif kind < 2 * rate / 3:
            copy.extend([*rng.integers(0, 4, rng.integers(1, 6)), base])
        elif kind >= rate:
            copy.append(base)
    return np.array(copy, dtype=np.uint8)


def kin_pairs(rng, count, shortest, longest) -> tuple[list, list, list]:
    """Pairs of which b is a mutated piece of a on either strand, with flanks of its own."""
    reads_a, reads_b, is_reverse = [], [], []
    for _ in range(count):
        a = rng.integers(0, 4, rng.integers(shortest, longest + 1)).astype(np.uint8)
        begin = rng.integers(0, a.size)
        piece = mutated(rng, a[begin:], rng.choice([0.0, 0.05, 0.3]))
        flank = rng.integers(0, 5, rng.integers(0, 10)).astype(np.uint8)
        b = np.concatenate([piece, flank])
        flag = int(rng.integers(0, 2))
        reads_a.append(a)
        reads_b.append(np.array(naive.reverse_complement(b.tolist()), np.uint8) if flag else b)
        is_reverse.append(flag)
    return reads_a, reads_b, is_reverse


ADVERSARIAL = {
    "empty": ([], []),
    "empty a": ([], [0, 1, 2]),
    "one equal": ([2], [2]),
    "one unequal": ([2], [3]),
    "only N": ([4] * 9, [4] * 9),
    "N inside": ([0, 1, 4, 3, 2, 2], [0, 1, 4, 3, 2, 2]),
    "all same": ([0] * 70, [0] * 40),
    "all same, other strand": ([0] * 30, [3] * 50),
    "tandem repeat": ([0, 1] * 30, [1, 0] * 21 + [2]),
    "tandem repeat of three": ([0, 1, 1] * 20, [1, 1, 0] * 4 + [2, 2] + [0, 1, 1] * 9),
    "gap of a": ([0, 1, 2, 3, 0, 2] * 5, [0, 1, 2, 3, 0, 2] * 2 + [3] * 7 + [0, 1, 2, 3, 0, 2] * 3),
    "gap of b": ([0, 1, 2, 3, 0, 2] * 5, [0, 1, 2, 3, 0, 2] * 2 + [3, 0, 2] + [0, 1, 2, 3] * 3),
    "palindrome": ([0, 1, 2, 3] * 6, [0, 1, 2, 3] * 6),
}


@pytest.mark.parametrize("scoring", SCORINGS)
def test_adversarial_pairs_equal_the_naive_alignment(scoring):
    pairs = [pair for a, b in ADVERSARIAL.values() for pair in ((a, b, 0), (a, b, 1), (b, a, 1))]
    reads_a, reads_b, is_reverse = zip(*pairs, strict=True)
    assert_equals_naive(reads_a, reads_b, is_reverse, scoring)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_kin_pairs_equal_the_naive_alignment(scoring):
    assert_equals_naive(*kin_pairs(np.random.default_rng(7), 150, 1, 70), scoring=scoring)


@pytest.mark.parametrize("length", [63, 84, 85, 126, 127, 128, 129, 130, 255, 256])
def test_scores_around_the_limit_of_eight_bits(length):
    read = np.random.default_rng(length).integers(0, 4, length).astype(np.uint8)
    for scoring in (Scoring(1, -1, 2, 1), Scoring(2, -3, 5, 2), Scoring(3, -3, 5, 2)):
        found = align([read], [read], [0], scoring)
        assert found.score[0] == length * scoring.match
        assert cigar_of(found, 0) == [(length, "=")]


def test_scores_around_the_limit_of_sixteen_bits():
    read = np.random.default_rng(5).integers(0, 4, 600).astype(np.uint8)
    other = np.delete(read, 300)
    lengths = [515, 516, 517, 600]  # 516 * 127 = 65532 still fits, 517 * 127 does not
    reads_b = [other if length == 600 else read[:length] for length in lengths]
    found = align([read] * 4, reads_b, [0] * 4, Scoring(127, -127, 127, 1))
    assert found.score.tolist() == [65405, 65532, 65659, 599 * 127 - 127]
    assert sum(length for length, kind in cigar_of(found, 3) if kind == "=") == 599


@pytest.mark.parametrize("scoring", SCORINGS)
def test_lanes_and_scalar_path_give_identical_alignments(monkeypatch, scoring):
    pairs = kin_pairs(np.random.default_rng(11), 300, 1, 260)
    in_lanes = align(*pairs, scoring=scoring)
    monkeypatch.setattr(smith_waterman, "LONGEST_IN_LANES", 0)
    assert_same(in_lanes, align(*pairs, scoring=scoring))


def test_trace_through_many_bands_equals_the_trace_of_the_whole_table(monkeypatch):
    pairs = kin_pairs(np.random.default_rng(13), 30, 850, 1000)
    pairs[0][0], pairs[1][0] = [0] * 1000, [0] * 990
    in_lanes = align(*pairs, scoring=DEFAULT)
    monkeypatch.setattr(smith_waterman, "LONGEST_IN_LANES", 0)
    assert_same(in_lanes, align(*pairs, scoring=DEFAULT))


def letters(codes) -> str:
    return "".join("ACGTN"[code] for code in codes)


def parasail_matrix(scoring):
    matrix = parasail.matrix_create("ACGTN", scoring.match, scoring.mismatch)
    matrix[4, 4] = scoring.mismatch
    return matrix


@pytest.mark.parametrize("scoring", SCORINGS)
@pytest.mark.parametrize(("count", "shortest", "longest"), [(300, 1, 200), (6, 1500, 5000)])
def test_score_equals_parasail(scoring, count, shortest, longest):
    reads_a, reads_b, is_reverse = kin_pairs(np.random.default_rng(17), count, shortest, longest)
    found = align(reads_a, reads_b, is_reverse, scoring)
    for pair, (a, b, flag) in enumerate(zip(reads_a, reads_b, is_reverse, strict=True)):
        oriented = naive.reverse_complement(b.tolist()) if flag else b.tolist()
        if not oriented:
            assert found.score[pair] == 0
            continue
        # parasail's plain sw: its striped functions err where opening costs as much as extending.
        peer = parasail.sw(
            letters(a),
            letters(oriented),
            scoring.gap_open,
            scoring.gap_extend,
            parasail_matrix(scoring),
        )
        assert found.score[pair] == peer.score
        start_a, start_b = int(found.start_a[pair]), int(found.start_b[pair])
        rescored = naive.rescored(
            a.tolist(), oriented, start_a, start_b, cigar_of(found, pair), scoring
        )
        assert rescored == (found.score[pair], found.end_a[pair], found.end_b[pair])


reads = st.lists(st.integers(0, 4), max_size=40)
scorings = st.builds(
    lambda match, mismatch, extend, more: Scoring(match, -mismatch, extend + more, extend),
    st.integers(1, 6), st.integers(0, 6), st.integers(1, 5), st.integers(0, 6),
)  # fmt: skip


@settings(max_examples=150)
@given(reads, reads, st.integers(0, 1), scorings)
@example([0, 0, 1], [0, 0, 1], 1, DEFAULT)
def test_any_pair_equals_the_naive_alignment(a, b, is_reverse, scoring):
    assert_equals_naive([a], [b], [is_reverse], scoring)


@settings(max_examples=100)
@given(reads, reads, st.integers(0, 1), scorings)
def test_score_is_symmetric_and_the_same_on_the_other_strand_of_both(a, b, is_reverse, scoring):
    other_a, other_b = naive.reverse_complement(a), naive.reverse_complement(b)
    found = align([a, b, other_a], [b, a, other_b], [is_reverse] * 3, scoring)
    assert len(set(found.score.tolist())) == 1


@settings(max_examples=100)
@given(reads, reads, st.integers(0, 3), scorings)
def test_a_matching_base_on_both_never_lowers_the_score(a, b, base, scoring):
    found = align([a, [*a, base]], [b, [*b, base]], [0, 0], scoring)
    assert found.score[0] <= found.score[1]


@settings(max_examples=100)
@given(reads, reads, st.integers(1, 5))
def test_equal_gap_costs_give_the_linear_gap_score(a, b, gap):
    found = align([a], [b], [0], Scoring(2, -3, gap, gap))
    row = [0] * (len(b) + 1)
    best = 0
    for base_a in a:
        diagonal = 0
        for j, base_b in enumerate(b, start=1):
            paired = diagonal + naive.column_score(base_a, base_b, Scoring(2, -3, gap, gap))
            diagonal = row[j]
            row[j] = max(0, paired, row[j] - gap, row[j - 1] - gap)
            best = max(best, row[j])
    assert found.score[0] == best


def test_an_alignment_does_not_depend_on_its_neighbours():
    reads_a, reads_b, is_reverse = kin_pairs(np.random.default_rng(19), 200, 1, 200)
    together = align(reads_a, reads_b, is_reverse, DEFAULT)
    order = np.random.default_rng(20).permutation(200)
    shuffled = align(
        [reads_a[i] for i in order], [reads_b[i] for i in order], [is_reverse[i] for i in order],
        DEFAULT,
    )  # fmt: skip
    for place, pair in enumerate(order):
        assert as_naive(shuffled, place) == as_naive(together, pair)


PRINT_ALIGNMENTS = """
import numpy, sys
from kernels.smith_waterman import Scoring, align_pairs
from kernels.simd_vectors import VECTOR_BYTES
data = numpy.load(sys.argv[1])
found = align_pairs(*(data[name] for name in data.files), Scoring(2, -3, 5, 2))
numpy.savez(sys.argv[2], vector_bytes=VECTOR_BYTES, **found._asdict())
"""


def test_generic_processor_gives_identical_alignments(tmp_path):
    rng = np.random.default_rng(23)
    bases = rng.integers(0, 2, 40_000).astype(np.uint8)  # two letters: many ties and long scores
    offsets = np.concatenate([[0], np.sort(rng.integers(0, bases.size, 300)), [bases.size]])
    numbers = rng.integers(0, 301, (2, 400))
    numbers[1, ::10] = numbers[0, ::10]
    is_reverse = rng.integers(0, 2, 400).astype(np.uint8)
    np.savez(tmp_path / "in.npz", bases, offsets, *numbers, is_reverse)
    folder = Path(smith_waterman.__file__).parents[1]
    subprocess.run(
        [sys.executable, "-c", PRINT_ALIGNMENTS, tmp_path / "in.npz", tmp_path / "out.npz"],
        env={**os.environ, "NUMBA_CPU_NAME": "generic", "PYTHONPATH": str(folder)},
        check=True,
    )
    found = align_pairs(bases, offsets, numbers[0], numbers[1], is_reverse, DEFAULT)
    other = np.load(tmp_path / "out.npz")
    assert other["vector_bytes"] == 32
    assert found.score.max() > 255
    assert_same(found, Alignments(*(other[name] for name in Alignments._fields)))


def test_no_pairs_at_all():
    found = align([], [], [], DEFAULT)
    assert [array.size for array in found] == [0] * 8 + [1]


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        (Scoring(0, -3, 5, 2), "match: found 0, expected 1 to 127"),
        (Scoring(128, -3, 5, 2), "match: found 128, expected 1 to 127"),
        (Scoring(2, 1, 5, 2), "mismatch: found 1, expected -127 to 0"),
        (Scoring(2, -3, 2, 5), "gap_extend: found 5, expected 1 to 2"),
        (Scoring(2, -3, 5, 0), "gap_extend: found 0, expected 1 to 5"),
    ],
)
def test_scoring_out_of_range_is_refused(scoring, message):
    with pytest.raises(ValueError, match=message):
        align([[0]], [[0]], [0], scoring)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"read_b": np.array([2])}, "between 0 and 1"),
        ({"read_a": np.array([-1])}, "between 0 and 1"),
        ({"read_a": np.array([0, 1])}, "one length"),
        ({"offsets": np.array([0, 3, 2])}, "not decrease"),
        ({"offsets": np.array([0, 2, 9])}, "within bases"),
        ({"bases": np.zeros(4)}, "uint8"),
    ],
)
def test_arrays_out_of_range_are_refused(change, message):
    arguments = {
        "bases": np.zeros(4, np.uint8),
        "offsets": np.array([0, 2, 4]),
        "read_a": np.array([0]),
        "read_b": np.array([1]),
        "is_reverse": np.array([0], np.uint8),
        "scoring": DEFAULT,
    }
    with pytest.raises(ValueError, match=message):
        align_pairs(**{**arguments, **change})
