"""Writes reads mapped by minimap2 (mappy) as SAM records with correct mate fields.

mappy reports hits only; flags, mate positions and template lengths are set here as the SAM
specification v1 (section 1.4) asks. One record per read: its primary hit, or unmapped.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import mappy
import pysam

MAX_TEMPLATE_BP = 800  # as minimap2's preset sr: longer ones are not proper pairs
REVERSE, MATE_REVERSE, PROPER = 0x10, 0x20, 0x2
UNMAPPED, MATE_UNMAPPED = 0x4, 0x8
COMPLEMENT = str.maketrans("ACGTNacgtn", "TGCANtgcan")


class Hit(NamedTuple):
    """The primary hit of a read: 0-based half-open interval on the reference."""

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
    """Primary hit of a single read or of both mates, mapped together as one fragment."""
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
            contigs[found.ctg],
            found.r_st,
            found.r_en,
            found.strand < 0,
            found.mapq,
            cigar,
            found.NM,
        )
    return hits


def aligned_segments(
    segments: Sequence[pysam.AlignedSegment],
    hits: Sequence[Hit | None],
    header: pysam.AlignmentHeader,
) -> Iterator[pysam.AlignedSegment]:
    """The fragment's records with the mapping filled in; nothing else of them changes."""
    for mate, (segment, hit) in enumerate(zip(segments, hits, strict=True)):
        other = hits[1 - mate] if len(hits) == 2 else None
        record = pysam.AlignedSegment(header)
        record.query_name = segment.query_name
        sequence, quality = segment.query_sequence or "", segment.query_qualities_str
        flag = segment.flag & ~(UNMAPPED | MATE_UNMAPPED)
        flag |= 0 if hit else UNMAPPED
        if hit and hit.reverse:
            flag |= REVERSE
            sequence = sequence[::-1].translate(COMPLEMENT)
            quality = quality[::-1] if quality else quality
        record.query_sequence = sequence
        record.query_qualities_str = quality
        if len(hits) == 2:
            flag |= mate_flags(hit, other)
        record.flag = flag
        _place(record, hit, other)
        record.set_tags(segment.get_tags())
        if hit:
            record.set_tag("NM", hit.edit_distance)
        yield record


def mate_flags(hit: Hit | None, other: Hit | None) -> int:
    """Flags that speak of the mate and of the pair."""
    flag = (MATE_UNMAPPED if other is None else 0) | (
        MATE_REVERSE if other and other.reverse else 0
    )
    if hit and other and hit.contig == other.contig and hit.reverse != other.reverse:
        forward, backward = (other, hit) if hit.reverse else (hit, other)
        if forward.start <= backward.end and backward.end - forward.start <= MAX_TEMPLATE_BP:
            flag |= PROPER
    return flag


def _place(record: pysam.AlignedSegment, hit: Hit | None, other: Hit | None) -> None:
    """Set positions; an unmapped mate stands beside its mapped one (specification, section 2)."""
    if hit:
        record.reference_id, record.reference_start = hit.contig, hit.start
        record.mapping_quality, record.cigartuples = hit.mapq, hit.cigar
    elif other:
        record.reference_id, record.reference_start = other.contig, other.start
    mate_place = other or hit
    if record.is_paired and mate_place:
        record.next_reference_id = mate_place.contig
        record.next_reference_start = mate_place.start
    if hit and other and hit.contig == other.contig:
        left, right = min(hit.start, other.start), max(hit.end, other.end)
        is_left = (hit.start, record.is_read2) < (other.start, not record.is_read2)
        record.template_length = right - left if is_left else left - right
