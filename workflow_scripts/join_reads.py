"""Join reads to pieces: stretches of one genome, each with its layout and consensus.

In:  folder of alignments; pairs.h5, for reads with equal bases; the unaligned BAMs of all units, in
     sheet order, with qualities and mates.
Out: pieces.h5, the piece and position of each read; pieces.fasta.gz, the consensus of the longer
     pieces; pieces.gfa, the same with links by mates; counts JSON.

Two reads are joined by an overlap whose differences sequencing errors explain, unless other reads
show that they come from different places. Mates join pieces where several agree. Sequence that
several places have in common is kept in pieces of its own.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from readkin.command import (
    argument_parser,
    existing_file,
    existing_folder,
    log,
    non_negative_float,
    positive_int,
    run_command,
)
from readkin.formats.alignment_parts import AlignmentFolder, open_alignments
from readkin.formats.counts import Flow, write_counts
from readkin.formats.memory_use import write_memory_use
from readkin.formats.metric import metric_fingerprint
from readkin.formats.pairs import CandidatePairs
from readkin.formats.piece_sequences import write_piece_fasta, write_piece_graph
from readkin.formats.pieces import Pieces, write_pieces
from readkin.parallel.measured_ranks import MeasuredRanks, summary
from readkin.parallel.mpi import Ranks, root_first, world
from readkin.parallel.peak_memory import PeakMemory
from readkin.pieces import consensus, layout
from readkin.pieces.compiling import compile_kernels
from readkin.pieces.inputs import OverlapFiles, load_copies
from readkin.pieces.residue_reads import ResidueReads, load_residues
from readkin.pieces.rules import PieceRules
from readkin.provenance import fingerprint_of

MIN_SEQUENCE_BP = 500
"""Shortest piece in FASTA and GFA."""


class InputPaths(NamedTuple):
    """Paths of the input beside the BAM files."""

    alignments: Path
    pairs: Path


class Kin(NamedTuple):
    """Alignments and copies of reads.

    Attributes:
        overlaps: the alignments of reads that are no copies.
        copy_of: int64 (reads,), the earlier read with equal bases, -1 for all other reads.
        n_alignments: number of all alignments.
        fingerprints: of the files, by name.
    """

    overlaps: OverlapFiles
    copy_of: np.ndarray
    n_alignments: int
    fingerprints: dict[str, str]


class OutputPaths(NamedTuple):
    """Paths of the output."""

    pieces: Path
    fasta: Path
    gfa: Path


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("join_reads", __doc__)
    add = parser.add_argument
    add("--alignments", type=existing_folder, required=True, help="folder, of align_pairs")
    add("--pairs", type=existing_file, required=True, help="HDF5, of find_pairs")
    add("--bam", type=existing_file, nargs="+", required=True, help="unaligned BAM of each unit")
    add("--min-overlap-bp", type=positive_int, required=True, help="alignment length")
    add(
        "--max-evidence",
        type=non_negative_float,
        required=True,
        help="that two overlapping reads differ, -log10 of the probability of errors alone",
    )
    add("--pieces", type=Path, required=True, help="HDF5")
    add(
        "--fasta",
        type=Path,
        required=True,
        help=f"gzip-compressed FASTA of pieces of {MIN_SEQUENCE_BP} bp or more",
    )
    add("--gfa", type=Path, required=True, help="these pieces as a graph")
    add("--counts", type=Path, required=True, help="JSON")
    add("--memory-used", type=Path, help="JSON: peak memory on each node")
    add("--ranks", type=positive_int, default=1, help="number of MPI ranks started")
    return parser.parse_args(argv)


def join_reads(
    reads: ResidueReads, kin: Kin, rules: PieceRules, fingerprint: str, ranks: Ranks
) -> Pieces | None:
    """Find the pieces; all ranks must call it.

    Args:
        reads: all reads.
        kin: alignments and copies of these reads.
        rules: thresholds.
        fingerprint: hash of rules, input and code.
        ranks: all ranks.

    Returns:
        The pieces on the root, None elsewhere.
    """
    found = layout.find_pieces(reads, kin.overlaps.load, kin.copy_of, rules, ranks)
    return consensus.pieces_of(found, reads, fingerprint, ranks)


def load_kin(inputs: InputPaths, reads: ResidueReads, ranks: Ranks) -> Kin:
    """Open the alignments and read the copies; all ranks must call it.

    Raises:
        InputError: if they belong to other reads.
    """
    checked = ranks.broadcast(check_inputs(inputs, reads) if ranks.is_root else None)
    alignments, fingerprints = checked
    copy_of = load_copies(inputs.pairs, len(reads))
    overlaps = OverlapFiles(alignments, copy_of, ranks)
    return Kin(overlaps, copy_of, alignments.rows, fingerprints)


def check_inputs(inputs: InputPaths, reads: ResidueReads) -> tuple[AlignmentFolder, dict[str, str]]:
    """Check that the files belong to these reads.

    Returns:
        The alignments; fingerprints of alignments and pairs by name.

    Raises:
        InputError: if they belong to other reads.
    """
    with CandidatePairs(inputs.pairs) as pairs:
        pairs.check_reads(len(reads), reads.fingerprint)
        of_pairs = pairs.fingerprints["pairs_fingerprint"]
    alignments = open_alignments(inputs.alignments)
    alignments.check_reads(reads.fingerprint)
    return alignments, {"pairs": of_pairs, "alignments": alignments.fingerprint}


def write_output(
    pieces: Pieces, parameters: Mapping[str, Any], paths: OutputPaths
) -> dict[str, int]:
    """Write all files; return numbers of sequences and links."""
    write_pieces(paths.pieces, pieces, parameters)
    long = np.flatnonzero(pieces.span >= MIN_SEQUENCE_BP)
    write_piece_fasta(paths.fasta, pieces, long)
    links = write_piece_graph(paths.gfa, pieces, long)
    return {"sequences": len(long), "links between sequences": links}


def flows_of(pieces: Pieces, n_alignments: int, n_of_copies: int) -> list[Flow]:
    """Return the counts of reads and of alignments, some of which are those of copies."""
    reads = pieces.piece.size
    between, differing, unclear = (
        int(numbers.sum(dtype=np.int64))
        for numbers in (pieces.contact_alignments, pieces.contact_against, pieces.contact_unclear)
    )
    dropped = {
        "of copies, which follow the first read with their bases": n_of_copies,
        "between pieces: different sequence": differing,
        "between pieces: unclear": unclear,
        "between pieces: not sufficient to join them": between - differing - unclear,
    }
    return [
        Flow("reads", reads, reads),
        Flow("kin pairs", n_alignments, n_alignments - n_of_copies - between, dropped),
    ]


def details_of(pieces: Pieces) -> dict[str, Any]:
    """Return numbers of pieces for the report."""
    return {
        "pieces": len(pieces),
        "pieces of one read": int((pieces.n_reads == 1).sum()),
        "largest piece, reads": int(pieces.n_reads.max(initial=0)),
        "N50, reads": n50(pieces.n_reads),
        "N50, bp": n50(pieces.span),
        "longest piece, bp": int(pieces.span.max(initial=0)),
        "shared pieces": int(pieces.is_shared_piece.sum()),
        "reads in shared pieces": int(pieces.is_shared.sum()),
        "reads placed by their mate alone": int((pieces.position < 0).sum()),
        "bundles of mates that join nothing": len(pieces.link_count),
        "fragment length, bp": round(pieces.fragment_length, 1),
        "fragment spread, bp": round(pieces.fragment_spread, 1),
    }


def n50(sizes: np.ndarray) -> int:
    """Return the largest size such that items of at least that size hold half of the total."""
    falling = np.sort(sizes)[::-1].astype(np.int64)
    ends = np.cumsum(falling)
    return int(falling[np.searchsorted(ends, ends[-1] / 2)]) if falling.size else 0


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    ranks = MeasuredRanks(world(arguments.ranks))
    root_first(ranks, compile_kernels)
    rules = PieceRules(min_overlap_bp=arguments.min_overlap_bp, max_evidence=arguments.max_evidence)
    parameters = asdict(rules)
    with PeakMemory() as memory:
        reads = load_residues(arguments.bam, ranks)
        kin = load_kin(InputPaths(arguments.alignments, arguments.pairs), reads, ranks)
        code = layout.__file__, consensus.__file__
        inputs = kin.fingerprints | {"metric_fingerprint": metric_fingerprint()}
        fingerprint = fingerprint_of(parameters | inputs, *code)
        pieces = join_reads(reads, kin, rules, fingerprint, ranks)
        if pieces is not None:
            paths = OutputPaths(arguments.pieces, arguments.fasta, arguments.gfa)
            written = write_output(pieces, parameters, paths)
    costs = ranks.costs()
    write_memory_use(arguments.memory_used, memory.by_node(ranks))
    if pieces is not None:
        log.info("%d reads in %d pieces", len(reads), len(pieces))
        log.info(summary(costs))
        n_of_copies = kin.n_alignments - len(kin.overlaps)
        flows = flows_of(pieces, kin.n_alignments, n_of_copies)
        write_counts(arguments.counts, "join_reads", flows, details_of(pieces) | written)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
