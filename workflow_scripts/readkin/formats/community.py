"""Simulated communities: TSV tables of genomes with their abundances and FASTA files."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar

import numpy as np

from readkin.errors import InputError
from readkin.formats.fasta import FastaRecord, read_fasta

COLUMNS = ("genome", "fasta", "abundance", "shape")
ABUNDANCE = "abundance"
COPIES = "copies"  # optional column
SHAPES = ("linear", "circular")
SAMPLE_NAME = "[A-Za-z0-9_-]+"
HIGHEST_NUMBER = 1e12  # of abundances and copies, so that no sum overflows
NAMES_SHOWN = 5

Value = TypeVar("Value")


class GenomeSequence(NamedTuple):
    """A chromosome, plasmid or contig of a genome.

    Attributes:
        name: name in the FASTA file and in the truth table.
        bases: uint8 (length,), base codes as in ``formats.fasta``.
        is_circular: whether fragments may span the end and the start of the sequence.
        copies: copies in each copy of the genome; > 0.
    """

    name: str
    bases: np.ndarray
    is_circular: bool
    copies: float


class Genome(NamedTuple):
    """One member of a community.

    Attributes:
        name: name in the truth table.
        sequences: at least one, with different names.
        abundance: copies of this genome relative to the others, one number for each sample of the
            table (or one for all samples); at least one is above 0.
    """

    name: str
    sequences: tuple[GenomeSequence, ...]
    abundance: tuple[float, ...]


class Community(NamedTuple):
    """Genomes and their abundances.

    Attributes:
        genomes: at least one, with different names.
        samples: samples with abundances of their own; empty if one column is for all samples.
    """

    genomes: tuple[Genome, ...]
    samples: tuple[str, ...]


def read_community(path: Path) -> Community:
    """Read a community and its sequences.

    The table is tab-separated, with columns in any order; lines that start with ``#`` are comments:

    - genome: a name;
    - fasta: path relative to the table, of a file with all sequences of the genome;
    - abundance: a number above 0; or instead a column abundance:SAMPLE for each sample, of numbers
      of at least 0;
    - shape: linear or circular, for all sequences; of single ones after commas:
      ``linear,chromosome=circular``;
    - copies (optional): copies of the sequences in each copy of the genome, in the same form:
      ``1,plasmid=12``; 1 by default.

    Raises:
        InputError: if the table or a sequence is invalid; it contains the file and the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
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
    if header is None or not genomes:
        _refuse(str(path), "no genome", "a header line and at least one genome")
    samples = _samples(header)
    for column, sample in enumerate(samples):
        if not any(genome.abundance[column] for genome in genomes):
            _refuse(str(path), f"only zeros in {ABUNDANCE}:{sample}", "at least one genome")
    return Community(tuple(genomes), samples)


def _checked_header(where: str, cells: list[str]) -> list[str]:
    samples = _samples(cells)
    for sample in samples:
        if not re.fullmatch(SAMPLE_NAME, sample):
            _refuse(where, f"sample {sample!r}", "a name of letters, digits, _ and -")
    general = [cell for cell in cells if not cell.startswith(f"{ABUNDANCE}:") and cell != COPIES]
    wanted = [column for column in COLUMNS if column != ABUNDANCE or not samples]
    if sorted(general) != sorted(wanted) or len(set(cells)) < len(cells):
        expected = f"columns {', '.join(COLUMNS)} (or {ABUNDANCE}:SAMPLE ...), {COPIES} if needed"
        _refuse(where, f"columns {', '.join(cells)}", expected)
    return cells


def _samples(header: list[str]) -> tuple[str, ...]:
    return tuple(c.partition(":")[2] for c in header if c.startswith(f"{ABUNDANCE}:"))


def _genome(where: str, folder: Path, row: dict[str, str]) -> Genome:
    name = row["genome"]
    if not name or not name.isprintable() or " " in name:
        _refuse(where, f"genome {name!r}", "a name without spaces")
    abundance = _abundances(where, row)
    fasta = folder / row["fasta"]
    if not fasta.is_file():
        _refuse(where, f"fasta {row['fasta']}, which does not exist", f"a file in {folder}")
    for sequence, cell in _cells(where, row["shape"]).items():
        _shape(where, sequence, cell)  # before the sequences are read
    records = read_fasta(fasta)
    _check_names(fasta, records)
    names = [record.name for record in records]
    shapes = _by_sequence(where, fasta, names, _cells(where, row["shape"]), _shape)
    cells = {"": "1"} | _cells(where, row.get(COPIES, ""))
    copies = _by_sequence(where, fasta, names, cells, _copies)
    return Genome(
        name,
        tuple(GenomeSequence(r.name, r.bases, shapes[r.name], copies[r.name]) for r in records),
        abundance,
    )


def _check_names(fasta: Path, records: list[FastaRecord]) -> None:
    names: set[str] = set()
    for number, record in enumerate(records, start=1):
        if record.name in names:
            where, found = f"{fasta}: record {number}", f"sequence {record.name} again"
            raise InputError(where, found, "a different name for each sequence", "rename it")
        names.add(record.name)


def _cells(where: str, cell: str) -> dict[str, str]:
    """Split a cell ``VALUE,NAME=VALUE,...``; the value without a name has the name ""."""
    values: dict[str, str] = {}
    for item in cell.split(",") if cell else ():
        name, _, value = item.strip().rpartition("=")
        if name.strip() in values:
            _refuse(where, f"{cell!r} with two values for one sequence", "VALUE,NAME=VALUE,...")
        values[name.strip()] = value.strip()
    return values


def _by_sequence(
    where: str,
    fasta: Path,
    names: list[str],
    cells: dict[str, str],
    convert: Callable[[str, str, str], Value],
) -> dict[str, Value]:
    """Return the value of each sequence of a FASTA file."""
    values = {name: convert(where, name, text) for name, text in cells.items()}
    unknown = [name for name in values if name and name not in names]
    if unknown:
        shown = ", ".join(names[:NAMES_SHOWN]) + (" ..." if len(names) > NAMES_SHOWN else "")
        _refuse(where, f"sequence {unknown[0]}, which {fasta} does not contain", shown)
    without = [name for name in names if name not in values]
    if without and "" not in values:
        _refuse(where, f"no value for {without[0]} of {fasta}", "VALUE,NAME=VALUE,...")
    return {name: values[name] if name in values else values[""] for name in names}


def _shape(where: str, name: str, text: str) -> bool:
    if text not in SHAPES:
        of = f" of {name}" if name else ""
        _refuse(where, f"shape {text!r}{of}", " or ".join(SHAPES))
    return text == "circular"


def _copies(where: str, name: str, text: str) -> float:
    of = f" of {name}" if name else ""
    return _number(where, f"{COPIES} {text!r}{of}", text)


def _abundances(where: str, row: dict[str, str]) -> tuple[float, ...]:
    """Return the abundances of one genome, in the order of the columns."""
    if ABUNDANCE in row:
        return (_number(where, f"{ABUNDANCE} {row[ABUNDANCE]!r}", row[ABUNDANCE]),)
    cells = {name: row[name] for name in row if name.startswith(f"{ABUNDANCE}:")}
    numbers = tuple(_number(where, f"{name} {cells[name]!r}", cells[name], True) for name in cells)
    if not any(numbers):
        _refuse(where, f"genome {row['genome']} in no sample", "an abundance above 0")
    return numbers


def _number(where: str, found: str, text: str, may_be_zero: bool = False) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= HIGHEST_NUMBER or (number == 0 and not may_be_zero):
        lowest = "of at least 0" if may_be_zero else "above 0"
        _refuse(where, found, f"a number {lowest} and at most {HIGHEST_NUMBER:g}")
    return number


def _refuse(where: str, found: str, expected: str) -> NoReturn:
    raise InputError(where, found, expected, "correct the community table")
