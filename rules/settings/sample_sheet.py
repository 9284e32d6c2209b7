"""Read and check the sample sheet: all mistakes at once, each with its line and column.

The sheet is TSV in UTF-8 (a byte-order mark, CRLF line ends, blank lines, spaces around fields
and empty fields at the end of a line are taken as spreadsheets write them); lines that start
with # are comments. All fields are text, so names such as 007 stay as they are. Units of one
sample may be paired or single-end, each for itself, as later stages treat units one by one.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from rules.settings.config_schema import in_words, load_schema
from rules.settings.error_list import Mistake, Problem, did_you_mean
from rules.settings.input_probe import (
    FastqStart,
    mates_problem,
    missing_file,
    probe_fastq,
    url_problem,
)
from rules.settings.sheet_rows import Reading, Row, sheet_rows

FASTQ_COLUMNS = ("fastq_1", "fastq_2")


@dataclass(frozen=True)
class Unit:
    """One sequencing unit: a line of the sheet.

    Attributes:
        sample, unit: names; together unique.
        fastq_1, fastq_2: files as written in the sheet, from the working directory; fastq_2 is
            None for single-end reads.
        platform, library: PL and LB of the read group.
    """

    sample: str
    unit: str
    fastq_1: str
    fastq_2: str | None
    platform: str
    library: str

    @property
    def name(self) -> str:
        """``sample.unit``; neither part holds a dot."""
        return f"{self.sample}.{self.unit}"

    @property
    def is_paired(self) -> bool:
        """Whether the unit has mates."""
        return self.fastq_2 is not None


def read_sample_sheet(
    path: Path, base_dir: Path, probe_files: bool
) -> tuple[list[Unit], list[Mistake]]:
    """Units in sheet order, and all mistakes; the units are only sound when there are none.

    Args:
        path: an existing sheet.
        base_dir: the working directory, from which relative paths start.
        probe_files: look at the FASTQ files too: there, of the right kind, mates agree.
    """
    reading = Reading(path, base_dir)
    rows = list(sheet_rows(reading))
    sound_rows = [row for row in rows if _check_fields(reading, row)]
    _check_unique(reading, rows)
    if probe_files:
        for row in rows:
            _probe(reading, row)
    return [_unit(row) for row in sound_rows], reading.mistakes


def _unit(row: Row) -> Unit:
    fields = row.fields
    platform = load_schema("samples.schema.yaml")["properties"]["platform"]["default"]
    return Unit(
        fields["sample"],
        fields["unit"],
        fields["fastq_1"],
        fields.get("fastq_2"),
        fields.get("platform", platform),
        fields.get("library", fields["sample"]),
    )


def _check_fields(reading: Reading, row: Row) -> bool:
    """Check a row against the schema; True if it is sound."""
    import jsonschema

    schema = load_schema("samples.schema.yaml")
    columns = schema["properties"]
    known = {column: value for column, value in row.fields.items() if column in columns}
    is_sound = True
    for error in jsonschema.Draft202012Validator(schema).iter_errors(known):
        is_sound = False
        if error.validator == "required":
            continue
        column = str(error.absolute_path[0])
        reading.add(row.line, column, _wrong_field(columns[column], known[column]))
    for column in schema["required"]:
        if column not in known:
            what_to_do = "fill it in" if column != "fastq_1" else "write the path of a FASTQ file"
            problem = Problem("nothing", in_words(columns[column]), what_to_do)
            reading.add(row.line, column, problem)
    for column in FASTQ_COLUMNS:
        if url := url_problem(known.get(column, "")):
            is_sound = False
            reading.add(row.line, column, url)
    return is_sound


def _wrong_field(schema: dict, value: str) -> Problem:
    """Message for a field that the schema does not allow."""
    what_to_do = "shorten it"
    if "enum" in schema:
        near = did_you_mean(value, schema["enum"])
        what_to_do = f"did you mean `{near}`?" if near else "write one of these, in upper case"
    elif value[0] in "\"'":
        what_to_do = "take the quotes away"
    elif not re.search(schema["pattern"], value):
        allowed = re.compile("[^A-Za-z0-9_-]+")
        what_to_do = f"write for example {allowed.sub('_', value).strip('_') or 'A'}"
    return Problem(f'"{value}"', in_words(schema), what_to_do)


def _check_unique(reading: Reading, rows: list[Row]) -> None:
    """Each (sample, unit) once, each FASTQ file once."""
    units: dict[tuple[str, str], int] = {}
    files: dict[str, tuple[int, str]] = {}
    for row in rows:
        names = (row.fields.get("sample", ""), row.fields.get("unit", ""))
        if all(names) and names in units:
            found = (
                f'sample "{names[0]}" with unit "{names[1]}" again (first on line {units[names]})'
            )
            what_to_do = "give each lane or run of the sample a unit name of its own"
            problem = Problem(found, "each pair of sample and unit once", what_to_do)
            reading.add(row.line, "unit", problem)
        units.setdefault(names, row.line)
        for column in FASTQ_COLUMNS:
            if column not in row.fields or url_problem(row.fields[column]):
                continue
            path = os.path.realpath(reading.base_dir / row.fields[column])
            if path in files:
                line, first_column = files[path]
                found = f'the same file as {first_column} of line {line}, "{row.fields[column]}"'
                problem = Problem(found, "each FASTQ file once", "give the right file")
                reading.add(row.line, column, problem)
            files.setdefault(path, (row.line, column))


def _probe(reading: Reading, row: Row) -> None:
    """Look at the FASTQ files of a row."""
    starts = {}
    for column in FASTQ_COLUMNS:
        written = row.fields.get(column)
        if written is None or url_problem(written):
            continue
        path = reading.base_dir / written
        if path.is_file():
            result = probe_fastq(path)
        else:
            sheet_dir = (reading.base_dir / reading.path).parent
            result = missing_file(written, "FASTQ", reading.base_dir, sheet_dir)
        if isinstance(result, FastqStart):
            starts[column] = result
        else:
            reading.add(row.line, column, _naming(result, written))
    if len(starts) == 2 and (problem := mates_problem(*starts.values())):
        reading.add(row.line, "fastq_2", problem)


def _naming(problem: Problem, path: str) -> Problem:
    """Put the path into a message that does not have it."""
    if path in problem.found:
        return problem
    return problem._replace(found=f'{problem.found} in "{path}"')
