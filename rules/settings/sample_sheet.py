"""Sample sheet: its units, and all of its mistakes with line and column.

The sheet is TSV in UTF-8. Byte-order mark, CRLF line ends, blank lines, spaces around fields and
empty fields at the end of a line are accepted, as spreadsheets write them. Lines that start with #
are comments. All fields are text, so names such as 007 are kept. A sample may have paired and
single-end units.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from readkin.formats.compression import ReadableFile
from readkin.objects.uri import is_object
from rules.settings.input_probe import (
    FastqStart,
    copied_mates,
    missing_file,
    probe_fastq,
    unsupported_path,
    wrong_interleaving,
    wrong_mates,
    wrong_single_reads,
)
from rules.settings.mistakes import Diagnosis, Mistake, did_you_mean
from rules.settings.objects import InputObjects
from rules.settings.schema import converted, in_words, load_schema, types_of
from rules.settings.sheet_rows import SheetReader, SheetRow, sheet_rows

FASTQ_COLUMNS = ("fastq_1", "fastq_2")
LONG_READ_PLATFORMS = ("ONT", "PACBIO")


@dataclass(frozen=True)
class Unit:
    """One sequencing unit: a line of the sheet.

    Attributes:
        sample, unit: names; their combination is unique.
        fastq_1, fastq_2: paths as written in the sheet, relative to the working directory;
            fastq_2 is None for single-end reads and interleaved mates.
        platform, dna_library: PL and LB of the read group.
        interleaved: whether fastq_1 contains mates in turn.
        quality_encoding: "33", "64", or "auto".
    """

    sample: str
    unit: str
    fastq_1: str
    fastq_2: str | None
    platform: str
    dna_library: str
    interleaved: bool = False
    quality_encoding: str = "auto"

    @property
    def name(self) -> str:
        """Name of the unit among all samples: ``sample.unit``; neither part contains a dot."""
        return f"{self.sample}.{self.unit}"

    @property
    def is_paired(self) -> bool:
        """Whether the unit has mates."""
        return self.interleaved or self.fastq_2 is not None

    @property
    def has_long_reads(self) -> bool:
        """Whether the platform reads whole fragments of kilobases."""
        return self.platform in LONG_READ_PLATFORMS

    @property
    def fastq_files(self) -> list[str]:
        """One or two FASTQ files."""
        return [self.fastq_1] if self.fastq_2 is None else [self.fastq_1, self.fastq_2]


def read_sample_sheet(
    path: Path, base_dir: Path, probe_files: bool, objects: InputObjects | None = None
) -> tuple[list[Unit], list[Mistake]]:
    """Read and check the sample sheet.

    Args:
        path: an existing sheet.
        base_dir: working directory, which relative paths start from.
        probe_files: also check the FASTQ files: existence, format, first mates.
        objects: receives the objects of the sheet; None leaves them unchecked.

    Returns:
        The units in sheet order, and all mistakes; the units are valid only if there are none.
    """
    reader = SheetReader(path, base_dir)
    rows = list(sheet_rows(reader))
    valid_rows = [row for row in rows if _check_fields(reader, row)]
    _check_unique(reader, rows)
    if probe_files:
        objects = objects or InputObjects(storage=None)
        objects.look_at(path for row in rows for path in _supported_paths(row).values())
        for row in rows:
            _probe(reader, row, objects)
    return [_unit(row) for row in valid_rows], reader.mistakes


def _unit(row: SheetRow) -> Unit:
    fields = row.fields
    columns = load_schema("samples.schema.yaml")["properties"]

    def field_or_default(column: str) -> str:
        return fields.get(column, columns[column]["default"])

    return Unit(
        sample=fields["sample"],
        unit=fields["unit"],
        fastq_1=fields["fastq_1"],
        fastq_2=fields.get("fastq_2"),
        platform=field_or_default("platform"),
        dna_library=fields.get("library", fields["sample"]),
        interleaved=_is_interleaved(row) is True,
        quality_encoding=field_or_default("quality_encoding"),
    )


def _is_interleaved(row: SheetRow) -> object:
    """Return whether the file of a row contains mates in turn; a wrong field as it is."""
    column = load_schema("samples.schema.yaml")["properties"]["interleaved"]
    return converted(row.fields.get("interleaved", column["default"]), column)


def _check_fields(reader: SheetReader, row: SheetRow) -> bool:
    """Check a row against the schema; return whether it is valid."""
    import jsonschema

    schema = load_schema("samples.schema.yaml")
    columns = schema["properties"]
    known = {
        column: converted(value, columns[column])
        for column, value in row.fields.items()
        if column in columns
    }
    is_valid = True
    for error in jsonschema.Draft202012Validator(schema).iter_errors(known):
        is_valid = False
        if error.validator == "required":
            continue
        column = str(error.absolute_path[0])
        reader.add(row.line, column, _wrong_field(columns[column], row.fields[column]))
    for column in schema["required"]:
        if column not in known:
            what_to_do = "fill it in" if column != "fastq_1" else "write the path of a FASTQ file"
            missing = Diagnosis("nothing", in_words(columns[column]), what_to_do)
            reader.add(row.line, column, missing)
    for column in FASTQ_COLUMNS:
        if unsupported := unsupported_path(row.fields.get(column, "")):
            is_valid = False
            reader.add(row.line, column, unsupported)
    if _is_interleaved(row) is True and "fastq_2" in row.fields:
        is_valid = False
        found = f'"{row.fields["fastq_2"]}" beside an interleaved file'
        what_to_do = "delete it, or write false under interleaved"
        reader.add(row.line, "fastq_2", Diagnosis(found, "nothing", what_to_do))
    return is_valid


def _wrong_field(schema: dict, value: str) -> Diagnosis:
    """Return the diagnosis of a field that the schema does not allow."""
    what_to_do = "shorten it"
    if "enum" in schema:
        near = did_you_mean(value, schema["enum"])
        what_to_do = f"did you mean `{near}`?" if near else "write one of these"
    elif "boolean" in types_of(schema):
        what_to_do = "write true or false"
    elif value[0] in "\"'":
        what_to_do = "remove the quotes"
    elif not re.search(schema["pattern"], value):
        allowed = re.compile("[^A-Za-z0-9_-]+")
        what_to_do = f"write for example {allowed.sub('_', value).strip('_-') or 'A'}"
    return Diagnosis(f'"{value}"', in_words(schema), what_to_do)


def _check_unique(reader: SheetReader, rows: list[SheetRow]) -> None:
    """Check that no (sample, unit) and no FASTQ file is repeated."""
    units: dict[tuple[str, str], int] = {}
    files: dict[str, tuple[int, str]] = {}
    for row in rows:
        names = (row.fields.get("sample", ""), row.fields.get("unit", ""))
        if all(names) and names in units:
            first = f"first on line {units[names]}"
            found = f'sample "{names[0]}" with unit "{names[1]}" a second time ({first})'
            what_to_do = "use a different unit name for each lane or run of the sample"
            diagnosis = Diagnosis(found, "each pair of sample and unit once", what_to_do)
            reader.add(row.line, "unit", diagnosis)
        units.setdefault(names, row.line)
        for column in FASTQ_COLUMNS:
            if column not in row.fields or unsupported_path(row.fields[column]):
                continue
            written = row.fields[column]
            is_path = not is_object(written)
            path = os.path.realpath(reader.base_dir / written) if is_path else written
            if path in files:
                line, first_column = files[path]
                found = f'the same file as {first_column} of line {line}, "{row.fields[column]}"'
                diagnosis = Diagnosis(found, "each FASTQ file once", "correct one of the paths")
                reader.add(row.line, column, diagnosis)
            files.setdefault(path, (row.line, column))


def _supported_paths(row: SheetRow) -> dict[str, str]:
    """Return the FASTQ paths of a row by column, without those that are not supported."""
    paths = {column: row.fields.get(column) for column in FASTQ_COLUMNS}
    return {column: path for column, path in paths.items() if path and not unsupported_path(path)}


def _probe(reader: SheetReader, row: SheetRow, objects: InputObjects) -> None:
    """Check the FASTQ files of a row."""
    starts: dict[str, FastqStart] = {}
    files: list[ReadableFile] = []
    for column, written in _supported_paths(row).items():
        file = _existing_file(reader, written, objects)
        if file is None:
            continue
        result = file if isinstance(file, Diagnosis) else probe_fastq(file)
        if isinstance(result, FastqStart) and not isinstance(file, Diagnosis):
            starts[column] = result
            files.append(file)
        elif isinstance(result, Diagnosis):
            reader.add(row.line, column, _with_path(result, written))
    if starts and set(starts) == set(FASTQ_COLUMNS) & set(row.fields):
        _probe_layout(reader, row, starts, files)


def _existing_file(
    reader: SheetReader, written: str, objects: InputObjects
) -> ReadableFile | Diagnosis | None:
    """Return a FASTQ file, or why there is none; None for an object that was not looked at."""
    if is_object(written):
        return objects.start(written)
    path = reader.base_dir / written
    if path.is_file():
        return path
    return missing_file(written, "FASTQ", reader.base_dir, (reader.base_dir / reader.path).parent)


def _probe_layout(
    reader: SheetReader, row: SheetRow, starts: dict[str, FastqStart], files: list[ReadableFile]
) -> None:
    """Check that the valid FASTQ files of a row contain mates, or single reads, as it states."""
    if len(files) == 2:
        diagnosis = wrong_mates(*starts.values()) or copied_mates(*files)
    elif _is_interleaved(row) is True:
        diagnosis = wrong_interleaving(*files)
    else:
        diagnosis = wrong_single_reads(*files)
    if diagnosis is not None:
        reader.add(row.line, list(starts)[-1], diagnosis)


def _with_path(diagnosis: Diagnosis, path: str) -> Diagnosis:
    """Add the path to a diagnosis that does not contain it."""
    if path in diagnosis.found:
        return diagnosis
    return diagnosis._replace(found=f'{diagnosis.found} in "{path}"')
