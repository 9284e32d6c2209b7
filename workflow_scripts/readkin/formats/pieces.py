"""Pieces in HDF5: sets of reads that lie beside each other in one genome, each with its layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.hdf5_files import add_array, create, open_checked
from readkin.formats.hdf5_schema import PIECES

REMEDY = f"make it again with {PIECES.stage}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """n reads in p pieces, numbered from 0 by falling number of reads.

    Of pieces with equally many reads the one with the smallest read_index comes first. Every read
    is in one piece; a lone read is a piece of its own. A piece has an axis, which begins at its
    first base.

    Attributes:
        piece: uint32 (n,), piece of each read.
        position: int32 (n,), first base of the read on the axis; -1 for a read that is not laid
            out: its own sequence shows no place, and it follows its mate.
        is_forward: bool (n,), whether the read runs along the axis.
        is_shared: bool (n,), whether the read lies in sequence that several places have in common
            and its mate does not decide between them.
        is_shared_piece: bool (p,), whether several places have the sequence in common.
        contact_a, contact_b: uint32 (contacts,), two pieces with alignments between their reads,
            a below b, in ascending order.
        contact_alignments: uint32 (contacts,), alignments between the two.
        contact_against: uint32 (contacts,), those that show different sequence.
        contact_unclear: uint32 (contacts,), those that end before a site where their kin differ.
        link_a, link_b: uint32 (links,), two pieces that mates link without joining them, a below
            b, in ascending order.
        link_count: uint32 (links,), mates that place the two pieces alike; the best bundle of each
            pair.
        link_is_flipped: bool (links,), whether their axes run in opposite directions.
        link_shift: int64 (links,), bound p between bases of b is ``shift + p`` on the axis of a,
            ``shift - p`` if flipped, bp.
        fragment_length, fragment_spread: median length of the fragments of mates, and 1.48 times
            its median absolute deviation, bp.
    """

    piece: np.ndarray
    position: np.ndarray
    is_forward: np.ndarray
    is_shared: np.ndarray
    is_shared_piece: np.ndarray
    contact_a: np.ndarray
    contact_b: np.ndarray
    contact_alignments: np.ndarray
    contact_against: np.ndarray
    contact_unclear: np.ndarray
    link_a: np.ndarray
    link_b: np.ndarray
    link_count: np.ndarray
    link_is_flipped: np.ndarray
    link_shift: np.ndarray
    fragment_length: float
    fragment_spread: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Pieces(Layout):
    """A layout with what is computed from it.

    Attributes:
        span: uint32 (p,), length of the layout, bp.
        bases: uint64 (p,), bases of the reads that are laid out.
        consensus: uint8 (sum of ``span``,), A 0, C 1, G 2, T 3; 4 where no read has a known base.
        fingerprint: hash of settings, input and code.
        reads_fingerprint: fingerprint of the reads (formats.reads).
    """

    span: np.ndarray
    bases: np.ndarray
    consensus: np.ndarray
    fingerprint: str
    reads_fingerprint: str

    def __len__(self) -> int:
        return len(self.span)

    @cached_property
    def n_reads(self) -> np.ndarray:
        """Number of reads of each piece, int64 (p,)."""
        return np.bincount(self.piece, minlength=len(self))

    @cached_property
    def consensus_offsets(self) -> np.ndarray:
        """Bounds of the pieces in ``consensus``, int64 (p + 1,)."""
        return np.concatenate([[0], np.cumsum(self.span, dtype=np.int64)])

    @property
    def depth(self) -> np.ndarray:
        """Reads that cover a base on average, float64 (p,); 0 for an empty span."""
        return self.bases / np.maximum(self.span, 1)


def write_pieces(path: Path, pieces: Pieces, parameters: Mapping[str, Any]) -> None:
    """Write pieces; ``parameters`` are the settings that determine them."""
    with (
        atomic_write(path) as temporary,
        create(temporary, PIECES, parameters, pieces.fingerprint) as file,
    ):
        for attribute in PIECES.attributes:
            file.attrs[attribute.name] = getattr(pieces, attribute.name)
        for declared in PIECES.datasets:
            add_array(file, PIECES, declared.name, getattr(pieces, declared.name))


def read_pieces(path: Path) -> Pieces:
    """Read a file that ``write_pieces`` wrote.

    Raises:
        InputError: if the file is damaged, or has another format, version or fingerprint.
    """
    with open_checked(path, PIECES) as file:
        arrays = {declared.name: file[declared.name][:] for declared in PIECES.datasets}
        values = {attribute.name: file.attrs[attribute.name] for attribute in PIECES.attributes}
        values["fingerprint"] = file.attrs["fingerprint"]
    for name in arrays:
        if "is_" in name:
            arrays[name] = arrays[name].astype(bool)
    pieces = Pieces(**arrays, **values)
    _check_numbers(path, pieces)
    return pieces


def check_reads(path: Path, pieces: Pieces, fingerprint: str) -> None:
    """Check that pieces read from ``path`` are of the reads with this hash.

    Raises:
        InputError: if they are of other reads.
    """
    found = pieces.reads_fingerprint
    if found != fingerprint:
        remedy = f"provide the BAM files of the pieces, in sheet order, or {REMEDY}"
        key = f"{path}:reads_fingerprint"
        raise InputError(key, found, f"that of the BAM files, {fingerprint}", remedy)


def _check_numbers(path: Path, pieces: Pieces) -> None:
    """Check that numbers of pieces are below the number of pieces, and spans those of bases."""
    for name in ("piece", "contact_a", "contact_b", "link_a", "link_b"):
        numbers = getattr(pieces, name)
        if numbers.size and numbers.max() >= len(pieces):
            expected = f"pieces below {len(pieces)}"
            raise InputError(f"{path}:{name}", f"piece {numbers.max()}", expected, REMEDY)
    bases = int(pieces.consensus_offsets[-1])
    if bases != pieces.consensus.size:
        found = f"{pieces.consensus.size} bases"
        raise InputError(f"{path}:consensus", found, f"{bases}, the sum of span", REMEDY)
