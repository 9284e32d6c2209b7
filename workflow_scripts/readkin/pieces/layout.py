"""Pieces of reads: from alignments, qualities and mates to reads laid out on common axes."""

from collections.abc import Iterator

import numpy as np

from readkin.formats.pieces import Layout
from readkin.formats.reads import NO_MATE, Reads
from readkin.kernels.layout.overlaps import Incidence, Overlaps, incidence_of
from readkin.kernels.layout.residues import pack_residues
from readkin.parallel.mpi import OneProcess, Ranks
from readkin.parallel.shared_arrays import read_only
from readkin.pieces.contacts import find_contacts
from readkin.pieces.copies import Originals, originals_of
from readkin.pieces.joining import JoinedReads, join_judged_reads
from readkin.pieces.judging import Judgement, judge_overlaps
from readkin.pieces.mates import Bundles, bundle_links
from readkin.pieces.rules import PieceRules
from readkin.pieces.shared import ReadCounts
from readkin.progress import silenced


def compile_kernels() -> None:
    """Compile all kernels of the layout, or load them from the cache, by a very small layout."""
    bases = read_only(np.random.default_rng(1).integers(0, 4, 400).astype(np.uint8))
    one = np.ones(4, np.int32)
    reads = Reads(
        first_index=0,
        bases=bases,
        offsets=read_only(np.arange(0, 401, 100)),
        mate_index=read_only(np.arange(4, dtype=np.uint64) ^ np.uint64(1)),
        unit=np.zeros(4, np.uint32),
        name_bytes=bases[:0],
        name_offsets=np.zeros(5, np.int64),
        mate_number=np.ones(4, np.uint8),
        qualities=bases,
    )
    read_a, read_b = np.triu_indices(3, 1)
    columns = [read_a.astype(np.int32), read_b.astype(np.int32), one[:3] > 1, *[one[:3]] * 5]
    alignments = Overlaps(*map(read_only, columns))
    with silenced():
        find_pieces(reads, alignments, np.array([-1, -1, -1, 0]), PieceRules(), OneProcess())


def find_pieces(
    reads: Reads, alignments: Overlaps, copy_of: np.ndarray, rules: PieceRules, ranks: Ranks
) -> Layout:
    """Join reads into pieces; all ranks must call it, with the same arguments.

    Args:
        reads: all n reads, with qualities.
        alignments: all of reads that are no copies.
        copy_of: int64 (n,), the earlier read with equal bases, -1 for all other reads.
        rules: thresholds.
        ranks: all ranks.

    Returns:
        The same on all ranks.
    """

    judged = _judge(reads, alignments, rules, ranks)
    layout = None
    if judged is not None:
        originals = originals_of(reads, copy_of)
        joined = join_judged_reads(reads, alignments, originals, judged, rules)
        layout = _laid_out(reads, alignments, originals, judged, joined)
    on_all_ranks: Layout = ranks.broadcast(layout)
    return on_all_ranks


def _judge(reads: Reads, alignments: Overlaps, rules: PieceRules, ranks: Ranks) -> Judgement | None:
    """Judge all alignments; what that needs is released before reads are joined."""

    def arrays() -> Iterator[np.ndarray]:
        yield pack_residues(reads.bases, reads.qualities)
        yield from incidence_of(alignments.read_a, alignments.read_b, len(reads))

    residues, *of_reads = ranks.one_per_node(arrays)
    incidence = Incidence(*of_reads)
    return judge_overlaps(alignments, incidence, residues, reads.offsets, rules, ranks)


def _laid_out(
    reads: Reads, alignments: Overlaps, originals: Originals, judged: Judgement, joined: JoinedReads
) -> Layout:
    """Number the pieces; place copies, and reads that follow their mates."""
    n = len(reads)
    state = joined.state
    name = state.read["piece"][originals.read].astype(np.int64)
    is_shared = joined.is_shared[originals.read]
    counts = ReadCounts(*(column[originals.read] for column in joined.counts))
    mate = np.where(reads.mate_index == NO_MATE, np.arange(n), reads.mate_index).astype(np.int64)
    follows = reads_that_follow(name, is_shared, counts, mate)
    of_piece = np.where(follows, name[mate], name)
    number, names = numbered_pieces(of_piece)
    piece = number[of_piece].astype(np.uint32)
    position = state.read["position"][originals.read].astype(np.int64)
    low = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(low, name[~follows], position[~follows])
    contacts = find_contacts(
        piece[alignments.read_a], piece[alignments.read_b], judged.is_against, judged.is_ambiguous
    )
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
