"""Sequences of pieces as FASTA, and as a graph in GFA 1 (https://gfa-spec.github.io/GFA-spec).

Each piece is one record or segment. Links are bundles of mates, which show which ends face each
other and how far apart they are, but no common sequence: the overlap field is ``*``, and the tag
``gd`` has the estimated distance. One pair of mates alone, which may be chimeric, is no link, and
neither are mates that place one piece upon another instead of beside it. Jump lines of GFA 1.2
would contain the same, but Bandage 0.9 skips them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.formats.atomic_write import atomic_gzip, atomic_write
from readkin.formats.fasta import decode
from readkin.formats.pieces import Pieces

MIN_MATES = 2  # that a link needs


class PieceLinks(NamedTuple):
    """Links in the form of GFA: the end of the first segment faces the begin of the second.

    Attributes:
        first, second: uint32 (links,), pieces.
        first_is_reverse, second_is_reverse: bool (links,), whether the reverse complement of the
            piece takes part.
        distance: int64 (links,), estimated bases between the two; negative if they overlap.
        mates: uint32 (links,), pairs of mates that show this.
    """

    first: np.ndarray
    first_is_reverse: np.ndarray
    second: np.ndarray
    second_is_reverse: np.ndarray
    distance: np.ndarray
    mates: np.ndarray


def piece_name(piece: int) -> str:
    """Return the name of a piece in FASTA, GFA and tables."""
    return f"piece_{piece}"


def write_piece_fasta(path: Path, pieces: Pieces, chosen: np.ndarray) -> None:
    """Write the consensus of the pieces ``chosen``, int64 (n,), as FASTA, compressed by gzip.

    The header contains number of reads, depth, and whether the sequence is shared by several
    places.
    """
    with atomic_gzip(path) as file:
        for piece, sequence, depth in _rows(pieces, chosen):
            shared = "yes" if pieces.is_shared_piece[piece] else "no"
            reads = pieces.n_reads[piece]
            header = f">{piece_name(piece)} reads={reads} depth={depth:.2f} shared={shared}"
            file.write(f"{header}\n{sequence}\n".encode("ascii"))


def write_piece_graph(path: Path, pieces: Pieces, chosen: np.ndarray) -> int:
    """Write the pieces ``chosen``, int64 (n,), and the links between them as GFA 1.

    Segments have the tags LN (bp), RC (reads), dp (depth) and sh (1 for shared sequence); links
    FC (mates) and gd (estimated distance, bp).

    Returns:
        Number of links.
    """
    links = links_between(pieces, chosen)
    with atomic_write(path) as temporary, temporary.open("w", encoding="ascii") as file:
        file.write("H\tVN:Z:1.0\n")
        for piece, sequence, depth in _rows(pieces, chosen):
            tags = f"LN:i:{len(sequence)}\tRC:i:{pieces.n_reads[piece]}\tdp:f:{depth:.2f}"
            shared = int(pieces.is_shared_piece[piece])
            file.write(f"S\t{piece_name(piece)}\t{sequence}\t{tags}\tsh:i:{shared}\n")
        for row in zip(*(column.tolist() for column in links), strict=True):
            file.write(_link_line(*row))
    return len(links.mates)


def links_between(pieces: Pieces, chosen: np.ndarray) -> PieceLinks:
    """Return the links whose pieces are both in ``chosen``, int64 (n,).

    The pieces of a link overlap by less than the length of a fragment.
    """
    is_chosen = np.zeros(len(pieces), bool)
    is_chosen[chosen] = True
    kept = is_chosen[pieces.link_a] & is_chosen[pieces.link_b] & (pieces.link_count >= MIN_MATES)
    a, b = pieces.link_a[kept], pieces.link_b[kept]
    is_flipped, shift = pieces.link_is_flipped[kept], pieces.link_shift[kept]
    span_a, span_b = pieces.span[a].astype(np.int64), pieces.span[b].astype(np.int64)
    start_of_b = np.where(is_flipped, shift - span_b, shift)  # on the axis of a
    is_after = 2 * start_of_b + span_b >= span_a  # the middle of b lies behind that of a
    links = PieceLinks(
        first=np.where(is_after, a, b),
        first_is_reverse=~is_after & is_flipped,
        second=np.where(is_after, b, a),
        second_is_reverse=is_after & is_flipped,
        distance=np.where(is_after, start_of_b - span_a, -(start_of_b + span_b)),
        mates=pieces.link_count[kept],
    )
    is_beside = links.distance > -pieces.fragment_length
    return PieceLinks(*(column[is_beside] for column in links))


def _rows(pieces: Pieces, chosen: np.ndarray) -> Iterator[tuple[int, str, float]]:
    """Yield number, consensus and depth of each piece."""
    depth, bounds = pieces.depth, pieces.consensus_offsets
    for piece in chosen.tolist():
        bases = pieces.consensus[bounds[piece] : bounds[piece + 1]]
        yield piece, decode(bases), float(depth[piece])


def _link_line(
    first: int,
    first_is_reverse: bool,
    second: int,
    second_is_reverse: bool,
    distance: int,
    mates: int,
) -> str:
    ends = [
        f"{piece_name(piece)}\t{'-' if is_reverse else '+'}"
        for piece, is_reverse in ((first, first_is_reverse), (second, second_is_reverse))
    ]
    return "\t".join(["L", *ends, "*", f"FC:i:{mates}", f"gd:i:{distance}\n"])
