"""Junctions of blocks, in plain Python with text: see kernels/layout/junctions.py."""

LEAST_OVERLAP_BP, BASES_PER_MISMATCH = 12, 20


def overlap(left, right, expected, reach):
    """Return the longest overlap of the end of one text with the begin of another, or 0."""
    for size in range(min(len(left), len(right), expected + reach), LEAST_OVERLAP_BP - 1, -1):
        pairs = zip(left[-size:], right[:size], strict=True)
        different = sum(a != b or a == "N" for a, b in pairs)
        if size >= expected - reach and different <= size // BASES_PER_MISMATCH:
            return size
    return 0


def positions(reads, reach):
    """Return new positions of the reads of one piece.

    Args:
        reads: [(text along the axis, position, block)], in the order of read_index.
        reach: bp by which the placement of a block may be wrong.
    """
    blocks = {}
    for text, position, block in reads:
        blocks.setdefault(block, []).append((text, position))
    order = sorted(blocks, key=lambda block: (min(p for _, p in blocks[block]), block))
    moved, end, outer, shift = 0, None, None, {}
    for block in order:
        members = blocks[block]
        first, low = min(members, key=lambda member: member[1])
        last, start = max(members, key=lambda member: member[1] + len(member[0]))
        high = start + len(last)
        if end is not None:
            distance = low + moved - end
            if distance <= reach and high + moved > end:
                shared = overlap(outer, first, -distance, reach)
                if shared:
                    moved -= distance + shared
                elif -reach <= distance < 1:
                    moved += 1 - distance
        shift[block] = moved
        if end is None or high + moved > end:
            end, outer = high + moved, last
    return [position + shift[block] for _, position, block in reads]
