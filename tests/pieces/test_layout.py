"""Pieces of small sets of reads: strains, repeats, mates, copies, unusual sets; ranks."""

from dataclasses import fields

import numpy as np
import pytest

from readkin.formats.pieces import Layout
from readkin.kernels.layout.read_counts import ReadCounts
from readkin.parallel.mpi import OneProcess
from readkin.pieces.layout import find_pieces, reads_that_follow
from readkin.pieces.rules import PieceRules
from support.kin_overlaps import copies_among, kin_of, reads_of
from support.naive_kmers import reverse_complement
from support.naive_overlaps import NaiveOverlap, overlap_arrays
from support.piece_inputs import mates_of, random_genome
from support.thread_ranks import on_ranks

RULES = PieceRules()


def pieces_of(texts, paired=False, ranks=1, rules=RULES):
    """Return the layout, which must be the same on all ranks."""
    reads, copy_of = reads_of(texts, paired), copies_among(texts)
    kin = kin_of(texts, copy_of)
    if ranks == 1:
        found = [find_pieces(reads, lambda: kin, copy_of, rules, OneProcess())]
    else:
        found = on_ranks(ranks, lambda own: find_pieces(reads, lambda: kin, copy_of, rules, own))
    for layout in found:
        check(layout, texts)
        assert_equal(layout, found[0])
    return found[0]


def check(layout, texts):
    """Check what holds for every layout."""
    size = np.bincount(layout.piece)
    assert len(layout.piece) == len(texts)
    assert size.size == layout.is_shared_piece.size
    assert (size > 0).all()
    assert (np.diff(size) <= 0).all()
    first = np.unique(layout.piece, return_index=True)[1]
    assert (np.diff(first)[np.diff(size) == 0] > 0).all()
    for piece in range(size.size):
        position = layout.position[layout.piece == piece]
        assert position[position >= 0].min() == 0
    assert (layout.position >= -1).all()
    assert (layout.is_shared <= layout.is_shared_piece[layout.piece]).all()
    assert (layout.contact_a < layout.contact_b).all()
    assert (layout.link_a < layout.link_b).all()
    assert (layout.contact_against + layout.contact_unclear <= layout.contact_alignments).all()


def assert_equal(layout, other):
    for field in fields(Layout):
        one, two = getattr(layout, field.name), getattr(other, field.name)
        assert np.array_equal(one, two), field.name
        assert np.asarray(one).dtype == np.asarray(two).dtype, field.name


def tiled(genome, step=10, length=100):
    """Return reads of a genome at regular distances, every other one on the other strand."""
    starts = range(0, len(genome) - length + 1, step)
    texts = [genome[start : start + length] for start in starts]
    return [reverse_complement(t) if i % 2 else t for i, t in enumerate(texts)]


def with_variants(genome, positions):
    """Return the genome with another base at these positions."""
    bases = list(genome)
    for position in positions:
        bases[position] = "ACGT"[("ACGT".index(bases[position]) + 1) % 4]
    return "".join(bases)


def test_tiled_reads_are_one_piece_in_their_places():
    genome = random_genome(1000, 1)
    layout = pieces_of(tiled(genome))
    assert not layout.piece.any()
    n = len(layout.position)
    expected = np.arange(n) * 10
    if layout.is_forward[0]:
        assert layout.position.tolist() == expected.tolist()
    else:
        assert layout.position.tolist() == expected[::-1].tolist()
    assert (layout.is_forward == (np.arange(n) % 2 == 0)).all() or (
        layout.is_forward == (np.arange(n) % 2 == 1)
    ).all()
    assert len(layout.contact_a) == len(layout.link_a) == 0


def test_genomes_without_common_sequence_are_apart():
    texts = tiled(random_genome(600, 2)) + tiled(random_genome(500, 3))
    layout = pieces_of(texts)
    assert layout.piece.tolist() == [0] * 51 + [1] * 41


def test_strains_with_near_variants_are_cut_apart():
    genome = random_genome(1500, 4)
    strain = with_variants(genome, range(30, 1500, 45))
    texts = tiled(genome, 7) + tiled(strain, 7)
    layout = pieces_of(texts)
    half = len(texts) // 2
    for piece in range(layout.is_shared_piece.size):
        members = np.flatnonzero(layout.piece == piece)
        assert len({int(i) // half for i in members}) == 1
    assert len(layout.contact_a) > 0
    assert layout.contact_against.sum() > 0


def test_a_single_difference_is_an_error_and_does_not_cut():
    genome = random_genome(800, 5)
    texts = tiled(genome)
    texts[20] = with_variants(texts[20], [50])
    layout = pieces_of(texts)
    assert not layout.piece.any()


def test_a_repeat_is_shared_and_joins_no_flanks():
    repeat = random_genome(400, 6)
    flanks = [random_genome(500, seed) for seed in range(7, 11)]
    genomes = [flanks[0] + repeat + flanks[1], flanks[2] + repeat + flanks[3]]
    texts = tiled(genomes[0], 8) + tiled(genomes[1], 8)
    layout = pieces_of(texts)
    starts = np.tile(np.arange(len(texts) // 2) * 8, 2)
    genome = np.repeat([0, 1], len(texts) // 2)
    inside = (starts >= 500) & (starts + 100 <= 900)
    side = np.where(starts + 50 < 700, 0, 1)
    for piece in range(layout.is_shared_piece.size):
        members = (layout.piece == piece) & ~inside
        assert len(set(zip(genome[members], side[members], strict=True))) <= 1
    assert layout.is_shared[inside].mean() > 0.5
    assert not layout.is_shared[~inside & ((starts < 350) | (starts > 950))].any()
    assert layout.contact_unclear.sum() > 0


def test_mates_join_across_a_gap_and_place_reads_of_repeats():
    genome = random_genome(1200, 12)
    texts = []
    for start in range(0, 900, 9):  # no read covers 580 to 620
        first, second = genome[start : start + 100], genome[start + 200 : start + 300]
        for begin in (start, start + 200):
            if begin < 620 and begin + 100 > 580:
                first = second = ""
        if first:
            texts += [first, reverse_complement(second)]
    layout = pieces_of(texts, paired=True)
    assert not layout.piece.any()
    assert layout.fragment_length == pytest.approx(300)


def test_one_chimeric_fragment_joins_no_large_pieces():
    texts = mates_of(random_genome(3000, 13), 12, 1) + mates_of(random_genome(3000, 14), 12, 2)
    half = len(texts) // 2
    texts += [texts[100], texts[half + 101]]
    layout = pieces_of(texts, paired=True)
    assert len({*layout.piece[:half]} & {*layout.piece[half:-2]}) == 0


def test_copies_lie_where_their_originals_are():
    texts = tiled(random_genome(900, 15))
    copies, turned = [3, 3, 10, 40], [False, True, False, True]
    added = [
        reverse_complement(texts[i]) if turn else texts[i]
        for i, turn in zip(copies, turned, strict=True)
    ]
    layout, without = pieces_of([*texts, *added]), pieces_of(texts)
    n = len(texts)
    assert (layout.piece[n:] == layout.piece[copies]).all()
    assert (layout.position[n:] == layout.position[copies]).all()
    assert (layout.is_forward[n:] == (layout.is_forward[copies] ^ turned)).all()
    assert (layout.position[:n] == without.position).all()


def test_copies_of_an_error_make_no_site():
    genome = random_genome(800, 16)
    texts = tiled(genome)
    wrong = with_variants(genome[195:295], [40, 60])
    layout = pieces_of([*texts, wrong, wrong, wrong, reverse_complement(wrong)])
    reference = pieces_of([*texts, wrong])
    n = len(texts) + 1
    assert (layout.piece[:n] == reference.piece).all()


def test_copies_of_a_fragment_are_one_link():
    left, right = random_genome(700, 17), random_genome(700, 18)
    texts = []
    for start in range(0, 400, 7):
        for genome in (left, right):
            fragment = genome[start : start + 300]
            texts += [fragment[:100], reverse_complement(fragment[200:])]
    link = [left[480:580], reverse_complement(right[120:220])]
    with_error = [with_variants(link[0], [50]), with_variants(link[1], [20])]
    once = pieces_of([*texts, *link], paired=True)
    often = pieces_of([*texts, *link, *link, link[1], link[0], *with_error], paired=True)
    n = len(texts) + 2
    assert (once.piece[:n] == often.piece[:n]).all()
    assert once.link_count.tolist() == often.link_count.tolist() == [1]


@pytest.mark.parametrize("n_reads", [1, 2, 50])
@pytest.mark.parametrize("paired", [False, True])
def test_reads_without_overlaps(n_reads, paired):
    if paired and n_reads % 2:
        return
    texts = [random_genome(100, 100 + i) for i in range(n_reads)]
    layout = pieces_of(texts, paired)
    assert layout.piece.tolist() == list(range(n_reads)) or paired
    assert not layout.is_shared.any()


def test_no_reads():
    layout = pieces_of([])
    assert layout.piece.size == layout.is_shared_piece.size == 0


def test_all_reads_are_copies_of_one():
    text = random_genome(100, 20)
    layout = pieces_of([text] * 30 + [reverse_complement(text)] * 30)
    assert not layout.piece.any()
    assert not layout.position.any()
    assert layout.is_forward.tolist() == [True] * 30 + [False] * 30


def test_a_circle_is_one_piece():
    genome = random_genome(700, 21)
    layout = pieces_of(tiled(genome + genome[:90]))
    assert not layout.piece.any()


@pytest.mark.parametrize("size", [2, 3])
def test_ranks_find_the_same_pieces(size):
    repeat = random_genome(300, 22)
    genomes = [
        random_genome(900, seed) + repeat + random_genome(900, seed + 1) for seed in (23, 25)
    ]
    genomes.append(with_variants(genomes[0], range(0, 2100, 70)))
    texts = [text for seed, genome in enumerate(genomes) for text in mates_of(genome, 10, seed)]
    assert_equal(pieces_of(texts, paired=True, ranks=size), pieces_of(texts, paired=True))


def test_more_ranks_than_reads():
    texts = tiled(random_genome(120, 27))
    assert_equal(pieces_of(texts, ranks=5), pieces_of(texts))


def long_reads(seed, n_reads, genome_bp, offset=0):
    """Return [(start, length, is_forward)] of reads of 2 to 8 kb."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(n_reads):
        length = int(generator.integers(2000, 8000))
        start = int(generator.integers(0, genome_bp - length)) + offset
        found.append((start, length, bool(generator.random() < 0.5)))
    return found


def long_overlaps(places, error, seed):
    """Return overlaps by true positions, whose diagonals deletions and insertions move."""
    generator = np.random.default_rng(seed)
    found = []
    for a, (start_a, length_a, forward_a) in enumerate(places):
        for b, (start_b, length_b, forward_b) in enumerate(places[a + 1 :], a + 1):
            bp = min(start_a + length_a, start_b + length_b) - max(start_a, start_b)
            if bp < 100:
                continue
            left = start_b - start_a
            left = left if forward_a else length_a - left - length_b
            drift = generator.normal(0, np.sqrt(error * bp), 2).astype(int).tolist()
            differences = int(generator.poisson(2 * error * bp))
            found.append(
                NaiveOverlap(
                    *(a, b, forward_a != forward_b, left + drift[0], left + drift[1]),
                    *(0, differences, int(generator.integers(0, 20))),
                )
            )
    return found


@pytest.mark.parametrize("error", [0.002, 0.05])
def test_long_reads_are_laid_out_by_length_aware_rules(error):
    places = long_reads(1, 120, 60_000) + long_reads(2, 120, 60_000, offset=200_000)
    n = len(places)
    kin = long_overlaps(places, error, 3)
    repeats = [(1, 125), (1, 130), (2, 130), (7, 200)]  # end within both reads
    kin += [NaiveOverlap(a, b, False, 300, 300, 0, 5, 400) for a, b in repeats]
    quality = round(-10 * np.log10(error))
    texts = ["A" * length for _, length, _ in places]
    reads = reads_of(texts, paired=False, quality=quality)
    overlaps = overlap_arrays(sorted(kin))
    layout = find_pieces(reads, lambda: overlaps, np.full(n, -1), RULES, OneProcess())
    check(layout, texts)
    assert set(layout.piece[:120]).isdisjoint(layout.piece[120:])
    assert np.bincount(layout.piece)[:2].sum() > 0.95 * n
    for piece in (0, 1):
        members = np.flatnonzero(layout.piece == piece)
        start, forward = (np.array([places[i][k] for i in members]) for k in (0, 2))
        end = start + np.array([places[i][1] for i in members])
        same = (layout.is_forward[members] == forward).mean()
        assert same in (0, 1)
        expected = start - start.min() if same else end.max() - end
        assert np.abs(layout.position[members] - expected).max() < 600


def test_which_reads_follow_their_mates():
    # mates: (0, 1) to (8, 9); read 10 is single
    mate = np.append(np.arange(10) ^ 1, 10)
    name = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9])
    is_shared = np.zeros(11, bool)
    is_shared[[0, 2, 3]] = True
    against, ambiguous = np.zeros(11, int), np.zeros(11, int)
    ambiguous[[4, 6, 8, 10]] = 3
    against[[5, 9]] = 2
    follows = reads_that_follow(name, is_shared, ReadCounts(ambiguous, against, ambiguous), mate)
    # 0: shared, 1 is not; 2 and 3: both shared; 4: by chance, 5 is placed; 6: 7 is not placed
    # either; 8: in the piece of 9; 10: no mate
    assert np.flatnonzero(follows).tolist() == [0, 4]
