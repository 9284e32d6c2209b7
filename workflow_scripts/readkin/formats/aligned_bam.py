"""SAM records of reads mapped by minimap2 (mappy), with correct mate fields.

mappy returns hits only; this module sets flags, mate positions and template lengths as the SAM
specification v1 (section 1.4) requires. Each read has one record: its primary hit, or unmapped.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import mappy
import pysam

MAX_TEMPLATE_BP = 800  # as in minimap2's preset sr; longer templates are not proper pairs
REVERSE, MATE_REVERSE, PROPER = 0x10, 0x20, 0x2
UNMAPPED, MATE_UNMAPPED = 0x4, 0x8
# Of all letters that BAM stores (NC-IUB 1985, Nucleic Acids Res. 13:3021-3030); S, W, N and = are
# their own complements.
COMPLEMENT = str.maketrans("ACGTRYKMBVDH", "TGCAYRMKVBHD")


class Hit(NamedTuple):
    """Primary hit of a read.

    Attributes:
        contig: index of the reference sequence.
        start, end: 0-based half-open interval on it.
        reverse: whether the read is reverse-complemented.
        mapq: mapping quality.
        cigar: operations with their lengths, as in ``pysam.AlignedSegment.cigartuples``.
        edit_distance: the tag NM.
    """

    contig: int
    start: int
    end: int
    reverse: bool
    mapq: int
    cigar: list[tuple[int, int]]
    edit_distance: int


def map_fragment(
    aligner: mappy.Aligner, segments: Sequence[pysam.AlignedSegment], contigs: dict[str, int]
) -> list[Hit | None]:
    """Return the primary hits of a single read, or of both mates mapped as one fragment."""
    sequences = [segment.query_sequence or "" for segment in segments]
    hits: list[Hit | None] = [None] * len(segments)
    for found in aligner.map(*sequences):
        mate = found.read_num - 1
        if not found.is_primary or hits[mate] is not None:
            continue
        length = len(sequences[mate])
        clips = [found.q_st, length - found.q_en]
        operations = [(operation, size) for size, operation in found.cigar]
        if found.strand < 0:
            clips.reverse()
        cigar = [(4, clips[0])] * (clips[0] > 0) + operations + [(4, clips[1])] * (clips[1] > 0)
        hits[mate] = Hit(
            contig=contigs[found.ctg],
            start=found.r_st,
            end=found.r_en,
            reverse=found.strand < 0,
            mapq=found.mapq,
            cigar=cigar,
            edit_distance=found.NM,
        )
    return hits


def aligned_segments(
    segments: Sequence[pysam.AlignedSegment],
    hits: Sequence[Hit | None],
    header: pysam.AlignmentHeader,
) -> Iterator[pysam.AlignedSegment]:
    """Yield copies of the records of a fragment with the mapping filled in."""
    for mate, (segment, hit) in enumerate(zip(segments, hits, strict=True)):
        other = hits[1 - mate] if len(hits) == 2 else None
        record = pysam.AlignedSegment(header)
        record.query_name = segment.query_name
        sequence, quality = segment.query_sequence or "", segment.query_qualities
        flag = segment.flag & ~(UNMAPPED | MATE_UNMAPPED)
        flag |= 0 if hit else UNMAPPED
        if hit and hit.reverse:
            flag |= REVERSE
            sequence = sequence[::-1].translate(COMPLEMENT)
            quality = quality[::-1] if quality else quality
        record.query_sequence = sequence
        record.query_qualities = quality
        if len(hits) == 2:
            flag |= mate_flags(hit, other)
        record.flag = flag
        _set_positions(record, hit, other)
        record.set_tags(segment.get_tags())
        if hit:
            record.set_tag("NM", hit.edit_distance)
        yield record


def mate_flags(hit: Hit | None, other: Hit | None) -> int:
    """Return the flags of ``hit`` that depend on its mate, which has the hit ``other``."""
    flag = (MATE_UNMAPPED if other is None else 0) | (
        MATE_REVERSE if other and other.reverse else 0
    )
    if hit and other and hit.contig == other.contig and hit.reverse != other.reverse:
        forward, backward = (other, hit) if hit.reverse else (hit, other)
        if forward.start <= backward.end and backward.end - forward.start <= MAX_TEMPLATE_BP:
            flag |= PROPER
    return flag


def _set_positions(record: pysam.AlignedSegment, hit: Hit | None, other: Hit | None) -> None:
    """Set positions; an unmapped read gets that of its mapped mate (specification, section 2)."""
    if hit:
        record.reference_id, record.reference_start = hit.contig, hit.start
        record.mapping_quality, record.cigartuples = hit.mapq, hit.cigar
    elif other:
        record.reference_id, record.reference_start = other.contig, other.start
    mate_hit = other or hit
    if record.is_paired and mate_hit:
        record.next_reference_id = mate_hit.contig
        record.next_reference_start = mate_hit.start
    if hit and other and hit.contig == other.contig:
        left, right = min(hit.start, other.start), max(hit.end, other.end)
        is_left = (hit.start, record.is_read2) < (other.start, not record.is_read2)
        record.template_length = right - left if is_left else left - right
