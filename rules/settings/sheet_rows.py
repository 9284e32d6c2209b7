"""Lines and fields of the sample sheet, and mistakes of the file, its header and line lengths."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rules.settings.files import shown_path
from rules.settings.mistakes import Diagnosis, Mistake, did_you_mean, listed
from rules.settings.schema import load_schema


class SheetRow(NamedTuple):
    """A line of the sheet: its number, from 1, and its non-empty fields by column."""

    line: int
    fields: dict[str, str]


@dataclass
class SheetReader:
    """A sheet being read, with the mistakes found until now."""

    path: Path
    base_dir: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, line: int | None, column: str, diagnosis: Diagnosis) -> None:
        """Add a mistake; line and column are None and "" for a mistake of the whole file."""
        name = shown_path(self.path, self.base_dir)
        self.mistakes.append(Mistake(name, line, column, diagnosis))


def sheet_rows(reader: SheetReader) -> Iterator[SheetRow]:
    """Yield the data lines; add mistakes of the file, the header and the numbers of fields."""
    lines = _lines(reader)
    if lines is None:
        return
    comments = [line.lstrip() for _, line in lines if line.lstrip().startswith("#")]
    data = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
    if not data:
        expected = "a header and one line per unit"
        reader.add(None, "", Diagnosis("no lines", expected, "write them"))
        return
    columns = _header(reader, *data[0], comments)
    if columns is None:
        return
    if not data[1:]:
        diagnosis = Diagnosis("no line after the header", "one line per unit", "write them")
        reader.add(data[0][0], "", diagnosis)
    for number, line in data[1:]:
        values = [value.strip() for value in line.split("\t")]
        while values and not values[-1]:
            values.pop()
        if len(values) > len(columns) or (len(values) == 1 and len(columns) > 1):
            reader.add(number, "", _wrong_field_count(line, len(values), len(columns)))
            continue
        fields = {column: value for column, value in zip(columns, values, strict=False) if value}
        yield SheetRow(number, fields)


def _lines(reader: SheetReader) -> list[tuple[int, str]] | None:
    """Return the numbered lines that are not blank; None if the file is not UTF-8 text."""
    content = (reader.base_dir / reader.path).read_bytes()
    what_to_do = "save it as text, tab-separated, in UTF-8 (in Excel: Text, tab delimited)"
    expected = "tab-separated text in UTF-8"
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        reader.add(None, "", Diagnosis("an Excel or zip file", expected, what_to_do))
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        reader.add(None, "", Diagnosis("UTF-16 or binary data", expected, what_to_do))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reader.add(line, "", Diagnosis("a byte that is not UTF-8", expected, what_to_do))
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _header(reader: SheetReader, number: int, line: str, comments: list[str]) -> list[str] | None:
    """Return the names of the columns; None if the header is too wrong to read the lines below."""
    schema = load_schema("samples.schema.yaml")
    known, required = list(schema["properties"]), schema["required"]
    expected = f"the columns {listed(known, 'and')} ({listed(required, 'and')} are required)"
    columns = [column.strip() for column in line.split("\t")]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) == 1 and (separator := _other_separator(line, known)):
        found = f"{separator} between the columns"
        reader.add(number, "", Diagnosis(found, "tabs", f"replace {separator} by tabs"))
        return None
    missing = [column for column in required if column not in columns]
    if missing and any(set(required) <= set(note[1:].split()) for note in comments):
        diagnosis = Diagnosis("no header: it is a comment", expected, "remove the # before it")
        reader.add(number, "", diagnosis)
        return None
    for position, column in enumerate(columns):
        if column in columns[:position]:
            diagnosis = Diagnosis("this column a second time", "each column once", "delete one")
            reader.add(number, column, diagnosis)
        elif column not in known:
            near = did_you_mean(column, known) if column else None
            what_to_do = f"did you mean `{near}`?" if near else "delete the column"
            found = f'an unknown column "{column}"'
            reader.add(number, column, Diagnosis(found, expected, what_to_do))
            missing = [name for name in missing if name != near]
    for column in missing:
        reader.add(number, column, Diagnosis("no such column", expected, "add it to the header"))
    is_usable = set(required) <= set(columns) and len(set(columns)) == len(columns)
    return columns if is_usable else None


def _other_separator(line: str, words: list[str]) -> str | None:
    """Return the separator of a line without tabs; None if it is not recognised."""
    for separator, name in (("[,]", "commas"), ("[;]", "semicolons"), (" +", "spaces")):
        parts = [part.strip(' "') for part in re.split(separator, line.strip())]
        if len(parts) > 1 and set(parts) & set(words):
            return name
    return None


def _wrong_field_count(line: str, found: int, columns: int) -> Diagnosis:
    expected = f"at most {columns}, as in the header"
    if found == 1 and len(line.split()) > 1:
        return Diagnosis("1 field", expected, "replace spaces between the columns by tabs")
    if found == 1:
        return Diagnosis("1 field", expected, "write all fields, with tabs between them")
    return Diagnosis(f"{found} fields", expected, "delete the surplus fields, or add a column")
