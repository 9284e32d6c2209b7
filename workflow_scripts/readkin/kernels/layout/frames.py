"""Verdicts of reads on their overlaps, from all partners laid over each read.

A read is a frame, in which all its partners have their places, with the tails that reach beyond its
ends. A place where two bases are each seen by several good bases is a *site*. Inside the read, the
partners with the other base are of another place (TRANS), and those with the same base are of this
one (CIS). At a site beyond the ends, which the read does not reach, the sequence continues in two
ways: nothing shows which partners follow the read, so those that reach the site are AMBIGUOUS,
unless partners already found to be CIS show the base. This one rule finds variants, ends of repeats
and of conserved genes.

A base seen k times among n is beyond errors by its *strength*: the evidence of these bases, less
the ways to choose k reads of n, less the places and bases of a read where errors could coincide.
Without the two subtractions, coincident errors of two reads would separate what belongs together.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.layout.evidence import NEAR, UNEQUAL
from readkin.kernels.layout.overlaps import LONG_READ_BP, Incidence, Overlaps, partner_in_frame
from readkin.kernels.layout.residues import BASE_EVIDENCE, KNOWN
from readkin.kernels.simd.prefetch import prefetch
from readkin.kernels.typed_constants import FALSE, INT_0, TRUE

# Verdicts of a read on an overlap
NEUTRAL, CIS, TRANS, AMBIGUOUS = 0, 1, 2, 3
# A read branches where its sequence continues in two ways: bits
BRANCHES_LEFT, BRANCHES_RIGHT = 1, 2

LEAST_PARTNERS = 3  # two bases, each seen twice: fewer reads show no site
LEAST_SEEN = 2
GUIDE_MAJORITY = 3  # CIS partners show a base if it is this many times as frequent as the others
CACHE_LINE = 64

# Numbers of the four bases at a place are 16-bit lanes of one word.
LANE_BITS = 16
MOST_COUNTED = (1 << LANE_BITS - 1) - LEAST_SEEN  # partners of a read
TO_TOP_BITS = np.uint64(0x0001000100010001 * ((1 << LANE_BITS - 1) - LEAST_SEEN))
TOP_BITS = np.uint64(0x8000800080008000)
ONE = np.uint64(1)


class SiteRules(NamedTuple):
    """Thresholds of the verdicts.

    Attributes:
        min_quality: Phred; bases below are not counted.
        evidence: that the sites of a partner need together.
        majority: share of the bases at a site beyond the ends that is taken for the read's own.
    """

    min_quality: int
    evidence: float
    majority: float


class OwnOverlaps(NamedTuple):
    """What one rank holds of the overlaps of its reads.

    Attributes:
        first_read, end_read: its reads.
        of_a: (overlaps,), of those whose read a is one of its reads, in order.
        of_b: (overlaps,), of the slots (``Incidence``) of its reads.
    """

    first_read: int
    end_read: int
    of_a: np.ndarray
    of_b: np.ndarray


class Frame(NamedTuple):
    """Working memory for one read; arrays of partners unless stated otherwise.

    Attributes:
        read, is_reverse, left, right, switch, resume: see ``partner_in_frame``.
        length: int64, bases.
        verdict: uint8.
        is_unequal: bool, whether some bases differ from the read's.
        rows: uint8 (partners, longest read), residues as aligned.
        counts: uint64 (3 * longest read,), lanes with the numbers of good bases, place by place;
            place p of the frame is item ``longest + p``.
        lanes: uint64 (256,), lane of each residue, 0 for those that are not good.
        seen, evidence, guide: float64 (4,), of the bases at one place.
    """

    read: np.ndarray
    is_reverse: np.ndarray
    left: np.ndarray
    right: np.ndarray
    switch: np.ndarray
    resume: np.ndarray
    length: np.ndarray
    verdict: np.ndarray
    is_unequal: np.ndarray
    rows: np.ndarray
    counts: np.ndarray
    lanes: np.ndarray
    seen: np.ndarray
    evidence: np.ndarray
    guide: np.ndarray


class Sites(NamedTuple):
    """Sites of one read.

    Attributes:
        place: int64, position in the frame.
        strength: float64.
        base: uint8, the base that speaks for a partner; 4 if none does.
    """

    place: np.ndarray
    strength: np.ndarray
    base: np.ndarray


@njit(cache=True, nogil=True)
def judge_reads(
    overlaps: Overlaps,
    incidence: Incidence,
    residues: np.ndarray,
    offsets: np.ndarray,
    status: OwnOverlaps,
    rules: SiteRules,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the verdicts of reads on their overlaps.

    Overlaps that are not NEAR, and all with a read above LONG_READ_BP, are left NEUTRAL.

    Args:
        overlaps, incidence: of all reads.
        residues: uint8, of all reads.
        offsets: int64 (reads + 1,), bounds of the reads.
        status: the reads to judge, and uint8 bits of ``weigh_overlaps`` of their overlaps.
        rules: thresholds.

    Returns:
        uint8, verdicts on the overlaps of which the reads are a, and on those of which they are b;
        uint8, bits BRANCHES_LEFT and BRANCHES_RIGHT of each of the reads.
    """
    first, end = status.first_read, status.end_read
    of_a, of_b = np.zeros(status.of_a.size, np.uint8), np.zeros(status.of_b.size, np.uint8)
    branches = np.zeros(end - first, np.uint8)
    frame, sites = _working_memory(incidence, offsets, first, end, rules)
    first_a, first_b = incidence.a_bounds[first], incidence.b_bounds[first]
    for i in range(first, end):
        length = offsets[i + 1] - offsets[i]
        if length > LONG_READ_BP:
            continue
        n = INT_0
        for slot in range(incidence.b_bounds[i], incidence.b_bounds[i + 1]):
            bits = status.of_b[slot - first_b]
            if bits & NEAR:
                n += _enter(frame, n, overlaps, incidence.b_overlaps[slot], TRUE, offsets, bits)
        for e in range(incidence.a_bounds[i], incidence.a_bounds[i + 1]):
            bits = status.of_a[e - first_a]
            if bits & NEAR:
                n += _enter(frame, n, overlaps, e, FALSE, offsets, bits)
        if n < LEAST_PARTNERS:
            continue
        _fill_rows(frame, n, residues, offsets)
        _judge_inside(frame, n, residues[offsets[i] : offsets[i + 1]], sites, rules)
        branches[i - first] = _judge_beyond(frame, n, length, sites, rules)
        n = INT_0
        for slot in range(incidence.b_bounds[i], incidence.b_bounds[i + 1]):
            partner = overlaps.read_a[incidence.b_overlaps[slot]]
            if status.of_b[slot - first_b] & NEAR and _is_short(partner, offsets):
                of_b[slot - first_b] = frame.verdict[n]
                n += 1
        for e in range(incidence.a_bounds[i], incidence.a_bounds[i + 1]):
            if status.of_a[e - first_a] & NEAR and _is_short(overlaps.read_b[e], offsets):
                of_a[e - first_a] = frame.verdict[n]
                n += 1
    return of_a, of_b, branches


@njit(cache=True, nogil=True)
def _is_short(read: int, offsets: np.ndarray) -> bool:
    return offsets[read + 1] - offsets[read] <= LONG_READ_BP


@njit(cache=True, nogil=True)
def _working_memory(
    incidence: Incidence, offsets: np.ndarray, first: int, end: int, rules: SiteRules
) -> tuple[Frame, Sites]:
    """Return working memory for the reads ``first:end``."""
    most, longest = 1, 1
    for i in range(first, end):
        as_a = incidence.a_bounds[i + 1] - incidence.a_bounds[i]
        as_b = incidence.b_bounds[i + 1] - incidence.b_bounds[i]
        most = max(most, as_a + as_b)
    for i in range(offsets.size - 1):
        if _is_short(i, offsets):
            longest = max(longest, offsets[i + 1] - offsets[i])
    lanes = np.zeros(256, np.uint64)
    for residue in range(max(KNOWN, rules.min_quality << 2), 256):
        lanes[residue] = ONE << np.uint64((residue & 3) * LANE_BITS)
    frame = Frame(
        np.empty(most, np.int64),
        np.empty(most, np.bool_),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.uint8),
        np.empty(most, np.bool_),
        np.empty((most, longest), np.uint8),
        np.empty(3 * longest, np.uint64),
        lanes,
        np.empty(4),
        np.empty(4),
        np.empty(4),
    )
    places = 3 * longest
    return frame, Sites(np.empty(places, np.int64), np.empty(places), np.empty(places, np.uint8))


@njit(cache=True, nogil=True)
def _enter(
    frame: Frame, n: int, overlaps: Overlaps, e: int, is_b: bool, offsets: np.ndarray, bits: int
) -> int:
    """Enter a partner as item n; return 1, or 0 if its read is long."""
    partner, is_reverse, left, right, switch, resume = partner_in_frame(overlaps, e, is_b, offsets)
    if not _is_short(partner, offsets):
        return 0
    frame.read[n], frame.is_reverse[n] = partner, is_reverse
    frame.left[n], frame.right[n] = left, right
    frame.switch[n], frame.resume[n] = switch, resume
    frame.length[n] = offsets[partner + 1] - offsets[partner]
    frame.verdict[n] = NEUTRAL
    frame.is_unequal[n] = bits & UNEQUAL != 0
    return 1


@njit(cache=True, nogil=True)
def _fill_rows(frame: Frame, n: int, residues: np.ndarray, offsets: np.ndarray) -> None:
    """Copy the residues of all partners, as aligned."""
    for k in range(n):
        begin = offsets[frame.read[k]]
        for byte in range(0, frame.length[k], CACHE_LINE):
            prefetch(residues, begin + byte)
    for k in range(n):
        length = frame.length[k]
        partner = residues[offsets[frame.read[k]] : offsets[frame.read[k]] + length]
        row = frame.rows[k]
        if frame.is_reverse[k]:
            for q in range(length):
                row[q] = partner[length - 1 - q] ^ 3
        else:
            for q in range(length):
                row[q] = partner[q]


@njit(cache=True, nogil=True)
def _count(frame: Frame, k: int, low: int, high: int) -> None:
    """Count the good bases of partner k at the places ``low:high``."""
    longest = frame.rows.shape[1]
    row = frame.rows[k]
    left, right, length = frame.left[k], frame.right[k], frame.length[k]
    for place in range(max(low, left), min(high, left + length, frame.switch[k])):
        frame.counts[longest + place] += frame.lanes[row[place - left]]
    for place in range(max(low, right, frame.resume[k]), min(high, right + length)):
        frame.counts[longest + place] += frame.lanes[row[place - right]]


@njit(cache=True, nogil=True)
def _residue_at(frame: Frame, k: int, place: Any) -> Any:
    """Return the residue of partner k at a place, 0 where it has none that is good."""
    q = place - frame.left[k]
    if place >= frame.switch[k]:
        if place < frame.resume[k]:
            return 0
        q = place - frame.right[k]
    if q < 0 or q >= frame.length[k] or frame.lanes[frame.rows[k, q]] == 0:
        return 0
    return np.int64(frame.rows[k, q])


@njit(cache=True, nogil=True)
def _judge_inside(frame: Frame, n: int, own: np.ndarray, sites: Sites, rules: SiteRules) -> None:
    """Find the sites inside the read; set the verdicts TRANS and CIS."""
    if np.count_nonzero(frame.is_unequal[:n]) < LEAST_SEEN:
        return
    longest = frame.rows.shape[1]
    frame.counts[longest : longest + own.size] = 0
    for k in range(min(n, MOST_COUNTED)):
        if frame.is_unequal[k]:
            _count(frame, k, INT_0, own.size)
    n_sites = INT_0
    for place in range(own.size):
        often = (frame.counts[longest + place] + TO_TOP_BITS) & TOP_BITS
        of_own = TOP_BITS & (np.uint64(0xFFFF) << np.uint64((own[place] & 3) * LANE_BITS))
        if own[place] < KNOWN or often & ~of_own == 0:
            continue
        mine, other = _strengths_inside(frame, n, own, place)
        if min(mine, other) > 0:
            sites.place[n_sites], sites.strength[n_sites] = place, min(mine, other)
            sites.base[n_sites] = own[place] & 3
            n_sites += 1
    for k in range(n if n_sites else 0):
        same, unlike = _weigh_partner(frame, k, sites, n_sites)
        if unlike >= rules.evidence:
            frame.verdict[k] = TRANS
        elif same >= rules.evidence:
            frame.verdict[k] = CIS


@njit(cache=True, nogil=True)
def _count_bases(frame: Frame, n: int, place: int) -> None:
    """Set count and evidence of each base at a place, over partners that are not TRANS."""
    frame.seen[:], frame.evidence[:] = 0, 0
    for k in range(n):
        if frame.verdict[k] != TRANS:
            residue = _residue_at(frame, k, place)
            if residue:
                frame.seen[residue & 3] += 1
                frame.evidence[residue & 3] += BASE_EVIDENCE[residue >> 2]


@njit(cache=True, nogil=True)
def _strength(frame: Frame, base: int, chances: float) -> float:
    """Return how far the bases of one kind that were counted are beyond errors.

    There are at most (e n / k) ** k ways to choose k reads of n; ``chances`` is log10 of the number
    of places and bases of a read. A base seen once shows nothing.
    """
    count = frame.seen[base]
    if count < LEAST_SEEN:
        return -1.0
    ways = count * math.log10(math.e * frame.seen.sum() / count)
    return frame.evidence[base] - ways - chances


@njit(cache=True, nogil=True)
def _strengths_inside(frame: Frame, n: int, own: np.ndarray, place: int) -> tuple[float, float]:
    """Return the strengths of the read's own base and of the best other one."""
    _count_bases(frame, n, place)
    residue = own[place]
    if frame.lanes[residue]:
        frame.seen[residue & 3] += 1
        frame.evidence[residue & 3] += BASE_EVIDENCE[residue >> 2]
    chances = math.log10(3.0 * own.size)
    mine, other = -1.0, -1.0
    for base in range(4):
        strength = _strength(frame, base, chances)
        if base == residue & 3:
            mine = strength
        else:
            other = max(other, strength)
    return mine, other


@njit(cache=True, nogil=True)
def _weigh_partner(frame: Frame, k: int, sites: Sites, n_sites: int) -> tuple[float, float]:
    """Return the strength of the sites where a partner has the site's base, and another one."""
    same, unlike = 0.0, 0.0
    for s in range(n_sites):
        residue = _residue_at(frame, k, sites.place[s])
        if residue and residue & 3 == sites.base[s]:
            same += sites.strength[s]
        elif residue:
            unlike += sites.strength[s]
    return same, unlike


@njit(cache=True, nogil=True)
def _judge_beyond(frame: Frame, n: int, length: int, sites: Sites, rules: SiteRules) -> int:
    """Find the sites beyond the ends of the read; set AMBIGUOUS; return the branching ends."""
    longest = frame.rows.shape[1]
    n_sites, branches = INT_0, 0
    for side in range(2):
        low, high = (-longest, 0) if side == 0 else (length, longest + length)
        if not _count_beyond(frame, n, low, high):
            continue
        evidence = 0.0
        for place in range(low, high):
            often = (frame.counts[longest + place] + TO_TOP_BITS) & TOP_BITS
            if often & (often - ONE) == 0:  # not two bases
                continue
            strength, base, is_rare = _site_beyond(frame, n, place, length, rules)
            if strength > 0:
                sites.place[n_sites], sites.strength[n_sites] = place, strength
                sites.base[n_sites] = base
                n_sites += 1
                evidence += 0.0 if is_rare else strength
        if evidence >= rules.evidence:
            branches |= BRANCHES_LEFT if side == 0 else BRANCHES_RIGHT
    for k in range(n if n_sites else 0):
        if frame.verdict[k] != TRANS:
            _, unlike = _weigh_partner(frame, k, sites, n_sites)
            if unlike >= rules.evidence:
                frame.verdict[k] = AMBIGUOUS
    return branches


@njit(cache=True, nogil=True)
def _count_beyond(frame: Frame, n: int, low: int, high: int) -> bool:
    """Count the good bases at places beyond one end, over partners that are not TRANS.

    Returns whether enough partners reach beyond the end for a site.
    """
    reaching = 0
    for k in range(n):
        if frame.verdict[k] != TRANS:
            reaching += frame.left[k] < high and frame.right[k] + frame.length[k] > low
    if reaching < 2 * LEAST_SEEN:
        return False
    longest = frame.rows.shape[1]
    frame.counts[longest + low : longest + high] = 0
    for k in range(min(n, MOST_COUNTED)):
        if frame.verdict[k] != TRANS:
            _count(frame, k, low, high)
    return True


@njit(cache=True, nogil=True)
def _site_beyond(
    frame: Frame, n: int, place: int, length: int, rules: SiteRules
) -> tuple[float, Any, Any]:
    """Return strength, expected base (4 if unknown), and whether other bases are rare."""
    _count_bases(frame, n, place)
    chances = math.log10(3.0 * length)
    first, second = -1.0, -1.0
    for base in range(4):
        strength = _strength(frame, base, chances)
        if strength > first:
            first, second = strength, first
        elif strength > second:
            second = strength
    if second <= 0:
        return 0.0, 4, False
    frame.guide[:] = 0
    for k in range(n):
        if frame.verdict[k] == CIS:
            residue = _residue_at(frame, k, place)
            if residue:
                frame.guide[residue & 3] += 1
    is_rare = frame.seen.max() >= rules.majority * frame.seen.sum()
    top = frame.guide.max()
    if top > 0 and top >= GUIDE_MAJORITY * (frame.guide.sum() - top):
        return second, np.argmax(frame.guide), is_rare
    return second, np.argmax(frame.seen) if is_rare else 4, is_rare
