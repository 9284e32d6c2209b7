"""Simulated communities: TSV tables of genomes with their abundances and FASTA files."""

import math
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from readkin.errors import InputError
from readkin.formats.fasta import read_fasta

COLUMNS = ("genome", "fasta", "abundance", "shape")
SHAPES = ("linear", "circular")


class Genome(NamedTuple):
    """One member of a community.

    Attributes:
        name: name in the truth table.
        bases: uint8 (length,), base codes as in ``formats.fasta``.
        abundance: copies of this genome relative to the others; > 0.
        is_circular: whether fragments may span the end and the start of the sequence.
    """

    name: str
    bases: np.ndarray
    abundance: float
    is_circular: bool


def read_community(path: Path) -> list[Genome]:
    """Read a community and its sequences.

    The table is tab-separated with the columns genome, fasta (path relative to the table, of a file
    with one sequence), abundance and shape (linear or circular), in any order. Lines that start
    with ``#`` are comments.

    Raises:
        InputError: if the table or a sequence is invalid; it contains the file and the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        _refuse(str(path), "bytes that are not UTF-8", "a TSV table")
    genomes: list[Genome] = []
    header: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        where, cells = f"{path}:{number}", line.split("\t")
        if not line.strip() or line.startswith("#"):
            continue
        if header is None:
            header = _checked_header(where, cells)
            continue
        if len(cells) != len(header):
            _refuse(where, f"{len(cells)} cells", f"{len(header)}, one per column")
        genome = _genome(where, Path(path).parent, dict(zip(header, cells, strict=True)))
        if any(genome.name == other.name for other in genomes):
            _refuse(where, f"genome {genome.name} again", "each genome once")
        genomes.append(genome)
    if not genomes:
        _refuse(str(path), "no genome", "a header line and at least one genome")
    return genomes


def _checked_header(where: str, cells: list[str]) -> list[str]:
    if sorted(cells) != sorted(COLUMNS):
        _refuse(where, f"columns {', '.join(cells)}", f"columns {', '.join(COLUMNS)}")
    return cells


def _genome(where: str, folder: Path, row: dict[str, str]) -> Genome:
    name = row["genome"]
    if not name or not name.isprintable() or " " in name:
        _refuse(where, f"genome {name!r}", "a name without spaces")
    abundance = _abundance(where, row["abundance"])
    if row["shape"] not in SHAPES:
        _refuse(where, f"shape {row['shape']!r}", " or ".join(SHAPES))
    fasta = folder / row["fasta"]
    if not fasta.is_file():
        _refuse(where, f"fasta {row['fasta']}, which does not exist", f"a file in {folder}")
    records = read_fasta(fasta)
    if len(records) != 1:
        _refuse(where, f"{len(records)} sequences in {fasta}", "one sequence per genome")
    return Genome(name, records[0].bases, abundance, row["shape"] == "circular")


def _abundance(where: str, text: str) -> float:
    try:
        abundance = float(text)
    except ValueError:
        abundance = math.nan
    if not 0 < abundance < math.inf:
        _refuse(where, f"abundance {text!r}", "a number above 0")
    return abundance


def _refuse(where: str, found: str, expected: str) -> NoReturn:
    raise InputError(where, found, expected, "correct the community table")
