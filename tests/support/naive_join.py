"""Naive reference implementation of the join of reads: strings, dictionaries and loops."""

from collections import Counter, defaultdict
from itertools import combinations
from typing import NamedTuple

from readkin.kernels.join.hash_buckets import BucketCounts
from support import naive_kmers

NEIGHBOURS = 8  # of a read in a capped bucket
BLOCK = 8  # bases that are compared on one diagonal


class NaiveResult(NamedTuple):
    """Result of a join.

    Attributes:
        pairs: {(a, b): (votes, is_reverse, diagonal)}, the candidates.
        few_votes, short_overlap, many_mismatches: numbers of dropped pairs by reason.
        sizes: of all buckets, reads.
        n_votes: pairs of keys.
    """

    pairs: dict
    few_votes: int
    short_overlap: int
    many_mismatches: int
    sizes: list
    n_votes: int

    def dropped(self):
        """Return the numbers of dropped pairs in the order of PairCounts."""
        return self.few_votes, self.short_overlap, self.many_mismatches


def known(read):
    """Return the read as it is packed: unknown bases are A."""
    return read.replace("N", "A")


def buckets_of(reads, k, fraction, seed, scheme="fracminhash"):
    """Return {hash: [(read, position, is_reverse)]}, in order of the reads."""
    buckets = defaultdict(list)
    for index, read in enumerate(reads):
        keys = naive_kmers.signature_by(scheme, read, k, fraction, seed)
        for hashed, position, is_reverse in keys:
            buckets[hashed].append((index, position, is_reverse))
    return buckets


def compared(bucket, reads, k, max_bucket_size):
    """Return the pairs of keys of a bucket that are compared, the first read's key first."""
    if len(bucket) <= max_bucket_size:
        return list(combinations(bucket, 2))

    def canonical_position(key):
        read, position, is_reverse = key
        return len(reads[read]) - k - position if is_reverse else position

    order = sorted(bucket, key=canonical_position)
    return [
        tuple(sorted((order[i], other)))
        for i in range(len(order))
        for other in order[i + 1 : i + 1 + NEIGHBOURS]
    ]


def vote(one, other, length_b, k):
    """Return (is_reverse, diagonal) of a key of a and the same key of b."""
    (_, position_a, reverse_a), (_, position_b, reverse_b) = one, other
    if reverse_a != reverse_b:
        position_b = length_b - k - position_b
    return int(reverse_a != reverse_b), position_a - position_b


def overlap_of(length_a, length_b, diagonal):
    """Return the range of positions of b that are opposite a position of a on the diagonal."""
    return range(max(0, -diagonal), min(length_b, length_a - diagonal))


def summed(votes, length_a, length_b):
    """Return (votes, is_reverse, diagonal) of the better strand.

    ``votes`` is a Counter of (is_reverse, diagonal).
    """
    totals = [sum(votes[code] for code in votes if code[0] == strand) for strand in (0, 1)]
    strand = int(totals[1] > totals[0])
    ranked = sorted(
        (-count, -len(overlap_of(length_a, length_b, diagonal)), diagonal)
        for (is_reverse, diagonal), count in votes.items()
        if is_reverse == strand
    )
    return totals[strand], strand, ranked[0][2]


def mismatches(a, b, diagonal):
    """Return the number of unequal bases on a diagonal."""
    return sum(a[i + diagonal] != b[i] for i in overlap_of(len(a), len(b), diagonal))


def least_mismatches(a, b, diagonal):
    """Return the same, but with each block of b on the best of several diagonals.

    Consecutive blocks are at most one diagonal apart.
    """
    whole = overlap_of(len(a), len(b), diagonal)
    if not whole:
        return 0
    drift = min(2 + len(whole) // 256, 64)
    costs = {shift: 0 for shift in range(-drift, drift + 1)}
    for start in range(whole.start // BLOCK * BLOCK, whole.stop, BLOCK):
        of_block = [i for i in range(start, start + BLOCK) if i in whole]
        costs = {
            shift: min(costs.get(before, 10**9) for before in (shift - 1, shift, shift + 1))
            + sum(
                0 <= i + diagonal + shift < len(a) and a[i + diagonal + shift] != b[i]
                for i in of_block
            )
            for shift in costs
        }
    return min(costs.values())


def agree(a, b, is_reverse, diagonal, allowed):
    """Return whether at most ``allowed`` bases differ; if reverse, a is reverse-complemented."""
    a, b = known(a), known(b)
    if is_reverse:
        a, diagonal = naive_kmers.reverse_complement(a), len(a) - len(b) - diagonal
    return mismatches(a, b, diagonal) <= allowed or least_mismatches(a, b, diagonal) <= allowed


def join(reads, k, fraction, seed, max_bucket_size, pair_filter):
    """Join reads; ``pair_filter`` is a PairFilter of kernels/join/lsh_join.py."""
    buckets = buckets_of(reads, k, fraction, seed)
    votes = defaultdict(Counter)
    for bucket in buckets.values():
        for one, other in compared(bucket, reads, k, max_bucket_size):
            votes[one[0], other[0]][vote(one, other, len(reads[other[0]]), k)] += 1
    pairs, dropped = {}, Counter()
    for a, b in sorted(votes):
        found = summed(votes[a, b], len(reads[a]), len(reads[b]))
        overlap = len(overlap_of(len(reads[a]), len(reads[b]), found[2]))
        allowed = int(pair_filter.max_mismatch_rate * overlap) + pair_filter.spare_mismatches
        if found[0] < pair_filter.min_votes:
            dropped["few_votes"] += 1
        elif overlap < pair_filter.min_overlap:
            dropped["short_overlap"] += 1
        elif not agree(reads[a], reads[b], *found[1:], allowed):
            dropped["many_mismatches"] += 1
        else:
            pairs[a, b] = found
    sizes = sorted(len(bucket) for bucket in buckets.values())
    return NaiveResult(
        pairs=pairs,
        few_votes=dropped["few_votes"],
        short_overlap=dropped["short_overlap"],
        many_mismatches=dropped["many_mismatches"],
        sizes=sizes,
        n_votes=sum(counter.total() for counter in votes.values()),
    )


def duplicates(reads, min_length=0):
    """Return [(original, duplicate, is_reverse)] of the reads that equal an earlier one."""
    groups = defaultdict(list)
    for index, read in enumerate(reads):
        if len(read) >= min_length:
            groups[naive_kmers.canonical(read)].append(index)
    return sorted(
        (group[0], index, int(reads[index] != reads[group[0]]))
        for group in groups.values()
        for index in group[1:]
    )


def within_limit(votes, most):
    """Return the pairs of {(a, b): votes} that are among the ``most`` best of either read."""
    of_read = defaultdict(list)
    for pair in votes:
        for read in pair:
            of_read[read].append(pair)
    best = {
        read: sorted(pairs, key=lambda pair: (-votes[pair], pair))[:most]
        for read, pairs in of_read.items()
    }
    return {pair for pair in votes if any(pair in best[read] for read in pair)}


def bucket_counts(sizes, max_bucket_size):
    """Return BucketCounts of buckets with these sizes."""
    capped = [size for size in sizes if size > max_bucket_size and size > 1]
    uncapped = [size for size in sizes if 1 < size <= max_bucket_size]
    left_out = sum(
        size * (size - 1) // 2 - sum(min(NEIGHBOURS, size - 1 - i) for i in range(size))
        for size in capped
    )
    return BucketCounts(
        uncapped=sum(uncapped),
        singletons=sizes.count(1),
        capped=sum(capped),
        uncapped_buckets=len(uncapped),
        capped_buckets=len(capped),
        largest=max(sizes, default=0),
        pairs_left_out=left_out,
    )
