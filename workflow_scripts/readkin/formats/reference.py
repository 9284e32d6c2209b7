"""Reference genomes: FASTA files whose records a BAM file can name and index."""

import re
from collections.abc import Iterator
from pathlib import Path

from readkin.formats.sequence_records import FASTA_ONLY, refuse
from readkin.formats.sequences import IUPAC_DNA, CodedPiece, coded_pieces

# SAM specification v1, section 1.2.1
NAME = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
MAX_CONTIG_BP = 2**31 - 1  # positions in BAM are signed 32-bit integers
MAX_BAI_BP = 2**29  # what a BAI index covers (SAM specification v1, section 5)
LETTERS = bytes.maketrans(bytes(range(len(IUPAC_DNA))), IUPAC_DNA.encode())


def check_reference(path: Path) -> None:
    """Check every record of a reference.

    Raises:
        InputError: as ``_checked_pieces``.
    """
    for _ in _checked_pieces(path):
        pass


def write_plain_reference(path: Path, target: Path) -> dict[str, int]:
    """Write the checked records of a reference, one line per sequence, for minimap2.

    minimap2 reads neither bz2 nor xz, and takes white space and headers within a sequence as bases.

    Returns:
        Length of each contig in bp, by name, in order.

    Raises:
        InputError: as ``_checked_pieces``.
    """
    lengths: dict[str, int] = {}
    with target.open("wb") as file:
        for piece in _checked_pieces(path):
            if piece.name not in lengths:
                file.write(b"\n" * bool(lengths) + b">%s\n" % piece.name.encode())
            lengths[piece.name] = lengths.get(piece.name, 0) + len(piece.codes)
            file.write(piece.codes.translate(LETTERS))
        file.write(b"\n")
    return lengths


def _checked_pieces(path: Path) -> Iterator[CodedPiece]:
    """Yield the bases of all records, in pieces.

    Raises:
        InputError: as ``coded_pieces``, or if SAM does not allow a name or a length.
    """
    name, length = "", 0
    for piece in coded_pieces(path, IUPAC_DNA, FASTA_ONLY):
        if piece.name != name:
            name, length = piece.name, 0
            _check_name(path, piece.header_line, name)
        length += len(piece.codes)
        if length > MAX_CONTIG_BP:
            found = f"more than {MAX_CONTIG_BP:,} bp in {name}"
            expected = "a length that a BAM file can store"
            refuse(path, piece.header_line, found, expected, "split the sequence")
        yield piece


def _check_name(path: Path, line: int, name: str) -> None:
    if not NAME.fullmatch(name):
        ends = range(1, len(name) + 1)
        wrong = next(name[end - 1] for end in ends if not NAME.fullmatch(name[:end]))
        found = f"{wrong!r} in the name {name}"
        expected = "a name that SAM allows: no comma, quote or bracket, no leading * or ="
        refuse(path, line, found, expected, "rename the record")
