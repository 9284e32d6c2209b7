"""Rules by which alignments and mates join reads into pieces."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PieceRules:
    """Thresholds; the first two are settings ``pieces``, the others were chosen by measurement.

    Evidence is -log10 of a probability.

    Attributes:
        min_overlap_bp: shorter overlaps join nothing.
        max_evidence: of the mismatches of an overlap, by quality, for it to be clean.
        evidence_against: from here on an alignment contradicts a placement.
        min_quality: Phred; bases below make no site.
        site_evidence: that sites of a read need together to outweigh coincident errors.
        majority: share of the bases at a site beyond a read with which it goes by default.
        ambiguous_share: of the longer overlaps on a side, for a shorter one to be ambiguous, too.
        max_conflict: share of the alignments at a placement that may contradict it.
        min_held: share of the reads placed inside the other piece that need a clean alignment.
        max_rival_share: links of rival bundles, relative to those of a bundle.
        max_elsewhere: links of the same two pieces that place them differently, likewise.
        links_needed: links that a bundle of mates needs, round by round.
        links_per_depth: links that a bundle of two pieces of 400 bp or more needs, per depth.
        overlap_outweighs, link_outweighs: natural logarithm of the likelihood ratio by which the
            composition of two pieces must speak for two genomes to object to their overlap, and to
            each link.
        cut_outweighs: the same for the two parts of a piece, for it to be cut between them.
        max_differing: share of alignments near the ends of a shared piece whose reads differ.
    """

    min_overlap_bp: int = 40
    max_evidence: float = 8.0
    evidence_against: float = 12.0
    min_quality: int = 20
    site_evidence: float = 1.5
    majority: float = 0.85
    ambiguous_share: float = 0.05
    max_conflict: float = 0.5
    min_held: float = 0.5
    max_rival_share: float = 0.25
    max_elsewhere: float = 0.25
    links_needed: tuple[int, ...] = (4, 3, 2, 1)
    links_per_depth: float = 0.1
    overlap_outweighs: float = 10.0
    link_outweighs: float = 8.0
    cut_outweighs: float = 25.0
    max_differing: float = 0.1
