"""Align candidate pairs of reads: local alignment with affine gaps (Smith-Waterman-Gotoh).

In:  pairs.h5, the candidates; embeddings.h5, the bases; for PAF reads.parquet, the names.
Out: alignments, a folder of Parquet files with the pairs that pass all thresholds, and the same as
     PAF on request; counts JSON.

Scores are exact, except that pairs of reads above about 4,000 bp are aligned in a band along their
shared k-mers: where that is no proof, score_bound is an upper bound of the score (column of the
Parquet files, tag ub of the PAF lines).

The pairs are cut into tiles of a fixed number of DP-matrix cells. Each is one file of the folder,
written by the rank that aligns it. An interrupted run resumes from its finished tiles, which are in
--partial-dir.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.align.tiles import (
    REASONS,
    AlignmentCosts,
    AlignmentSettings,
    AlignmentThresholds,
    Tiles,
    align_tile,
    compile_kernels,
    has_long_pairs,
    tiles_of,
    unfinished_tiles,
)
from readkin.bases_on_node import bases_on_node, names_on_node
from readkin.command import argument_parser, existing_file, fraction, log, positive_int, run_command
from readkin.formats.alignment_parts import PartFolder
from readkin.formats.alignments import concatenate_gzip_files, gzipped_paf
from readkin.formats.counts import Flow, write_counts
from readkin.formats.embeddings import open_embeddings
from readkin.formats.memory_use import write_memory_use
from readkin.formats.pairs import CandidatePairs
from readkin.kernels.sequences.unpacking import PackedSequences
from readkin.kernels.smith_waterman.alignment import compile_long_kernels, dna_scoring
from readkin.parallel.measured_ranks import MeasuredRanks, summary
from readkin.parallel.mpi import Ranks, root_first, world
from readkin.parallel.peak_memory import PeakMemory
from readkin.progress import Progress


class ReadsToAlign(NamedTuple):
    """All reads: their bases, and their names if PAF is wanted."""

    bases: PackedSequences
    names: pa.LargeStringArray | None


class OutputPaths(NamedTuple):
    """Paths of the output, PAF only if wanted, and folder of the tiles of an unfinished run."""

    alignments: Path
    paf: Path | None
    partial_dir: Path


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("align_pairs", __doc__)
    add = parser.add_argument
    add("--pairs", type=existing_file, required=True, help="candidate pairs, HDF5")
    add("--embeddings", type=existing_file, required=True, help="HDF5 file of embed_reads")
    add("--match", type=int, required=True, help="score of two equal bases")
    add("--mismatch", type=int, required=True, help="score of two unequal bases, 0 or less")
    add("--gap-open", type=int, required=True, help="cost of the first base of a gap")
    add("--gap-extend", type=int, required=True, help="cost of each further base of a gap")
    add("--min-score", type=positive_int, required=True)
    add("--min-identity", type=fraction, required=True, help="matches / alignment length")
    add("--min-overlap-bp", type=positive_int, required=True, help="alignment length")
    add(
        "--mask-low-complexity",
        action="store_true",
        help="bases in stretches of one base or of short repeats do not count as overlap",
    )
    add(
        "--tile-megacells",
        type=positive_int,
        required=True,
        help="million DP-matrix cells",
    )
    add(
        "--partial-dir",
        type=Path,
        required=True,
        help="for unfinished tiles; removed at the end",
    )
    add("--alignments", type=Path, required=True, help="folder of Parquet files, one per tile")
    add("--paf", type=Path, help="the same as gzip-compressed PAF; needs --reads")
    add("--reads", type=existing_file, help="reads.parquet of embed_reads, for the names in PAF")
    add("--counts", type=Path, required=True, help="JSON")
    add("--memory-used", type=Path, help="JSON: peak memory on each node")
    add("--ranks", type=positive_int, default=1, help="number of MPI ranks started")
    arguments = parser.parse_args(argv)
    if arguments.paf and not arguments.reads:
        parser.error("--paf: needs --reads, for the names of the reads")
    costs = (getattr(arguments, name) for name in AlignmentCosts._fields)
    arguments.costs = AlignmentCosts(*costs)
    try:
        dna_scoring(*arguments.costs)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def align_pairs(
    pairs: CandidatePairs,
    reads: ReadsToAlign,
    settings: AlignmentSettings,
    tile_cells: int,
    paths: OutputPaths,
    ranks: Ranks,
) -> tuple[Flow | None, Tiles]:
    """Align all pairs on all ranks, each of which writes its own parts of the output.

    Returns:
        Counts of pairs, None on other ranks than 0; the tiles.
    """
    provenance = ranks.broadcast(settings.provenance(pairs) if ranks.is_root else None)
    bases, names = reads
    tiles = ranks.broadcast(tiles_of(pairs, bases.lengths, tile_cells) if ranks.is_root else None)
    folder = PartFolder(
        paths.partial_dir,
        provenance,
        tile_cells,
        parts=len(tiles.weights),
        with_text=names is not None,
    )
    remaining = ranks.broadcast(unfinished_tiles(folder) if ranks.is_root else None)
    cells = np.concatenate([[0], np.cumsum(tiles.weights[remaining])])
    queue = ranks.work_queue(len(remaining))
    with Progress("align", int(cells[-1]), "cells", ranks.is_root, rate="CUPS") as bar:
        for item in queue:
            bar.advance_to(int(cells[queue.finished]))
            tile = remaining[item]
            candidates = pairs.part(*tiles.bounds[tile : tile + 2])
            table, dropped = align_tile(candidates, bases, settings)
            folder.write(tile, table, dropped, None if names is None else gzipped_paf(table, names))
        bar.advance_to(int(cells[queue.finished]))
    ranks.barrier()
    if not ranks.is_root:
        return None, tiles
    return publish(folder, int(tiles.bounds[-1]), paths), tiles


def publish(folder: PartFolder, n_pairs: int, paths: OutputPaths) -> Flow:
    """Move all parts to their final folder, and join those of the PAF; return the counts."""
    if paths.paf:
        concatenate_gzip_files(paths.paf, map(folder.text_path, range(folder.parts)))
    left, dropped_of_parts = folder.publish(paths.alignments)
    folder.remove()
    dropped = Counter(dict.fromkeys(REASONS, 0))
    dropped.update(dropped_of_parts)
    return Flow("pairs", n_pairs, left, dropped)


def check_inputs(pairs_file: Path, embeddings_file: Path) -> None:
    """Check that both files are complete, and that the pairs belong to the embeddings.

    Raises:
        InputError: if not.
    """
    with (
        CandidatePairs(pairs_file, slice(0)) as pairs,
        open_embeddings(embeddings_file, slice(0)) as embeddings,
    ):
        pairs.check_embeddings(embeddings)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    paths = OutputPaths(arguments.alignments, arguments.paf, arguments.partial_dir)
    limits = AlignmentThresholds(
        arguments.min_score, arguments.min_identity, arguments.min_overlap_bp
    )
    ranks = MeasuredRanks(world(arguments.ranks))
    root_first(ranks, compile_kernels)
    if ranks.is_root:  # so that one rank alone reports a damaged file, or one of other reads
        check_inputs(arguments.pairs, arguments.embeddings)
    ranks.barrier()
    own_shards = slice(ranks.rank, None, ranks.size)
    with CandidatePairs(arguments.pairs, own_shards) as pairs, PeakMemory() as memory:
        reads = ReadsToAlign(bases_on_node(arguments.embeddings, ranks), None)
        if arguments.paf:
            fingerprint = pairs.fingerprints["reads_fingerprint"]
            reads = reads._replace(names=names_on_node(arguments.reads, fingerprint, ranks))
        if has_long_pairs(reads.bases):
            root_first(ranks, compile_long_kernels)
        settings = AlignmentSettings(arguments.costs, limits, arguments.mask_low_complexity)
        tile_cells = arguments.tile_megacells * 1_000_000
        flow, tiles = align_pairs(pairs, reads, settings, tile_cells, paths, ranks)
    costs = ranks.costs()
    write_memory_use(arguments.memory_used, memory.by_node(ranks))
    if flow is not None:
        log.info("%d of %d pairs kept", flow.left, flow.entered)
        log.info(summary(costs))
        details = {"cells": int(tiles.weights.sum()), "tiles": len(tiles.weights)}
        write_counts(arguments.counts, "align_pairs", [flow], details)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
