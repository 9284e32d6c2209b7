"""The kernels of the join in the order in which the commands call them, for tests."""

import numpy as np

from readkin.kernels.join.hash_buckets import cut_out, make_buckets, sort_by_hash
from readkin.kernels.join.joined_rows import empty_rows, in_order_of_reads, with_room
from readkin.kernels.join.key_entries import layout_for, pack_entries
from readkin.kernels.join.lsh_join import PairCounts, index_rows, join_rows
from readkin.kernels.kmers.signatures import sample_keys
from readkin.kernels.sequences.packed_bases import packed_reads
from support import naive_kmers


def packed(reads, first_read=0):
    """PackedReads of strings."""
    quads = np.array([byte for read in reads for byte in naive_kmers.packed(read)], np.uint8)
    lengths = np.array([len(read) for read in reads], np.uint32)
    return packed_reads(quads, lengths)._replace(first_read=np.int64(first_read))


def entries_of(reads, k, fraction, seed=1, first_read=0, scheme="fracminhash"):
    """Hashes, entries and layout of the keys of all reads, reads rising."""
    bases, offsets = naive_kmers.pack(reads)
    keys = sample_keys(bases, offsets, k, fraction, seed, scheme)
    read = np.repeat(np.arange(len(reads), dtype=np.uint64), keys.counts)
    lengths = np.diff(offsets)
    layout = layout_for(len(reads) + first_read, int(lengths.max(initial=0)), k)
    length = lengths[read.astype(np.int64)]
    entries = pack_entries(read + np.uint64(first_read), keys.places, length, layout)
    return keys.hashes, entries, layout


def buckets_of(reads, k, fraction, max_bucket_size, first_read=0):
    """Entries in buckets, their counts and the layout."""
    hashes, entries, layout = entries_of(reads, k, fraction, first_read=first_read)
    entries, counts = make_buckets(*sort_by_hash(hashes, entries), max_bucket_size, layout)
    return entries, counts, layout


def joined(entries, layout, reads, rule, bounds, room=1000):
    """Candidates of first reads ``bounds``, their counts, and how often the room was full."""
    parts = cut_out(entries, layout, *bounds)
    rows = index_rows(parts, layout, bounds[0], bounds[1] - bounds[0])
    most = max(room, int(rows.votes.max(initial=0)))
    row, found, totals = (
        0,
        empty_rows(rows.votes.size, most),
        np.zeros(len(PairCounts._fields), int),
    )
    fillings = 0
    while row < rows.votes.size:
        row, counts = join_rows(parts, rows, layout, reads, rule, row, found)
        totals += counts
        fillings += 1
        found = with_room(found, int(found.ends[row]) + most)
    ordered = in_order_of_reads(found, rows.reads, bounds[0], bounds[1] - bounds[0])
    return ordered, PairCounts(*totals.tolist()), fillings


def as_dictionary(pairs):
    """{(a, b): (votes, is_reverse, diagonal)}; pairs must be in order, each once."""
    rows = list(zip(*(column.tolist() for column in pairs), strict=True))
    ordered = [row[:2] for row in rows]
    assert ordered == sorted(set(ordered))
    assert all(a < b for a, b in ordered)
    return {row[:2]: row[2:] for row in rows}
