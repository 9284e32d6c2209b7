"""Smith-Waterman kernels against a naive implementation, and relations between alignments."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from readkin.kernels.smith_waterman.alignment import (
    NO_DIAGONAL,
    Pairs,
    Scoring,
    Sequences,
    align_pairs,
    dna_scoring,
    score_all,
    score_all_against_all,
    score_in_band,
    score_pairs,
)
from support import naive_smith_waterman as naive
from support.sequence_pairs import (
    as_aligned,
    as_naive,
    assert_equals_naive,
    assert_same,
    chosen_pairs,
    codes_of,
    pairs_of,
)
from verification.families import FAMILIES, make_pairs
from verification.scorings import base_scorings, odd_scorings, protein_scorings

DEFAULT = dna_scoring(2, -3, 5, 2)
PROTEIN = protein_scorings()[0].scoring
SCORINGS = [named.scoring for named in base_scorings()]
NAMES = [named.name for named in base_scorings()]
ALL_SCORINGS = [*base_scorings(), *protein_scorings()[::2], *odd_scorings()]
FAMILY = {family.name: family for family in FAMILIES}

HAND_MADE = {
    "empty": ("", ""),
    "empty a": ("", "ACG"),
    "one equal": ("G", "G"),
    "one unequal": ("G", "T"),
    "only N": ("N" * 9, "N" * 9),
    "N inside": ("ACNTGG", "ACNTGG"),
    "N at the ends": ("NNACGTNN", "NNACGTNN"),
    "all same": ("A" * 60, "A" * 35),
    "all same, other strand": ("A" * 30, "T" * 40),
    "tandem repeat": ("AC" * 25, "CA" * 18 + "G"),
    "tandem repeat of three": ("ACC" * 16, "CCA" * 4 + "GG" + "ACC" * 8),
    "gap of a": ("ACGTAG" * 5, "ACGTAG" * 2 + "T" * 7 + "ACGTAG" * 3),
    "gap of b": ("ACGTAG" * 5, "ACGTAG" * 2 + "TAG" + "ACGT" * 3),
    "palindrome": ("ACGT" * 6, "ACGT" * 6),
    "two equal positions": ("ACGTT", "GACGTTCCACGTTA"),
}


def small_pairs(name: str, named, count: int = 16, longest: int = 70) -> Pairs:
    """Return pairs of a family, short enough for the naive implementation."""
    pairs = make_pairs(FAMILY[name], named, count, [5, len(name)])
    both = [as_aligned(pairs, pair) for pair in range(count)]
    lists_a, lists_b = zip(*((a[-longest:], b[:longest]) for a, b in both), strict=True)
    is_reverse = pairs.is_reverse[:count] if named.is_dna else 0
    return pairs_of(lists_a, lists_b, is_reverse)


@pytest.mark.parametrize("scoring", SCORINGS, ids=NAMES)
def test_hand_made_pairs_equal_the_naive_alignment(scoring):
    both = [(codes_of(a), codes_of(b)) for a, b in HAND_MADE.values()]
    both += [(b, a) for a, b in both]
    lists_a, lists_b = zip(*both, strict=True)
    for is_reverse in (0, 1):
        pairs = pairs_of(lists_a, lists_b, is_reverse)
        assert_equals_naive(align_pairs(pairs, scoring), pairs, scoring)


@pytest.mark.parametrize("named", ALL_SCORINGS, ids=lambda named: named.name)
@pytest.mark.parametrize(
    "name", ["unrelated", "mutated", "overlapping", "repetitive", "unknown residues"]
)
def test_families_equal_the_naive_alignment(name, named):
    pairs = small_pairs(name, named, 8, 50)
    found = align_pairs(pairs, named.scoring)
    assert_equals_naive(found, pairs, named.scoring)
    np.testing.assert_array_equal(score_pairs(pairs, named.scoring), found.score)


bases = st.lists(st.integers(0, 4), max_size=30)
base_scoring = st.builds(
    lambda match, mismatch, extend, more: dna_scoring(match, -mismatch, extend + more, extend),
    st.integers(1, 6),
    st.integers(0, 6),
    st.integers(1, 5),
    st.integers(0, 6),
)
any_scoring = st.builds(
    lambda scores, extend, more: Scoring(
        np.array(scores, np.int16).reshape(3, 3), extend + more, extend
    ),
    st.lists(st.integers(-127, 127), min_size=9, max_size=9).filter(lambda scores: max(scores) > 0),
    st.integers(1, 60),
    st.integers(0, 67),
)
three_residues = st.lists(st.integers(0, 2), max_size=30)


@settings(max_examples=100)
@given(bases, bases, st.integers(0, 1), base_scoring)
@example([0, 0, 1], [0, 0, 1], 1, DEFAULT)
def test_any_bases_equal_the_naive_alignment(a, b, is_reverse, scoring):
    pairs = pairs_of([a], [b], is_reverse)
    assert_equals_naive(align_pairs(pairs, scoring), pairs, scoring)


@settings(max_examples=100)
@given(three_residues, three_residues, any_scoring)
def test_any_residues_equal_the_naive_alignment(a, b, scoring):
    pairs = pairs_of([a], [b])
    assert_equals_naive(align_pairs(pairs, scoring), pairs, scoring)


@settings(max_examples=100)
@given(bases, bases, st.integers(-40, 40), st.integers(0, 1), base_scoring)
def test_any_diagonal_gives_the_same_score_and_a_valid_alignment(
    a, b, diagonal, is_reverse, scoring
):
    pairs = pairs_of([a], [b], is_reverse, diagonal)
    found = as_naive(align_pairs(pairs, scoring), 0)
    assert found.score == naive.naive_score(a, b, scoring, bool(is_reverse))
    rescored = naive.rescored(
        *as_aligned(pairs, 0), found.start_a, found.start_b, found.cigar, scoring
    )
    assert rescored == (found.score, found.end_a, found.end_b)


@settings(max_examples=100)
@given(bases, bases, st.integers(0, 1), base_scoring)
def test_score_is_symmetric_and_the_same_on_the_other_strand_of_both(a, b, is_reverse, scoring):
    other_a, other_b = naive.reverse_complement(a), naive.reverse_complement(b)
    scores = score_pairs(pairs_of([a, b, other_a], [b, a, other_b], is_reverse), scoring)
    assert len(set(scores.tolist())) == 1


@settings(max_examples=100)
@given(three_residues, three_residues, any_scoring)
def test_transposed_matrix_and_backward_sequences_give_the_same_score(a, b, scoring):
    transposed = scoring._replace(matrix=scoring.matrix.T)
    expected = score_pairs(pairs_of([a], [b]), scoring)
    assert score_pairs(pairs_of([b], [a]), transposed) == expected
    assert score_pairs(pairs_of([a[::-1]], [b[::-1]]), scoring) == expected


@settings(max_examples=100)
@given(bases, bases, st.integers(0, 3), base_scoring)
def test_more_residues_never_lower_the_score(a, b, base, scoring):
    scores = score_pairs(pairs_of([a, [*a, base], a], [b, [*b, base], [base, *b]]), scoring)
    assert scores[0] <= scores[1:].min()


@settings(max_examples=100)
@given(bases, bases, base_scoring)
def test_higher_gap_costs_never_raise_the_score(a, b, scoring):
    pairs = pairs_of([a], [b])
    higher = scoring._replace(gap_open=scoring.gap_open + 1)
    highest = higher._replace(gap_extend=scoring.gap_extend + 1)
    scores = [score_pairs(pairs, each)[0] for each in (scoring, higher, highest)]
    assert scores == sorted(scores, reverse=True)


def test_residues_that_score_below_zero_with_all_others_are_never_at_an_end():
    matrix = np.array([[3, -1, -2], [-1, -1, -1], [-2, -1, 2]], np.int16)
    pairs = pairs_of([[1, 0, 1, 0, 2, 1]], [[1, 0, 1, 0, 2, 1]])
    found = as_naive(align_pairs(pairs, Scoring(matrix, 4, 1)), 0)
    assert found == naive.NaiveAlignment(7, 1, 5, 1, 5, [(4, "=")])


def test_an_alignment_does_not_depend_on_its_neighbours_nor_on_their_order():
    for named in (base_scorings()[0], protein_scorings()[0]):
        pairs = make_pairs(FAMILY["mixed lengths"], named, 200, [19])
        together = align_pairs(pairs, named.scoring)
        order = np.random.default_rng(20).permutation(pairs.index_a.size)
        shuffled = align_pairs(chosen_pairs(pairs, order), named.scoring)
        assert_same(shuffled, together.rows(order))
        for pair in (0, 7, 150):
            alone = align_pairs(chosen_pairs(pairs, [pair]), named.scoring)
            assert_same(alone, together.rows(np.array([pair])))


def test_sequences_may_be_shared_and_overlap_in_any_order():
    reads = Sequences.of([codes_of(text) for text in ("ACGTACGTTG", "CGTACG", "", "TTGACC")])
    index = np.indices((4, 4)).reshape(2, -1).astype(np.int64)
    scores = score_pairs(Pairs.of(reads, reads, index[0], index[1]), DEFAULT)
    np.testing.assert_array_equal(scores.reshape(4, 4), score_all(reads, reads, DEFAULT))


@pytest.mark.parametrize("min_score", [-3, 0, 1, 2, 17, 18, 19, 10**6])
def test_pairs_below_the_threshold_have_a_score_and_no_alignment(min_score):
    texts = ["ACGTTGCAC", "A", "", "ACGTTACGTT"], ["ACGTTGCAC", "C", "A", "ACGTTGCAC"]
    lists = [[codes_of(text) for text in column] for column in texts]
    for diagonal in (0, 3, NO_DIAGONAL):
        pairs = pairs_of(*lists, 0, diagonal)
        everything = align_pairs(pairs, DEFAULT)
        found = align_pairs(pairs, DEFAULT, min_score)
        np.testing.assert_array_equal(found.score, everything.score)
        for pair, score in enumerate(everything.score):
            if score >= max(min_score, 1):
                assert as_naive(found, pair) == as_naive(everything, pair)
            else:
                assert as_naive(found, pair) == naive.NaiveAlignment(score, 0, 0, 0, 0, [])
                assert found.matches[pair] == found.alignment_length[pair] == 0


@pytest.mark.parametrize("length", [63, 84, 85, 126, 127, 128, 129, 130, 255, 256, 257])
def test_equal_reads_score_their_length(length):
    read = np.random.default_rng(length).integers(0, 4, length)
    pairs = pairs_of([read] * 3, [read] * 3, 0, [0, 5, NO_DIAGONAL])
    for match in (1, 2, 3):
        found = align_pairs(pairs, dna_scoring(match, -3, 5, 2))
        for pair in range(3):
            expected = naive.NaiveAlignment(length * match, 0, length, 0, length, [(length, "=")])
            assert as_naive(found, pair) == expected


def test_scores_that_need_32_bits():
    read = np.random.default_rng(5).integers(0, 4, 600)
    other = np.delete(read, 300)
    lengths = [515, 516, 517, 600]  # 516 * 127 = 65,532, 517 * 127 is above 65,535
    lists_b = [other if length == 600 else read[:length] for length in lengths]
    expected = [65405, 65532, 65659, 599 * 127 - 127]
    for scoring in (
        dna_scoring(127, -127, 127, 1),
        Scoring(np.where(np.eye(6), 127, -127).astype(np.int16), 127, 1),
    ):
        for diagonal in (0, NO_DIAGONAL):
            pairs = pairs_of([read] * 4, lists_b, 0, diagonal)
            found = align_pairs(pairs, scoring)
            assert found.score.tolist() == expected == score_pairs(pairs, scoring).tolist()
            assert found.matches.tolist() == [*lengths[:3], 599]
        both = score_all(Sequences.of([read]), Sequences.of(lists_b), scoring)
        assert both.tolist() == [expected]


def with_arrays(pairs, change):
    """Return the pairs with a change of each array."""
    fields = pairs._asdict()
    sequences = {name: Sequences(*map(change, fields.pop(name))) for name in pairs._fields[:2]}
    return Pairs(**sequences, **{name: change(column) for name, column in fields.items()})


def frozen(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def test_arrays_may_be_read_only_and_strided():
    pairs = make_pairs(FAMILY["mutated"], base_scorings()[0], 40, [3])
    frozen_pairs = with_arrays(pairs, frozen)
    strided = with_arrays(pairs, lambda array: np.repeat(array, 2)[::2])
    expected = align_pairs(pairs, DEFAULT)
    expected_all = score_all(pairs.sequences_a, pairs.sequences_b, DEFAULT)
    for other in (frozen_pairs, strided):
        assert_same(align_pairs(other, DEFAULT), expected)
        np.testing.assert_array_equal(score_pairs(other, DEFAULT), expected.score)
        np.testing.assert_array_equal(
            score_in_band(other, DEFAULT, 5)[0], score_in_band(pairs, DEFAULT, 5)[0]
        )
        np.testing.assert_array_equal(
            score_all(other.sequences_a, other.sequences_b, DEFAULT), expected_all
        )
    frozen_matrix = DEFAULT._replace(matrix=frozen(DEFAULT.matrix))
    assert_same(align_pairs(frozen_pairs, frozen_matrix), expected)


def test_any_number_above_those_of_bases_is_an_unknown_base():
    """This includes multiples of 32, in whole matrices, bands and profiles."""
    random = np.random.default_rng(9)
    a = random.integers(0, 4, (40, 60))
    b = np.where(random.random(a.shape) < 0.1, 4, a)
    b[20:] = 3 - b[20:, ::-1]
    b[b < 0] = 4
    is_reverse = np.arange(40) // 20
    expected, found = (
        [
            score_all(p.sequences_a, p.sequences_b, DEFAULT),
            score_in_band(p, DEFAULT, 5)[0],
            *align_pairs(p, DEFAULT),
        ]
        for p in (
            pairs_of(a, np.where(b == 4, other, b), is_reverse, diagonal)
            for other, diagonal in ((4, 0), (np.resize([5, 32, 33, 64, 255], b.shape), 0))
        )
    )
    for left, right in zip(expected, found, strict=True):
        np.testing.assert_array_equal(left, right)


def test_no_pairs_and_no_sequences():
    nothing = Sequences.of([])
    found = align_pairs(pairs_of([], []), DEFAULT)
    assert [array.size for array in found] == [0] * 9 + [1]
    assert score_pairs(pairs_of([], []), DEFAULT).size == 0
    assert [array.size for array in score_in_band(pairs_of([], []), DEFAULT, 3)] == [0, 0]
    assert score_all(nothing, Sequences.of([[0], []]), DEFAULT).shape == (0, 2)
    assert score_all_against_all(nothing, DEFAULT).shape == (0, 0)


def test_pairs_have_defaults():
    """By default, the i-th sequence a with the i-th sequence b, forward, without a diagonal."""
    a, b = Sequences.of([[0], [1, 2]]), Sequences.of([[3], [0, 1]])
    pairs = Pairs.of(a, b)
    assert pairs.index_a.tolist() == pairs.index_b.tolist() == [0, 1]
    assert pairs.is_reverse.tolist() == [0, 0]
    assert pairs.diagonal.tolist() == [NO_DIAGONAL] * 2
    pairs = Pairs.of(a, b, np.array([1, 1, 0]), is_reverse=1, diagonal=-5)
    assert pairs.index_b.tolist() == [0, 1, 2]
    assert pairs.is_reverse.tolist() == [1] * 3
    assert pairs.diagonal.tolist() == [-5] * 3
    assert Pairs.of(a, b, index_b=np.array([1])).index_a.tolist() == [0]
    with pytest.raises(ValueError, match="found 2 sequences a and 1 b"):
        Pairs.of(a, Sequences.of([[3]]))


def changed_pairs(**changes):
    codes, offsets = np.zeros(4, np.uint8), np.array([0, 2, 4])
    codes = changes.pop("codes", codes)
    sequences = Sequences(codes, changes.pop("offsets", offsets))
    one = {
        "sequences_a": sequences,
        "sequences_b": sequences,
        "index_a": np.array([0]),
        "index_b": np.array([1]),
        "is_reverse": np.array([0], np.uint8),
        "diagonal": np.array([0], np.int32),
    }
    return Pairs(**{**one, **changes})


@pytest.mark.parametrize("function", [align_pairs, score_pairs, lambda *of: score_in_band(*of, 3)])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index_b": np.array([2])}, "index_b must be between 0 and 1"),
        ({"index_a": np.array([-1])}, "index_a must be between 0 and 1"),
        ({"index_a": np.array([0, 1])}, "same length"),
        ({"diagonal": np.zeros(2, np.int32)}, "same length"),
        ({"diagonal": np.zeros(1, np.int64)}, "int32"),
        ({"is_reverse": np.zeros(1, np.int64)}, "uint8"),
        ({"index_a": np.zeros(1, np.int32)}, "int64"),
        ({"offsets": np.array([0, 3, 2])}, "not decrease"),
        ({"offsets": np.array([0, 2, 9])}, "within codes"),
        ({"offsets": np.array([-1, 2, 4])}, "within codes"),
        ({"offsets": np.array([0, 2, 4], np.int32)}, "offsets must be int64"),
        ({"offsets": np.zeros(0, np.int64)}, "one more"),
        ({"codes": np.zeros(4)}, "uint8"),
        ({"codes": np.zeros((2, 2), np.uint8)}, "uint8"),
    ],
)
def test_arrays_out_of_range_are_refused(function, change, message):
    with pytest.raises(ValueError, match=message):
        function(changed_pairs(**dict(change)), DEFAULT)


def test_only_bases_have_a_reverse_complement():
    pairs = changed_pairs(is_reverse=np.array([1], np.uint8))
    assert score_pairs(pairs, DEFAULT) == 0
    for function in (align_pairs, score_pairs):
        with pytest.raises(ValueError, match="reverse complement"):
            function(pairs, PROTEIN)


@pytest.mark.parametrize("number", [5, 31, 32, 200])
def test_residues_that_the_matrix_lacks_are_refused(number):
    matrix = np.where(np.eye(5 if number == 5 else 31, dtype=bool), 2, -1).astype(np.int16)
    matrix[-1, -1] = 3  # otherwise this would be a matrix of bases
    codes = [0, 1, 2, number, 0, 1, 2]
    with pytest.raises(ValueError, match="found residue code"):
        score_pairs(pairs_of([codes], [codes]), Scoring(matrix, 5, 2))
