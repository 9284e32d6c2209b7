"""Naive judgement of overlaps by plain Python, in the frames of the reads."""

import math
from collections import Counter
from typing import NamedTuple

import numpy as np

from readkin.kernels.layout.overlaps import Overlaps

COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}
NEUTRAL, CIS, TRANS, AMBIGUOUS = range(4)


class NaiveRead(NamedTuple):
    """Bases and qualities of a read."""

    bases: str
    qualities: list[int]


class NaiveOverlap(NamedTuple):
    """One row of ``Overlaps``."""

    a: int
    b: int
    is_reverse: bool
    left: int
    right: int
    switch: int = 0
    differences: int = 0
    overhang: int = 0


def overlap_arrays(overlaps):
    """Return ``Overlaps`` of naive ones, which are sorted."""
    columns = zip(*overlaps, strict=True) if overlaps else [[]] * len(NaiveOverlap._fields)
    types = [np.int32, np.int32, np.bool_] + [np.int32] * 5
    return Overlaps(*(np.array(c, t) for c, t in zip(columns, types, strict=True)))


def read_arrays(reads):
    """Return bases (0 to 4), qualities and offsets of naive reads."""
    bases = np.array(["ACGTN".index(base) for read in reads for base in read.bases], np.uint8)
    qualities = np.array([q for read in reads for q in read.qualities], np.uint8)
    offsets = np.cumsum([0] + [len(read.bases) for read in reads]).astype(np.int64)
    return bases, qualities, offsets


def error_of(quality):
    return max(10 ** (-quality / 10), 1e-4) if quality > 1 else 0.75


def opposite(overlap, far):
    """Yield positions of a and the positions of b, as aligned, opposite them; also outside."""
    gap = max(0, overlap.right - overlap.left)
    for p in range(-far, far):
        if overlap.left == overlap.right or p < overlap.switch:
            yield p, p - overlap.left
        elif p >= overlap.switch + gap:
            yield p, p - overlap.right


def aligned_base(read, q, is_reverse):
    """Return base and quality at position q of a read as aligned."""
    if not is_reverse:
        return read.bases[q], read.qualities[q]
    return COMPLEMENT[read.bases[-1 - q]], read.qualities[-1 - q]


def evidence_of(overlap, reads):
    a, b = reads[overlap.a], reads[overlap.b]
    evidence = 0.0
    if overlap.left != overlap.right:
        evidence = 2.0 + abs(overlap.left - overlap.right)
    for p, q in opposite(overlap, 3 * len(a.bases) + 3 * len(b.bases)):
        if 0 <= p < len(a.bases) and 0 <= q < len(b.bases):
            x, (y, quality) = a.bases[p], aligned_base(b, q, overlap.is_reverse)
            if "N" not in (x, y) and x != y:
                evidence -= math.log10(min(1, error_of(a.qualities[p]) + error_of(quality)))
    return evidence


def partner_bases(i, overlap, reads):
    """Return {place in the frame of read i: (base, quality)} of the partner of an overlap."""
    a, b = reads[overlap.a], reads[overlap.b]
    found = {}
    far = 3 * (len(a.bases) + len(b.bases))
    for p, q in opposite(overlap, far):
        if i == overlap.a and 0 <= q < len(b.bases):
            found[p] = aligned_base(b, q, overlap.is_reverse)
        if i == overlap.b and 0 <= p < len(a.bases):
            base, quality = a.bases[p], a.qualities[p]
            if overlap.is_reverse:
                found[len(b.bases) - 1 - q] = COMPLEMENT[base], quality
            else:
                found[q] = base, quality
    return found


def strengths(column, n_bases):
    """Return {base: strength} of the good (base, quality) at a place."""
    count = Counter(base for base, _ in column)
    weight: Counter = Counter()
    for base, quality in column:
        weight[base] -= math.log10(error_of(quality) / 3)
    return {
        base: weight[base] - k * math.log10(math.e * len(column) / k) - math.log10(3 * n_bases)
        if k >= 2
        else -1.0
        for base, k in count.items()
    }


def judge_read(i, incident, reads, rules):
    """Return the verdicts of read i on its usable overlaps, and whether its ends branch."""
    own, n = reads[i], len(reads[i].bases)

    def good(found):
        return found[0] != "N" and found[1] >= rules.min_quality

    partners = [
        {p: found for p, found in partner_bases(i, overlap, reads).items() if good(found)}
        for overlap in incident
    ]
    verdicts = [NEUTRAL] * len(partners)
    if len(partners) < 3:
        return verdicts, (False, False)
    sites = {}
    for p in range(n):
        column = [partner[p] for partner in partners if p in partner]
        mine = (own.bases[p], own.qualities[p])
        column += [mine] if good(mine) else []
        strength = strengths(column, n)
        ours = strength.pop(own.bases[p], -1.0)
        if own.bases[p] != "N" and min(ours, max(strength.values(), default=-1)) > 0:
            sites[p] = min(ours, max(strength.values()))
    for k, partner in enumerate(partners):
        same = sum(s for p, s in sites.items() if p in partner and partner[p][0] == own.bases[p])
        unlike = sum(s for p, s in sites.items() if p in partner and partner[p][0] != own.bases[p])
        if unlike >= rules.evidence:
            verdicts[k] = TRANS
        elif same >= rules.evidence:
            verdicts[k] = CIS
    left = [k for k, partner in enumerate(partners) if verdicts[k] != TRANS]
    places = {p for k in left for p in partners[k] if not 0 <= p < n}
    expected: dict[int, tuple[float, str]] = {}
    ends = [0.0, 0.0]
    for p in places:
        column = [partners[k][p] for k in left if p in partners[k]]
        second = sorted(strengths(column, n).values())[-2:][0] if len(column) > 1 else -1
        if len({base for base, _ in column}) < 2 or second <= 0:
            continue
        count = Counter(base for base, _ in column)
        base, most = count.most_common(1)[0]
        is_rare = most >= rules.majority * len(column)
        if not is_rare:
            ends[p > 0] += second
        guide = Counter(partners[k][p][0] for k in left if verdicts[k] == CIS and p in partners[k])
        top = max(guide.values(), default=0)
        if top and top >= 3 * (sum(guide.values()) - top):
            base = guide.most_common(1)[0][0]
        elif not is_rare:
            base = ""
        expected[p] = second, base
    for k in left:
        seen = {p: partners[k][p][0] for p in expected if p in partners[k]}
        unlike = sum(expected[p][0] for p, base in seen.items() if base != expected[p][1])
        if unlike >= rules.evidence:
            verdicts[k] = AMBIGUOUS
    return verdicts, tuple(end >= rules.evidence for end in ends)


def incident(i, overlaps):
    """Return the indices of the overlaps of read i: those with earlier reads come first."""
    return [e for e, o in enumerate(overlaps) if o.b == i] + [
        e for e, o in enumerate(overlaps) if o.a == i
    ]


def propagated(i, overlaps, reads, bits, share):
    """Return the overlaps of read i that become ambiguous; bits are USABLE, UNCLEAR, PHASED."""
    falls = set()
    n = len(reads[i].bases)
    for side in (0, 1):
        there = []
        for e in incident(i, overlaps):
            if not bits[e] & 1:
                continue
            places = partner_bases(i, overlaps[e], reads)
            begin, end = min(places), max(places) + 1
            if side == 0 and begin < 0:
                there.append((-end, e))
            if side == 1 and end > n:
                there.append((begin, e))
        unclear = clear = 0
        for _, e in sorted(there, key=lambda item: item[0]):
            if bits[e] & 2:
                unclear += 1
            elif unclear and unclear >= share * (unclear + clear) and not bits[e] & 4:
                falls.add(e)
            else:
                clear += 1
    return falls
