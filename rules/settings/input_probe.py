"""A first look at input files: there, of the right kind, first records sound.

Reads the first block of each file and no more than the first record needs; trim_reads reads
everything and checks all records.
"""

import re
from pathlib import Path
from typing import NamedTuple

from readkin.formats.truth_columns import TRUTH_COLUMNS
from readkin.mates import mate_mismatch
from rules.settings.error_list import Problem, did_you_mean
from rules.settings.first_lines import MAX_BYTES, first_lines

DEMO_FOLDER = "demo"
"""Where `make demo` puts its reads."""

_SAM_HEADERS = (b"@HD\t", b"@SQ\t", b"@RG\t", b"@PG\t", b"@CO\t")


class FastqStart(NamedTuple):
    """First header line of a FASTQ file: its first word without @, and the rest."""

    name: str
    comment: str


def missing_file(path: str, kind: str, base_dir: Path, sheet_dir: Path | None = None) -> Problem:
    """Say that ``path`` is no file, and the likeliest cure."""
    full = base_dir / path
    expected = f"an existing {kind} file"
    if full.is_dir():
        return Problem(f'a folder, "{path}"', expected, "write the path of a file in it")
    if full.is_symlink():
        found = f'"{path}", a link to a file that is not there'
        return Problem(found, expected, f"mend the link: it points to {full.readlink()}")
    found = f'no file "{path}"'
    if path[0] in "\"'":
        return Problem(found, expected, "take the quotes away")
    if path.startswith("~"):
        return Problem(found, expected, "write the whole path in place of ~")
    if sheet_dir is not None and (sheet_dir / path).is_file():
        below = (sheet_dir / path).resolve()
        near = below.relative_to(base_dir) if below.is_relative_to(base_dir) else below
        return Problem(found, expected, f"write {near}: paths start in the working directory")
    if Path(path).parts[:1] == (DEMO_FOLDER,):
        return Problem(found, expected, "run `make demo`, which writes it")
    folder = full.parent
    if not folder.is_dir():
        what_to_do = f"mend the path: there is no folder {folder}"
    elif near_name := did_you_mean(full.name, (entry.name for entry in folder.iterdir())):
        what_to_do = f"did you mean `{Path(path).with_name(near_name)}`?"
    else:
        what_to_do = f"mend the path: the folder {folder} has no such file"
    return Problem(found, expected, what_to_do)


def url_problem(path: str) -> Problem | None:
    """Refuse URLs; s3:// is to follow."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", path)
    if scheme is None:
        return None
    return Problem(
        f'"{path}"',
        "a path of this file system",
        f"{scheme[0]} paths are not supported yet; copy the files to a local or shared path",
    )


def probe_fastq(path: Path) -> FastqStart | Problem:
    """Check kind and first record of an existing file."""
    lines = first_lines(path, 4)
    if isinstance(lines, Problem):
        return lines
    return _kind_problem(lines[0]) or _record_problem(lines) or _start(lines[0])


def probe_fasta(path: Path) -> Problem | None:
    """Check that an existing file, plain or gzip, starts like FASTA."""
    lines = first_lines(path, 1)
    if isinstance(lines, Problem):
        return lines
    if lines[0].startswith(b">"):
        return None
    return Problem(f"{_quoted(lines[0])} in line 1", "FASTA (line 1 starts with >)", _OTHER_FILE)


def probe_sequences(path: Path) -> Problem | None:
    """Check that an existing file, plain or compressed, starts like FASTA or FASTQ."""
    lines = first_lines(path, 1)
    if isinstance(lines, Problem):
        return lines
    if lines[0].startswith(b">"):
        return None
    if lines[0].startswith(b"@") and not lines[0].startswith(_SAM_HEADERS):
        start = probe_fastq(path)
        return start if isinstance(start, Problem) else None
    expected = "FASTA or FASTQ (line 1 starts with > or @)"
    problem = _kind_problem(lines[0])
    found = problem.found if problem else f"{_quoted(lines[0])} in line 1"
    return Problem(found, expected, problem.what_to_do if problem else _OTHER_FILE)


def probe_truth(path: Path) -> Problem | None:
    """Check the header of an existing truth table."""
    if path.suffix != ".gz":
        found = f"a name that ends in {path.suffix or path.name}"
        return Problem(found, "a gzip table (.tsv.gz)", "compress it with gzip")
    lines = first_lines(path, 1)
    if isinstance(lines, Problem):
        return lines
    columns = tuple(lines[0].decode("utf-8", "replace").split("\t"))
    if columns[: len(TRUTH_COLUMNS)] == TRUTH_COLUMNS:
        return None
    return Problem(
        f"{_quoted(lines[0])} in line 1",
        "the columns " + ", ".join(TRUTH_COLUMNS) + ", separated by tabs",
        "give a truth table as the read simulator writes it, or set truth: null",
    )


def mates_problem(first: FastqStart, second: FastqStart) -> Problem | None:
    """Check that the first records of both files are mates 1 and 2 of one pair (readkin.mates)."""
    headers = (f"{start.name} {start.comment}" for start in (first, second))
    mismatch = mate_mismatch(*headers)
    if mismatch is None:
        return None
    found = f'first reads "{first.name}" in fastq_1 and "{second.name}" in fastq_2'
    expected = "the same names in the same order, mates 1 in fastq_1 and mates 2 in fastq_2"
    return Problem(f"{found}, {mismatch.found}", expected, mismatch.what_to_do)


_OTHER_FILE = "give another file"


def _kind_problem(line: bytes) -> Problem | None:
    """Recognise what is not FASTQ by its first line."""
    expected = "FASTQ (line 1 starts with @)"
    if line.startswith(b">"):
        return Problem("FASTA (line 1 starts with >)", expected, "give reads with qualities")
    if line.startswith(b"BAM\1"):
        return Problem("a BAM file", expected, "convert it with `samtools fastq`")
    if line.startswith(_SAM_HEADERS):
        return Problem("a SAM file", expected, "convert it with `samtools fastq`")
    if line.startswith(b"\xef\xbb\xbf"):
        found = "a byte-order mark before line 1"
        return Problem(found, expected, "save it without byte-order mark (BOM)")
    if not line.startswith(b"@"):
        return Problem(f"{_quoted(line)} in line 1", expected, _OTHER_FILE)
    return None


def _record_problem(lines: list[bytes]) -> Problem | None:
    """Check the four lines of the first record; a record too long to be read whole passes."""
    expected = "records of four lines (@name, bases, +, qualities)"
    if not lines[0][1:].split():
        return Problem("no name in line 1", expected, _OTHER_FILE)
    if sum(map(len, lines)) > MAX_BYTES:
        return None
    if len(lines) < 4:
        return Problem(f"the end of the file after line {len(lines)}", expected, _OTHER_FILE)
    bases, plus, qualities = lines[1:]
    if not re.fullmatch(rb"[A-Za-z.]*", bases):
        return Problem(f"{_quoted(bases)} in line 2", "bases there", _OTHER_FILE)
    if not plus.startswith(b"+"):
        found = f"{_quoted(plus)} in line 3"
        return Problem(found, "a + there", "write each record in four lines")
    if len(bases) != len(qualities):
        found = f"{len(bases)} bases, but {len(qualities)} qualities in the first record"
        return Problem(found, "as many qualities as bases", _OTHER_FILE)
    if not re.fullmatch(rb"[!-~]*", qualities):
        found = f"{_quoted(qualities)} in line 4"
        return Problem(found, "qualities there (characters ! to ~)", _OTHER_FILE)
    return None


def _start(line: bytes) -> FastqStart:
    name, _, comment = line[1:].decode("ascii", "replace").strip().partition(" ")
    name, _, tail = name.partition("\t")
    return FastqStart(name, comment or tail)


def _quoted(line: bytes) -> str:
    text = line.decode("ascii", "replace")
    return f'"{text}"' if len(text) <= 40 else f'"{text[:37]}..."'
