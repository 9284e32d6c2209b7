"""Kernels of the join, called in the same order as in the commands."""

import numpy as np

from readkin.kernels.join.hash_buckets import make_buckets, select_entries, sort_by_hash
from readkin.kernels.join.key_entries import layout_for, pack_entries, read_of
from readkin.kernels.join.lsh_join import PairCounts, index_rows, join_rows
from readkin.kernels.join.pair_buffer import (
    empty_buffer,
    enlarged,
    rows_of_reads,
    sorted_candidates,
)
from readkin.kernels.kmers.signatures import sample_keys
from readkin.kernels.sequences.packed_bases import packed_reads
from support import naive_kmers


def packed(reads, first_read=0):
    """Return PackedReads of strings."""
    quads = np.array([byte for read in reads for byte in naive_kmers.packed(read)], np.uint8)
    lengths = np.array([len(read) for read in reads], np.uint32)
    return packed_reads(quads, lengths)._replace(first_read=np.int64(first_read))


def entries_of(reads, k, fraction, seed=1, first_read=0, scheme="fracminhash"):
    """Return hashes, entries and layout of the keys of all reads, in order of the reads."""
    bases, offsets = naive_kmers.pack(reads)
    keys = sample_keys(bases, offsets, k, fraction, seed, scheme)
    read = np.repeat(np.arange(len(reads), dtype=np.uint64), keys.counts)
    lengths = np.diff(offsets)
    layout = layout_for(len(reads) + first_read, int(lengths.max(initial=0)), k)
    length = lengths[read.astype(np.int64)]
    entries = pack_entries(read + np.uint64(first_read), keys.stranded_positions, length, layout)
    return keys.hashes, entries, layout


def buckets_of(reads, k, fraction, max_bucket_size, first_read=0):
    """Return entries in buckets, their counts and the layout."""
    hashes, entries, layout = entries_of(reads, k, fraction, first_read=first_read)
    entries, counts = make_buckets(*sort_by_hash(hashes, entries), max_bucket_size, layout)
    return entries, counts, layout


def select_ranges(entries, layout, ranges):
    """Return the selected entries of each range of reads, (first, end), in order."""
    highest = int(max((read_of(entry, layout) for entry in entries), default=0))
    block_bits = 30 if highest >= 1 << 30 else 0  # one range, and no other reads before it
    part_of_block = np.full((max(highest, ranges[-1][1]) >> block_bits) + 1, -1, np.int32)
    for part, (first, end) in enumerate(ranges):
        if end > first:
            part_of_block[first >> block_bits : ((end - 1) >> block_bits) + 1] = part
    return select_entries(entries, layout, part_of_block, block_bits, len(ranges))


def join(entries, layout, reads, pair_filter, bounds, capacity=1000):
    """Return candidates of first reads ``bounds``, their counts, and how often a buffer was filled.

    Args:
        entries: in buckets.
        layout: of the entries.
        reads: PackedReads.
        pair_filter: which pairs to keep.
        bounds: first read and end.
        capacity: pairs that the buffer can take at first, and more each time that it is full.
    """
    (selected,) = select_ranges(entries, layout, [bounds])
    rows = index_rows(selected, layout, bounds[0], bounds[1] - bounds[0])
    capacity = max(capacity, int(rows.votes.max(initial=0)))
    buffer = empty_buffer(rows.votes.size, capacity)
    totals = np.zeros(len(PairCounts._fields), int)
    row = fillings = 0
    while row < rows.votes.size:
        row, counts = join_rows(selected, rows, layout, reads, pair_filter, row, buffer)
        totals += counts
        fillings += 1
        buffer = enlarged(buffer, int(buffer.ends[row]) + capacity)
    row_of = rows_of_reads(rows.reads, bounds[0], bounds[1] - bounds[0])
    candidates = sorted_candidates(buffer, row_of, bounds[0])
    return candidates, PairCounts(*totals.tolist()), fillings


def as_dictionary(pairs):
    """Return {(a, b): (votes, is_reverse, diagonal)}; check that the pairs are sorted."""
    rows = list(zip(*(column.tolist() for column in pairs), strict=True))
    ordered = [row[:2] for row in rows]
    assert ordered == sorted(set(ordered))
    assert all(a < b for a, b in ordered)
    return {row[:2]: row[2:] for row in rows}
