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
from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.layout.evidence import NEAR, UNEQUAL
from readkin.kernels.layout.overlaps import LONG_READ_BP, Incidence, Overlaps, partner_in_frame
from readkin.kernels.layout.residues import BASE_EVIDENCE, KNOWN
from readkin.kernels.simd.prefetch import prefetch

# Verdicts of a read on an overlap
NEUTRAL, CIS, TRANS, AMBIGUOUS = 0, 1, 2, 3
# A read branches where its sequence continues in two ways: bits
BRANCHES_LEFT, BRANCHES_RIGHT = 1, 2

LEAST_PARTNERS = 3  # two bases, each seen twice: fewer reads show no site
LEAST_SEEN = 2
GUIDE_MAJORITY = 3  # CIS partners show a base if it is this many times as frequent as the others
CACHE_LINE = 64


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
    """Working memory for the partners of one read; all but ``rows`` and counts (partners,).

    Attributes:
        read, left, right, switch, resume, is_reverse: see ``partner_in_frame``.
        length: int64, bases.
        verdict, is_unequal: uint8.
        rows: uint8 (partners, longest read), residues as aligned.
        inside: uint16 (4, longest read), number of good bases that differ from the read's own.
        beyond: uint16 (4, 2 * longest read), number of good bases before and behind the read.
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
    inside: np.ndarray
    beyond: np.ndarray


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
    verdict_a, verdict_b = (
        np.zeros(status.of_a.size, np.uint8),
        np.zeros(status.of_b.size, np.uint8),
    )
    branches = np.zeros(end - first, np.uint8)
    frame = _frame_for(incidence, offsets, first, end)
    longest = frame.rows.shape[1]
    sites = Sites(
        np.empty(2 * longest, np.int64), np.empty(2 * longest), np.empty(2 * longest, np.uint8)
    )
    first_a, first_b = incidence.a_bounds[first], incidence.b_bounds[first]
    for i in range(first, end):
        own = residues[offsets[i] : offsets[i + 1]]
        if own.size > LONG_READ_BP:
            continue
        n = 0
        for slot in range(incidence.b_bounds[i], incidence.b_bounds[i + 1]):
            bits = status.of_b[slot - first_b]
            if bits & NEAR:
                n += _enter(frame, n, overlaps, incidence.b_overlaps[slot], True, offsets, bits)
        for e in range(incidence.a_bounds[i], incidence.a_bounds[i + 1]):
            bits = status.of_a[e - first_a]
            if bits & NEAR:
                n += _enter(frame, n, overlaps, e, False, offsets, bits)
        if n < LEAST_PARTNERS:
            continue
        _fill_rows(frame, n, residues, offsets)
        _judge_inside(frame, n, own, sites, rules)
        branches[i - first] = _judge_beyond(frame, n, own.size, sites, rules)
        n = 0
        for slot in range(incidence.b_bounds[i], incidence.b_bounds[i + 1]):
            if status.of_b[slot - first_b] & NEAR and _is_short(
                overlaps.read_a[incidence.b_overlaps[slot]], offsets
            ):
                verdict_b[slot - first_b] = frame.verdict[n]
                n += 1
        for e in range(incidence.a_bounds[i], incidence.a_bounds[i + 1]):
            if status.of_a[e - first_a] & NEAR and _is_short(overlaps.read_b[e], offsets):
                verdict_a[e - first_a] = frame.verdict[n]
                n += 1
    return verdict_a, verdict_b, branches


@njit(cache=True, nogil=True)
def _is_short(read: int, offsets: np.ndarray) -> bool:
    return offsets[read + 1] - offsets[read] <= LONG_READ_BP


@njit(cache=True, nogil=True)
def _frame_for(incidence: Incidence, offsets: np.ndarray, first: int, end: int) -> Frame:
    """Return working memory for the reads ``first:end``."""
    most = 1
    for i in range(first, end):
        most = max(
            most,
            incidence.a_bounds[i + 1]
            - incidence.a_bounds[i]
            + incidence.b_bounds[i + 1]
            - incidence.b_bounds[i],
        )
    longest = 1
    for i in range(offsets.size - 1):
        if offsets[i + 1] - offsets[i] <= LONG_READ_BP:
            longest = max(longest, offsets[i + 1] - offsets[i])
    return Frame(
        np.empty(most, np.int64),
        np.empty(most, np.bool_),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.uint8),
        np.empty(most, np.uint8),
        np.empty((most, longest), np.uint8),
        np.empty((4, longest), np.uint16),
        np.empty((4, 2 * longest), np.uint16),
    )


@njit(cache=True, nogil=True)
def _enter(
    frame: Frame, n: int, overlaps: Overlaps, e: int, is_b: bool, offsets: np.ndarray, bits: int
) -> int:
    """Enter a partner as item n; return 1, or 0 if its read is long."""
    partner, is_reverse, left, right, switch, resume = partner_in_frame(overlaps, e, is_b, offsets)
    length = offsets[partner + 1] - offsets[partner]
    if length > LONG_READ_BP:
        return 0
    frame.read[n], frame.is_reverse[n], frame.length[n] = partner, is_reverse, length
    frame.left[n], frame.right[n] = left, right
    frame.switch[n], frame.resume[n] = switch, resume
    frame.verdict[n] = NEUTRAL
    frame.is_unequal[n] = bits & UNEQUAL
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
def _residue_at(frame: Frame, k: int, place: int) -> int:
    """Return the residue of partner k at a place, 0 where it has none."""
    q = place - frame.left[k]
    if place >= frame.switch[k]:
        if place < frame.resume[k]:
            return np.uint8(0)
        q = place - frame.right[k]
    return frame.rows[k, q] if 0 <= q < frame.length[k] else np.uint8(0)


@njit(cache=True, nogil=True)
def _judge_inside(frame: Frame, n: int, own: np.ndarray, sites: Sites, rules: SiteRules) -> None:
    """Find the sites inside the read; set the verdicts TRANS and CIS."""
    if np.count_nonzero(frame.is_unequal[:n]) < LEAST_SEEN:
        return
    _count_inside(frame, n, own, np.uint8(rules.min_quality << 2))
    n_sites = 0
    for place in range(own.size):
        seen = max(
            frame.inside[0, place],
            frame.inside[1, place],
            frame.inside[2, place],
            frame.inside[3, place],
        )
        if seen < LEAST_SEEN or own[place] < KNOWN:
            continue
        mine, other = _strengths_inside(frame, n, own, place, rules.min_quality)
        if min(mine, other) > 0:
            sites.place[n_sites], sites.strength[n_sites] = place, min(mine, other)
            sites.base[n_sites] = own[place] & 3
            n_sites += 1
    if n_sites == 0:
        return
    for k in range(n):
        same, unlike = _weigh_partner(frame, k, sites, n_sites, rules.min_quality)
        if unlike >= rules.evidence:
            frame.verdict[k] = TRANS
        elif same >= rules.evidence:
            frame.verdict[k] = CIS


@njit(cache=True, nogil=True)
def _count_inside(frame: Frame, n: int, own: np.ndarray, least: int) -> None:
    """Count the good bases of partners that differ from the read's own, place by place."""
    frame.inside[:, : own.size] = 0
    for k in range(n):
        if not frame.is_unequal[k]:
            continue
        row, length = frame.rows[k], frame.length[k]
        left, right = frame.left[k], frame.right[k]
        for p in range(max(0, left), min(own.size, length + left, frame.switch[k])):
            if (row[p - left] ^ own[p]) & 3 and row[p - left] >= least:
                frame.inside[row[p - left] & 3, p] += 1
        for p in range(max(0, right, frame.resume[k]), min(own.size, length + right)):
            if (row[p - right] ^ own[p]) & 3 and row[p - right] >= least:
                frame.inside[row[p - right] & 3, p] += 1


@njit(cache=True, nogil=True)
def _count_bases(frame: Frame, n: int, place: int, min_quality: int) -> tuple:
    """Return count and evidence of each base at a place, over partners that are not TRANS."""
    count, evidence = np.zeros(4), np.zeros(4)
    for k in range(n):
        if frame.verdict[k] != TRANS:
            residue = _residue_at(frame, k, place)
            if residue >= KNOWN and residue >> 2 >= min_quality:
                count[residue & 3] += 1
                evidence[residue & 3] += BASE_EVIDENCE[residue >> 2]
    return count, evidence


@njit(cache=True, nogil=True)
def _strength(count: float, evidence: float, total: float, chances: float) -> float:
    """Return how far ``count`` equal bases of ``total`` are beyond errors.

    There are at most (e total / count) ** count ways to choose the reads; ``chances`` is log10 of
    the number of places and bases of a read. A base seen once shows nothing.
    """
    if count < LEAST_SEEN:
        return -1.0
    return evidence - count * math.log10(math.e * total / count) - chances


@njit(cache=True, nogil=True)
def _strengths_inside(
    frame: Frame, n: int, own: np.ndarray, place: int, min_quality: int
) -> tuple[float, float]:
    """Return the strengths of the read's own base and of the best other one."""
    count, evidence = _count_bases(frame, n, place, min_quality)
    residue = own[place]
    if residue >> 2 >= min_quality:
        count[residue & 3] += 1
        evidence[residue & 3] += BASE_EVIDENCE[residue >> 2]
    total, chances = count.sum(), math.log10(3.0 * own.size)
    mine, other = -1.0, -1.0
    for base in range(4):
        strength = _strength(count[base], evidence[base], total, chances)
        if base == residue & 3:
            mine = strength
        else:
            other = max(other, strength)
    return mine, other


@njit(cache=True, nogil=True)
def _weigh_partner(
    frame: Frame, k: int, sites: Sites, n_sites: int, min_quality: int
) -> tuple[float, float]:
    """Return the strength of the sites where a partner has the site's base, and another one."""
    same, unlike = 0.0, 0.0
    for s in range(n_sites):
        residue = _residue_at(frame, k, sites.place[s])
        if residue >= KNOWN and residue >> 2 >= min_quality:
            if residue & 3 == sites.base[s]:
                same += sites.strength[s]
            else:
                unlike += sites.strength[s]
    return same, unlike


@njit(cache=True, nogil=True)
def _judge_beyond(frame: Frame, n: int, length: int, sites: Sites, rules: SiteRules) -> int:
    """Find the sites beyond the ends of the read; set AMBIGUOUS; return the branching ends."""
    longest = frame.rows.shape[1]
    if not _count_beyond(frame, n, length, np.uint8(max(rules.min_quality, 1) << 2)):
        return 0
    n_sites = 0
    left_evidence, right_evidence = 0.0, 0.0
    for at in range(2 * longest):
        bases_seen = 0
        for base in range(4):
            bases_seen += frame.beyond[base, at] >= LEAST_SEEN
        if bases_seen < 2:
            continue
        place = at - longest if at < longest else at - longest + length
        strength, base, is_rare = _site_beyond(frame, n, place, length, rules)
        if strength > 0:
            sites.place[n_sites], sites.strength[n_sites] = place, strength
            sites.base[n_sites] = base
            n_sites += 1
            if not is_rare and place < 0:
                left_evidence += strength
            elif not is_rare:
                right_evidence += strength
    if n_sites:
        for k in range(n):
            if frame.verdict[k] != TRANS:
                _, unlike = _weigh_partner(frame, k, sites, n_sites, rules.min_quality)
                if unlike >= rules.evidence:
                    frame.verdict[k] = AMBIGUOUS
    branches = BRANCHES_LEFT if left_evidence >= rules.evidence else 0
    return branches | (BRANCHES_RIGHT if right_evidence >= rules.evidence else 0)


@njit(cache=True, nogil=True)
def _count_beyond(frame: Frame, n: int, length: int, least: int) -> bool:
    """Count the good bases before and behind the read, over partners that are not TRANS.

    Place p before the read is item ``longest + p``, place p behind it ``longest - length + p``.
    Returns whether there can be a site.
    """
    longest = frame.rows.shape[1]
    before = behind = 0
    for k in range(n):
        if frame.verdict[k] != TRANS:
            before += frame.left[k] < 0
            behind += frame.length[k] + frame.right[k] > length
    if max(before, behind) < 2 * LEAST_SEEN:
        return False
    frame.beyond[:] = 0
    for k in range(n):
        if frame.verdict[k] == TRANS:
            continue
        row, size, left, right = frame.rows[k], frame.length[k], frame.left[k], frame.right[k]
        on_left = min(size, frame.switch[k] - left)
        from_right = max(0, frame.resume[k] - right)
        _add(frame.beyond, row, 0, min(on_left, -left), longest + left, least)
        _add(frame.beyond, row, max(0, length - left), on_left, longest - length + left, least)
        _add(frame.beyond, row, from_right, min(size, -right), longest + right, least)
        _add(
            frame.beyond,
            row,
            max(from_right, length - right),
            size,
            longest - length + right,
            least,
        )
    return True


@njit(cache=True, nogil=True)
def _add(counts: np.ndarray, row: np.ndarray, first: int, end: int, shift: int, least: int) -> None:
    """Count the good bases ``first:end`` of a row at the items ``shift`` further."""
    for q in range(first, end):
        if row[q] >= least:
            counts[row[q] & 3, q + shift] += 1


@njit(cache=True, nogil=True)
def _site_beyond(
    frame: Frame, n: int, place: int, length: int, rules: SiteRules
) -> tuple[float, int, bool]:
    """Return strength, expected base (4 if unknown) and whether the other base is rare."""
    count, evidence = _count_bases(frame, n, place, rules.min_quality)
    total, chances = count.sum(), math.log10(3.0 * length)
    first, second = -1.0, -1.0
    for base in range(4):
        strength = _strength(count[base], evidence[base], total, chances)
        if strength > first:
            first, second = strength, first
        elif strength > second:
            second = strength
    if second <= 0:
        return 0.0, 4, False
    is_rare = count.max() >= rules.majority * total
    guide = np.zeros(4)
    for k in range(n):
        if frame.verdict[k] == CIS:
            residue = _residue_at(frame, k, place)
            if residue >= KNOWN and residue >> 2 >= rules.min_quality:
                guide[residue & 3] += 1
    top = guide.max()
    if top > 0 and top >= GUIDE_MAJORITY * (guide.sum() - top):
        return second, np.argmax(guide), is_rare
    return second, np.argmax(count) if is_rare else 4, is_rare
