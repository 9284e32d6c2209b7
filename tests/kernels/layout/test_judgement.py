"""Evidence, verdicts and propagation equal those of plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.layout.ambiguity import propagate_ambiguity
from readkin.kernels.layout.evidence import (
    FITS,
    NEAR,
    UNEQUAL,
    EvidenceLimits,
    evidence_by_length,
    weigh_overlaps,
)
from readkin.kernels.layout.frames import CIS, TRANS, OwnOverlaps, SiteRules, judge_reads
from readkin.kernels.layout.overlaps import incidence_of
from readkin.kernels.layout.residues import pack_residues
from support import naive_overlaps as naive
from support.strain_reads import strain_reads

LIMITS = EvidenceLimits(min_overlap=12, fits=8.0, near=12.0)
RULES = SiteRules(min_quality=20, evidence=1.5, majority=0.85)
CASES = given(st.integers(0, 10**9), st.integers(2, 30), st.booleans())


class Arrays:
    """The kernels' view of naive reads and overlaps."""

    def __init__(self, reads, overlaps):
        bases, qualities, self.offsets = naive.read_arrays(reads)
        self.residues = pack_residues(bases, qualities)
        self.overlaps = naive.overlap_arrays(overlaps)
        self.incidence = incidence_of(self.overlaps.read_a, self.overlaps.read_b, len(reads))

    def weigh(self):
        n = self.overlaps.read_a.size
        return weigh_overlaps(self.overlaps, 0, n, self.residues, self.offsets, LIMITS)

    def own(self, of_overlaps):
        of_b = of_overlaps[self.incidence.b_overlaps]
        return OwnOverlaps(0, self.offsets.size - 1, of_overlaps, of_b)

    def judge(self, status, rules=RULES):
        return judge_reads(
            self.overlaps, self.incidence, self.residues, self.offsets, self.own(status), rules
        )


@CASES
def test_evidence(seed, n_reads, with_gaps):
    reads, overlaps = strain_reads(seed, n_reads, with_gaps)
    status, rank = Arrays(reads, overlaps).weigh()
    for e, overlap in enumerate(overlaps):
        evidence = naive.evidence_of(overlap, reads)
        high = min(len(reads[overlap.a].bases), len(reads[overlap.b].bases) + overlap.right)
        columns = high - max(0, overlap.left)
        is_near = evidence <= LIMITS.near
        assert bool(status[e] & NEAR) == is_near
        assert bool(status[e] & FITS) == (evidence <= LIMITS.fits and columns >= 12)
        assert bool(status[e] & UNEQUAL) == (evidence > 0)
        if is_near:
            assert rank[e] == pytest.approx(columns - 10 * evidence, abs=1e-3)


@CASES
def test_verdicts(seed, n_reads, with_gaps):
    reads, overlaps = strain_reads(seed, n_reads, with_gaps)
    arrays = Arrays(reads, overlaps)
    status, _ = arrays.weigh()
    of_a, of_b, branches = arrays.judge(status)
    slot_of = {int(e): slot for slot, e in enumerate(arrays.incidence.b_overlaps)}
    for i in range(n_reads):
        usable = [e for e in naive.incident(i, overlaps) if status[e] & NEAR]
        verdicts, ends = naive.judge_read(i, [overlaps[e] for e in usable], reads, RULES)
        found = [of_b[slot_of[e]] if overlaps[e].b == i else of_a[e] for e in usable]
        assert found == verdicts
        assert (bool(branches[i] & 1), bool(branches[i] & 2)) == ends
    unusable = status & NEAR == 0
    assert not of_a[unusable].any()
    assert not of_b[unusable[arrays.incidence.b_overlaps]].any()


@CASES
def test_propagation(seed, n_reads, with_gaps):
    reads, overlaps = strain_reads(seed, n_reads, with_gaps)
    arrays = Arrays(reads, overlaps)
    bits = np.random.default_rng(seed).choice([1, 1, 1, 3, 5, 2, 0], len(overlaps))
    of_a, of_b = propagate_ambiguity(
        arrays.overlaps, arrays.incidence, arrays.offsets, arrays.own(bits.astype(np.uint8)), 0.25
    )
    expected_a, expected_b = np.zeros(len(overlaps), bool), np.zeros(len(overlaps), bool)
    for i in range(n_reads):
        for e in naive.propagated(i, overlaps, reads, bits, 0.25):
            (expected_a if overlaps[e].a == i else expected_b)[e] = True
    assert of_a.tolist() == expected_a.tolist()
    assert of_b.tolist() == expected_b[arrays.incidence.b_overlaps].tolist()


def stack(*texts, quality=40):
    """Return reads on one strand, which begin at the same position, and all their overlaps."""
    reads = [naive.NaiveRead(text, [quality] * len(text)) for text in texts]
    overlaps = [
        naive.NaiveOverlap(a, b, False, 0, 0) for a in range(len(reads)) for b in range(a)[::-1]
    ]
    return reads, sorted(o if o.a < o.b else o._replace(a=o.b, b=o.a) for o in overlaps)


GENOME = "ACGTTGCAACCGGTATTCAGGCATCGATTGCACTAAGC"


def test_two_and_two_reads_make_a_site_and_lone_differences_do_not():
    variant = GENOME[:15] + "C" + GENOME[16:]
    assert variant != GENOME
    for texts, expected in (
        ([GENOME] * 2 + [variant] * 2, {TRANS, CIS}),
        ([GENOME] * 3 + [variant], {0}),
    ):
        reads, overlaps = stack(*texts)
        arrays = Arrays(reads, overlaps)
        of_a, of_b, _ = arrays.judge(arrays.weigh()[0])
        assert set(of_a) | set(of_b) == expected


def test_bases_of_low_quality_make_no_site():
    variant = GENOME[:15] + "C" + GENOME[16:]
    reads, overlaps = stack(GENOME, GENOME, variant, variant, quality=19)
    arrays = Arrays(reads, overlaps)
    of_a, of_b, _ = arrays.judge(arrays.weigh()[0])
    assert not of_a.any()
    assert not of_b.any()


@pytest.mark.parametrize(
    ("differences", "overhang", "expected"),
    [(0, 0, "clean"), (50, 0, "clean"), (60, 0, "clean"), (300, 0, "against"), (0, 101, "against")],
)
def test_long_overlaps_are_judged_by_length(differences, overhang, expected):
    evidence = evidence_by_length(1000, 0.05, differences, overhang)
    assert ("clean" if evidence <= 8 else "against" if evidence > 12 else "") == expected
