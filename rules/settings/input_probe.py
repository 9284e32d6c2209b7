"""Probe of the input files: existence, format and first record.

It reads the first block of each file, or as much as the first record needs; trim_reads later
checks all records. Files of other sequences are checked whole (rules.settings.sequence_files).
"""

import os
import re
import shlex
from pathlib import Path
from typing import NamedTuple

from readkin.formats.compression import GZIP, ReadableFile, compression_of_content
from readkin.formats.fastq_records import (
    FastqMistake,
    as_text,
    first_mistake,
    other_format,
    truncated,
)
from readkin.formats.truth_columns import TRUTH_COLUMNS
from readkin.mates import Copies, mate_mismatch, mates_in_turn, read_name
from readkin.objects.uri import is_object, uri_mistake
from rules.settings.first_lines import MAX_BYTES, first_lines
from rules.settings.mistakes import Diagnosis, did_you_mean

DEMO_FOLDER = "demo"
"""Folder of the reads that `make demo` simulates."""

RECORDS_OF_LAYOUT = 4
"""First records of a file that show whether it contains single reads or mates."""

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

_OTHER_FILE = "provide another file"


class FastqStart(NamedTuple):
    """Header of the first record of a FASTQ file: its first word without @, and the rest."""

    name: str
    comment: str


def missing_file(path: str, kind: str, base_dir: Path, sheet_dir: Path | None = None) -> Diagnosis:
    """Return the diagnosis of a path that is no file, with the most likely correction.

    Args:
        path: path as the user wrote it.
        kind: format of the file, for the message.
        base_dir: working directory, which relative paths start from.
        sheet_dir: folder of the sample sheet, for a path that was written relative to it.
    """
    full = base_dir / path
    expected = f"an existing {kind} file"
    if full.is_dir():
        return Diagnosis(f'a folder, "{path}"', expected, "write the path of a file in it")
    if full.is_symlink():
        found = f'"{path}", a link to a missing file'
        return Diagnosis(found, expected, f"correct the link: it points to {full.readlink()}")
    found = f'no file "{path}"'
    if path[0] in "\"'":
        return Diagnosis(found, expected, "remove the quotes")
    if path.startswith("~"):
        return Diagnosis(found, expected, "write the full path instead of ~")
    if sheet_dir is not None and (sheet_dir / path).is_file():
        below = (sheet_dir / path).resolve()
        near = below.relative_to(base_dir) if below.is_relative_to(base_dir) else below
        return Diagnosis(found, expected, f"write {near}: paths start in the working directory")
    if Path(path).parts[:1] == (DEMO_FOLDER,):
        return Diagnosis(found, expected, "run `make demo`, which writes it")
    folder = full.parent
    if not folder.is_dir():
        what_to_do = f"check the path: the folder {folder} does not exist"
    elif near_name := did_you_mean(full.name, (entry.name for entry in folder.iterdir())):
        what_to_do = f"did you mean `{Path(path).with_name(near_name)}`?"
    else:
        what_to_do = f"check the path: {full} does not exist"
    return Diagnosis(found, expected, what_to_do)


def unsupported_url(path: str, may_be_object: bool = False) -> Diagnosis | None:
    """Reject URLs; those of objects in S3 if they are not in the right form, or not read."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", path)
    if scheme is None:
        return None
    if may_be_object and is_object(path):
        mistake = uri_mistake(path)
        return mistake and Diagnosis(*mistake)
    expected = "a path in the file system" + " or s3://bucket/key" * may_be_object
    what_to_do = f"{scheme[0]} is not supported here; copy the file to such a path"
    return Diagnosis(f'"{path}"', expected, what_to_do)


def unsupported_path(path: str, may_be_object: bool = True) -> Diagnosis | None:
    """Reject URLs, ``-``, and paths of which Snakemake would replace a part."""
    if os.path.normpath(path) == "-":
        expected = "another name; programs read standard input instead of -"
        return Diagnosis(f'"{path}"', expected, "rename the file")
    return unsupported_url(path, may_be_object) or _replaced_name(path)


def _replaced_name(path: str) -> Diagnosis | None:
    """Reject a path with a wildcard ``{name}`` or a pathvar ``<name>`` of Snakemake.

    Snakemake has no escape for them in paths: it would read the file that has the unit's name
    instead of ``{unit}``.
    """
    from snakemake.io import WILDCARD_REGEX
    from snakemake.pathvars import PATHVAR_REGEX

    name = WILDCARD_REGEX.search(path) or PATHVAR_REGEX.search(path)
    if name is None:
        return None
    link = re.sub("[{}<>]", "", Path(path).name)
    return Diagnosis(
        f'"{path}"',
        f"a path without a name in brackets such as {name[0]}, which Snakemake would replace",
        f"rename it, or write the path of a link: {shlex.join(['ln', '-s', path, link])}",
    )


def probe_fastq(path: ReadableFile) -> FastqStart | Diagnosis:
    """Check format and first record of an existing file; return its header if they are valid."""
    lines = first_lines(path, 4)
    if isinstance(lines, Diagnosis):
        return lines
    return _wrong_record(lines) or _start(lines[0])


def probe_truth(path: ReadableFile) -> Diagnosis | None:
    """Check the header of an existing truth table."""
    with path.open("rb") as file:
        if compression_of_content(file.peek()) is not GZIP:
            return Diagnosis("another format", "a gzip table (.tsv.gz)", "compress it with gzip")
    lines = first_lines(path, 1)
    if isinstance(lines, Diagnosis):
        return lines
    columns = tuple(lines[0].decode("utf-8", "replace").split("\t"))
    if columns[: len(TRUTH_COLUMNS)] == TRUTH_COLUMNS:
        return None
    return Diagnosis(
        f"{_quoted(lines[0])} in line 1",
        "the columns " + ", ".join(TRUTH_COLUMNS) + ", separated by tabs",
        "provide a truth table as simulate_reads.py writes it, or set truth: null",
    )


def probe_sequences(path: ReadableFile, kind: str) -> Diagnosis | None:
    """Check the first character of sequences; the stage that reads them checks the rest.

    Args:
        path: the file.
        kind: "FASTA", or "FASTA or FASTQ".
    """
    lines = first_lines(path, 1)
    if isinstance(lines, Diagnosis):
        return lines
    first_characters = {"FASTA": ">", "FASTQ": "@"}
    accepted = [first_characters[name] for name in kind.split(" or ")]
    if as_text(lines[0][:1]) in accepted:
        return None
    expected = f"{kind}, whose line 1 starts with {' or '.join(accepted)}"
    return Diagnosis(f"{_quoted(lines[0])} in line 1", expected, "provide another file")


def probe_embedding(path: Path, written: Path) -> Diagnosis | None:
    """Check that an existing file is HDF5; the stage that reads it checks the rest.

    Args:
        path: the file.
        written: file of the same kind that the run writes.
    """
    if path.resolve() == written.resolve():
        expected = "that of an earlier run in another folder"
        return Diagnosis("the file that this run writes", expected, "copy it and write its path")
    with path.open("rb") as file:
        if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
            return None
    return Diagnosis(
        "another format",
        "learned_embedding.h5 of an earlier run (HDF5)",
        "provide such a file, or set cluster.start_embedding: null",
    )


def wrong_mates(first: FastqStart, second: FastqStart) -> Diagnosis | None:
    """Check that the first records of both files are mates 1 and 2 of one pair (readkin.mates)."""
    headers = (f"{start.name} {start.comment}" for start in (first, second))
    mismatch = mate_mismatch(*headers)
    if mismatch is None:
        return None
    found = f'first reads "{first.name}" in fastq_1 and "{second.name}" in fastq_2'
    expected = "the same names in the same order, mates 1 in fastq_1 and mates 2 in fastq_2"
    return Diagnosis(f"{found}, {mismatch.found}", expected, mismatch.what_to_do)


def wrong_single_reads(path: ReadableFile) -> Diagnosis | None:
    """Check that the first records of a file are not mates in turn."""
    headers, _ = _first_records(path)
    index = mates_in_turn([read_name(header) for header in headers])
    if index is None:
        return None
    first, second = headers[index : index + 2]
    return Diagnosis(
        f'mates in turn, "{first}" and "{second}"',
        "single reads, as fastq_2 is empty",
        "write true in the column interleaved, or give each read its own name",
    )


def wrong_interleaving(path: ReadableFile) -> Diagnosis | None:
    """Check that the first records of an interleaved file are mates 1 and 2 of one pair."""
    headers, bases = _first_records(path)
    if len(headers) < 2:
        return None
    if mismatch := mate_mismatch(*headers[:2]):
        found = f'first reads "{headers[0]}" and "{headers[1]}", {mismatch.found}'
        return Diagnosis(found, "mates 1 and 2 in turn", "write false under interleaved")
    return _copied_mates(bases[0::2], bases[1::2])


def copied_mates(path_1: ReadableFile, path_2: ReadableFile) -> Diagnosis | None:
    """Check that the first reads of both files are not equal."""
    return _copied_mates(_first_records(path_1)[1], _first_records(path_2)[1])


def _copied_mates(bases_1: list[str], bases_2: list[str]) -> Diagnosis | None:
    copies, pairs = Copies(), min(len(bases_1), len(bases_2))
    copies.add(bases_1[:pairs], bases_2[:pairs])
    if not copies.are_most:
        return None
    expected = "reads of the other end of each fragment"
    return Diagnosis("the bases of R1 again", expected, "provide the file of the second mates")


def _first_records(path: ReadableFile) -> tuple[list[str], list[str]]:
    """Return headers without @ and bases of the first complete records of a valid file."""
    lines = first_lines(path, 4 * RECORDS_OF_LAYOUT)
    if isinstance(lines, Diagnosis):
        return [], []
    text = [as_text(line) for line in lines]
    complete = len(text) // 4 * 4
    return [line[1:] for line in text[:complete:4]], text[1:complete:4]


def _wrong_record(lines: list[bytes]) -> Diagnosis | None:
    """Check the four lines of the first record; one longer than MAX_BYTES is accepted."""
    header, *more = map(as_text, lines)
    if header.startswith("@") and sum(map(len, lines)) > MAX_BYTES:
        return None
    if len(more) < 3:
        mistake: FastqMistake | None = truncated([header, *more])
    else:
        mistake = first_mistake([header], *([line] for line in more))
    if mistake is None:
        return None
    if message := other_format(header):
        return Diagnosis(*message)
    found = f"{mistake.found} in line {mistake.line + 1}"
    return Diagnosis(found, mistake.expected, mistake.what_to_do)


def _start(line: bytes) -> FastqStart:
    name, *comment = as_text(line[1:]).split(maxsplit=1)
    return FastqStart(name, "".join(comment).strip())


def _quoted(line: bytes) -> str:
    text = line.decode("ascii", "replace")
    return f'"{text}"' if len(text) <= 40 else f'"{text[:37]}..."'
