"""Pieces of reads: from alignments, qualities and mates to reads laid out on common axes."""

from collections.abc import Callable, Iterator

import numpy as np

from readkin.formats.pieces import Layout
from readkin.kernels.layout.contacts import find_contacts
from readkin.kernels.layout.overlaps import Diagonals, Incidence, Overlaps, incidence_of
from readkin.kernels.layout.read_counts import ReadCounts
from readkin.parallel.mpi import OneProcess, Ranks
from readkin.parallel.shared_arrays import read_only
from readkin.pieces.copies import Originals, originals_of
from readkin.pieces.joining import JoinedReads, join_judged_reads
from readkin.pieces.judging import Judgement, judge_overlaps
from readkin.pieces.mates import Bundles, bundle_links
from readkin.pieces.residue_reads import ResidueReads
from readkin.pieces.rules import PieceRules
from readkin.progress import silenced


def compile_kernels() -> None:
    """Compile all kernels of the layout, or load them from the cache, by a very small layout."""
    one = np.ones(4, np.int32)
    reads = ResidueReads(
        residues=read_only(np.random.default_rng(1).integers(4, 8, 400).astype(np.uint8)),
        offsets=read_only(np.arange(0, 401, 100)),
        step_to_mate=read_only(np.array([1, -1, 1, -1], np.int8)),
        fingerprint="",
    )
    read_a, read_b = np.triu_indices(3, 1)
    columns = [read_a.astype(np.int32), read_b.astype(np.int32), one[:3] > 1, *[one[:3]] * 5]
    alignments = Overlaps(*map(read_only, columns))
    with silenced():
        copy_of = np.array([-1, -1, -1, 0])
        find_pieces(reads, lambda: alignments, copy_of, PieceRules(), OneProcess())


def find_pieces(
    reads: ResidueReads,
    load_overlaps: Callable[[], Overlaps],
    copy_of: np.ndarray,
    rules: PieceRules,
    ranks: Ranks,
) -> Layout:
    """Join reads into pieces; all ranks must call it, with the same arguments.

    Args:
        reads: all n reads.
        load_overlaps: returns all alignments of reads that are no copies. They are released when
            they are no longer needed.
        copy_of: int64 (n,), the earlier read with equal bases, -1 for all other reads.
        rules: thresholds.
        ranks: all ranks.

    Returns:
        The same on all ranks.
    """
    layout = None
    judged = _judge(reads, load_overlaps, rules, ranks)
    if judged is not None:
        originals = originals_of(reads, copy_of)
        joined = join_judged_reads(reads, *judged, originals, rules)
        layout = _laid_out(reads, *judged, originals, joined)
    on_all_ranks: Layout = ranks.broadcast(layout)
    return on_all_ranks


def _judge(
    reads: ResidueReads, load_overlaps: Callable[[], Overlaps], rules: PieceRules, ranks: Ranks
) -> tuple[Diagonals, Judgement] | None:
    """Judge all alignments; what only that needs is released before reads are joined.

    Returns:
        The alignments with the judgement on the root, None elsewhere.
    """
    alignments = load_overlaps()

    def incidence() -> Iterator[np.ndarray]:
        yield from incidence_of(alignments.read_a, alignments.read_b, len(reads))

    of_reads = Incidence(*ranks.one_per_node(incidence))
    judged = judge_overlaps(alignments, of_reads, reads.residues, reads.offsets, rules, ranks)
    return None if judged is None else (alignments.diagonals(), judged)


def _laid_out(
    reads: ResidueReads,
    alignments: Diagonals,
    judged: Judgement,
    originals: Originals,
    joined: JoinedReads,
) -> Layout:
    """Number the pieces; place copies, and reads that follow their mates."""
    n = len(reads)
    state = joined.state
    name = state.read["piece"][originals.read].astype(np.int64)
    is_shared = joined.is_shared[originals.read]
    counts = ReadCounts(*(column[originals.read] for column in joined.counts))
    mate = reads.mates
    follows = reads_that_follow(name, is_shared, counts, mate)
    of_piece = np.where(follows, name[mate], name)
    number, names = numbered_pieces(of_piece)
    piece = number[of_piece].astype(np.uint32)
    position = state.read["position"][originals.read].astype(np.int64)
    low = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(low, name[~follows], position[~follows])
    both = alignments.read_a, alignments.read_b
    contacts = find_contacts(piece, *both, judged.is_against, judged.is_ambiguous)
    return Layout(
        piece=piece,
        position=np.where(follows, -1, position - low[of_piece]).astype(np.int32),
        is_forward=state.is_forward[originals.read] != originals.is_reverse,
        is_shared=is_shared & ~follows,
        is_shared_piece=is_shared[names],
        contact_a=contacts.a,
        contact_b=contacts.b,
        contact_alignments=contacts.alignments,
        contact_against=contacts.against,
        contact_unclear=contacts.unclear,
        **_numbered_links(bundle_links(state, joined.links), number, low),
        fragment_length=joined.fragment_length,
        fragment_spread=joined.fragment_spread,
    )


def reads_that_follow(
    name: np.ndarray, is_shared: np.ndarray, counts: ReadCounts, mate: np.ndarray
) -> np.ndarray:
    """Return which reads go where their mates are, bool (n,).

    These are reads of shared pieces whose mate is in no shared piece; and reads of other pieces
    that lie there by chance, as some of their alignments are ambiguous and in none the reads
    differ, if such alignments place their mate in another piece.

    Args:
        name: int64 (n,), piece of each read.
        is_shared: bool (n,), whether that is a shared piece.
        counts: of the alignments of each read.
        mate: int64 (n,), the mate; of a single read the read itself.
    """
    is_by_chance = (counts.against == 0) & (counts.ambiguous > 0)
    is_by_chance &= (counts.against[mate] > 0) & (name[mate] != name)
    return (is_shared | is_by_chance) & ~is_shared[mate]


def numbered_pieces(of_piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number pieces by falling number of reads, ties by smallest read.

    Args:
        of_piece: int64 (n,), name of the piece of each read.

    Returns:
        int64 (n,), number of each name; int64 (pieces,), name of each number.
    """
    n = len(of_piece)
    size = np.bincount(of_piece, minlength=n)
    first = np.full(n, n)
    first[of_piece[::-1]] = np.arange(n)[::-1]
    names = np.flatnonzero(size)
    names = names[np.lexsort((first[names], -size[names]))]
    number = np.full(n, -1)
    number[names] = np.arange(len(names))
    return number, names


def _numbered_links(bundles: Bundles, number: np.ndarray, low: np.ndarray) -> dict[str, np.ndarray]:
    """Return the remaining bundles, between numbered pieces whose axes begin at 0."""
    there = (number[bundles.x] >= 0) & (number[bundles.y] >= 0)
    x, y, is_flipped, shift, count = (
        column[there]
        for column in (bundles.x, bundles.y, bundles.is_flipped, bundles.shift, bundles.links)
    )
    shift = shift - low[x] + np.where(is_flipped, -low[y], low[y])
    a, b = number[x], number[y]
    swapped = a > b
    shift = np.where(swapped & ~is_flipped, -shift, shift)
    a, b = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((b, a))
    return {
        "link_a": a[order].astype(np.uint32),
        "link_b": b[order].astype(np.uint32),
        "link_count": count[order].astype(np.uint32),
        "link_is_flipped": is_flipped[order],
        "link_shift": shift[order],
    }
