"""Candidate pairs in tiles: which there are, and what happens to one of them: all its pairs are
aligned, and those kept that reach the thresholds."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.formats.alignment_tiles import TileFolder, Tiles, cut_into_tiles
from readkin.formats.alignments import Provenance, alignment_table, identities
from readkin.formats.pairs import CandidatePairs
from readkin.formats.reads import Reads
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman import alignment, cigar
from readkin.kernels.smith_waterman.alignment import Pairs, align_pairs, dna_scoring
from readkin.progress import log
from readkin.provenance import fingerprint_of

PAIRS_PER_BLOCK = 1 << 20
REASONS = ("score below min_score", "identity below min_identity", "overlap below min_overlap_bp")


class Costs(NamedTuple):
    """Scores of two bases and costs of gaps, as kernels.smith_waterman.dna_scoring takes them."""

    match: int
    mismatch: int
    gap_open: int
    gap_extend: int


class Thresholds(NamedTuple):
    """An alignment is kept if it reaches all of these."""

    min_score: int
    min_identity: float
    min_overlap_bp: int


class Settings(NamedTuple):
    """What decides which alignments there are."""

    costs: Costs
    thresholds: Thresholds

    def provenance(self, pairs: CandidatePairs) -> Provenance:
        """Parameters and fingerprint of the alignments of these pairs."""
        parameters = self.costs._asdict() | self.thresholds._asdict()
        fingerprint = fingerprint_of(parameters | pairs.fingerprints, __file__)
        return Provenance(parameters, fingerprint, pairs.fingerprints["reads_fingerprint"])


def compile_kernels() -> None:
    """Compile all that the alignment of a tile needs, or load it from the cache."""
    alignment.compile_kernels()
    nothing = np.empty(0, np.uint32), np.zeros(1, np.int64), np.empty(0, np.uint8)
    cigar.cigar_texts(*nothing)


def plan_tiles(
    pairs: CandidatePairs, reads: Reads, tile_cells: int, folder: TileFolder
) -> tuple[Tiles, np.ndarray]:
    """Cut the pairs into tiles; which of them still have to be made, int64."""
    pairs.check_reads(reads)
    tiles = cut_into_tiles(_cells_of_blocks(pairs, reads), tile_cells)
    waiting = folder.unfinished(len(tiles.weights))
    if len(waiting) < len(tiles.weights):
        log.info("%d of %d tiles are to do", len(waiting), len(tiles.weights))
    return tiles, np.array(waiting, np.int64)


def _cells_of_blocks(pairs: CandidatePairs, reads: Reads) -> Iterator[np.ndarray]:
    """Table cells of every pair, int64, a block of pairs at a time."""
    lengths = reads.lengths
    for first in range(0, len(pairs), PAIRS_PER_BLOCK):
        block = pairs.part(first, first + PAIRS_PER_BLOCK)
        yield lengths[block.read_a] * lengths[block.read_b]


def align_tile(
    candidates: Candidates, reads: Reads, settings: Settings
) -> tuple[pa.Table, dict[str, int]]:
    """Align some pairs; the rows kept, and how many were dropped, by the first reason of each."""
    sequences = Sequences(reads.bases, reads.offsets)
    index_a, index_b = (column.astype(np.int64) for column in candidates[:2])
    pairs = Pairs(
        sequences_a=sequences,
        sequences_b=sequences,
        index_a=index_a,
        index_b=index_b,
        is_reverse=candidates.is_reverse,
        diagonal=candidates.diagonal,
    )
    limits = settings.thresholds
    found = align_pairs(pairs, dna_scoring(*settings.costs), limits.min_score)
    fails = (
        found.score < limits.min_score,
        identities(found) < np.float32(limits.min_identity),
        found.alignment_length < limits.min_overlap_bp,
    )
    first_reason = np.select(fails, range(len(REASONS)), len(REASONS))
    dropped = {reason: int((first_reason == i).sum()) for i, reason in enumerate(REASONS)}
    kept = np.flatnonzero(first_reason == len(REASONS))
    of_kept = candidates.rows(kept)
    return alignment_table(of_kept, reads, found.rows(kept)), dropped
