"""Reads of a small community as BAM, with their pieces: input of cluster_reads and later stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from readkin.formats.pieces import Pieces, write_pieces
from readkin.formats.reads import load_reads, reads_fingerprint
from support.genome_reads import write_bam
from support.some_pieces import some_pieces

READ_BP, FRAGMENT_BP, PIECE_BP = 100, 300, 6000
DIFFERENT_GC = (0.3, 0.5, 0.7)


@dataclass(frozen=True)
class Community:
    """Files and truth of a community.

    Attributes:
        bams: one for each sample; the units are s0.u, s1.u, ...
        pieces_file: pieces.h5.
        pieces: its content.
        genome: int64 (reads,), genome of each read.
    """

    bams: list[Path]
    pieces_file: Path
    pieces: Pieces
    genome: np.ndarray


def random_genome(length: int, gc: float, seed: int) -> np.ndarray:
    """Return random bases, uint8, with a fraction of G and C."""
    share = [(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]
    return np.random.default_rng(seed).choice(4, length, p=share).astype(np.uint8)


def write_community(
    folder: Path,
    genomes: Sequence[np.ndarray],
    depths: Sequence[Sequence[float]],
    shared: Sequence[int] = (),
    seed: int = 1,
) -> Community:
    """Write pairs of reads of genomes; each genome is cut into pieces, which no fragment crosses.

    Args:
        folder: of the files.
        genomes: bases.
        depths: of each genome in each sample.
        shared: genomes whose pieces are marked as shared sequence.
        seed: of the places of the fragments.
    """
    random = np.random.default_rng(seed)
    bams, rows = [], []
    for sample, of_sample in enumerate(depths):
        places = []
        for genome, (bases, depth) in enumerate(zip(genomes, of_sample, strict=True)):
            cuts = np.arange(0, len(bases) - FRAGMENT_BP, PIECE_BP)
            for cut in cuts.tolist():
                end = min(cut + PIECE_BP, len(bases))
                number = random.poisson(depth * (end - cut) / (2 * READ_BP))
                starts = random.integers(cut, end - FRAGMENT_BP + 1, number)
                places += [(genome, cut, int(start)) for start in starts]
        order = random.permutation(len(places))
        placed = [places[i] for i in order]
        rows += placed
        reads = [read for place in placed for read in _mates(genomes, place)]
        bams.append(write_bam(folder / f"s{sample}.bam", reads, True, f"s{sample}.u"))
    reads = load_reads(bams)
    pieces = _pieces(genomes, rows, shared, reads_fingerprint(reads))
    write_pieces(folder / "pieces.h5", pieces, {})
    genome = np.repeat(np.array([row[0] for row in rows], np.int64), 2)
    return Community(bams, folder / "pieces.h5", pieces, genome)


def _mates(genomes, place) -> tuple[str, str]:
    genome, _, start = place
    fragment = genomes[genome][start : start + FRAGMENT_BP]
    return _text(fragment[:READ_BP]), _text(3 - fragment[::-1][:READ_BP])


def _text(bases: np.ndarray) -> str:
    return "".join("ACGT"[base] for base in bases.tolist())


def _pieces(genomes, rows, shared, fingerprint) -> Pieces:
    """Return the pieces of fragments, as ``write_pieces`` stores them."""
    names = sorted({row[:2] for row in rows})
    index = {name: number for number, name in enumerate(names)}
    of_fragment = np.array([index[row[:2]] for row in rows], np.int64)
    order = np.lexsort((_first(of_fragment, len(names)), -np.bincount(of_fragment)))
    number = np.empty(len(names), np.int64)
    number[order] = np.arange(len(names))
    start = np.array([row[2] for row in rows], np.int64)
    low = np.full(len(names), 1 << 40)
    np.minimum.at(low, of_fragment, start)
    high = np.zeros(len(names), np.int64)
    np.maximum.at(high, of_fragment, start + FRAGMENT_BP)
    position = (start - low[of_fragment])[:, None] + [0, FRAGMENT_BP - READ_BP]
    piece = np.repeat(number[of_fragment], 2)
    chosen = [(names[old][0], low[old], high[old]) for old in order.tolist()]
    is_shared_piece = np.isin([genome for genome, *_ in chosen], list(shared))
    consensus = [genomes[genome][start:end] for genome, start, end in chosen]
    none = np.zeros(0, np.uint32)
    return some_pieces(
        piece=piece.astype(np.uint32),
        position=position.ravel().astype(np.int32),
        is_forward=np.tile([True, False], len(rows)),
        is_shared=is_shared_piece[piece],
        span=(high - low)[order].astype(np.uint32),
        bases=(np.bincount(piece, minlength=len(names)) * READ_BP).astype(np.uint64),
        is_shared_piece=is_shared_piece.astype(bool),
        consensus=np.concatenate([*consensus, np.zeros(0, np.uint8)]),
        **{f"contact_{name}": none for name in ("a", "b", "alignments", "against", "unclear")},
        **{f"link_{name}": none for name in ("a", "b", "count")},
        link_is_flipped=np.zeros(0, bool),
        link_shift=np.zeros(0, np.int64),
        reads_fingerprint=fingerprint,
    )


def _first(of_fragment: np.ndarray, n_pieces: int) -> np.ndarray:
    """Return the first fragment of each piece."""
    first = np.full(n_pieces, len(of_fragment))
    np.minimum.at(first, of_fragment, np.arange(len(of_fragment)))
    return first
