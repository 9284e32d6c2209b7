"""Lines and fields of the sample sheet; what makes a file no such table, told with its line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rules.settings.config_files import shown
from rules.settings.config_schema import load_schema
from rules.settings.error_list import Mistake, Problem, did_you_mean, listed


class Row(NamedTuple):
    """A line of the sheet: its number, from 1, and its non-empty fields by column."""

    line: int
    fields: dict[str, str]


@dataclass
class Reading:
    """A sheet being read, with the mistakes found so far."""

    path: Path
    base_dir: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, line: int | None, column: str, problem: Problem) -> None:
        """Note a mistake; line and column are None and "" where none is to blame."""
        name = shown(self.path, self.base_dir)
        self.mistakes.append(Mistake(name, line, column, *problem))


def sheet_rows(reading: Reading) -> Iterator[Row]:
    """Data lines; notes mistakes of the file as a whole, the header and the number of fields."""
    lines = _lines(reading)
    if lines is None:
        return
    comments = [line.lstrip() for _, line in lines if line.lstrip().startswith("#")]
    data = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
    if not data:
        problem = Problem("no lines", "a header and one line per unit", "write them")
        reading.add(None, "", problem)
        return
    columns = _header(reading, *data[0], comments)
    if columns is None:
        return
    if not data[1:]:
        problem = Problem("no line after the header", "one line per unit", "write them")
        reading.add(data[0][0], "", problem)
    for number, line in data[1:]:
        values = [value.strip() for value in line.split("\t")]
        while values and not values[-1]:
            values.pop()
        if len(values) > len(columns) or (len(values) == 1 and len(columns) > 1):
            reading.add(number, "", _field_count(line, len(values), len(columns)))
            continue
        fields = {column: value for column, value in zip(columns, values, strict=False) if value}
        yield Row(number, fields)


def _lines(reading: Reading) -> list[tuple[int, str]] | None:
    """Numbered lines that are not blank; None if the file is no UTF-8 text."""
    content = (reading.base_dir / reading.path).read_bytes()
    what_to_do = "save it as text, tab-separated, in UTF-8 (in Excel: Text, tab delimited)"
    expected = "tab-separated text in UTF-8"
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        reading.add(None, "", Problem("an Excel or zip file", expected, what_to_do))
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        reading.add(None, "", Problem("UTF-16 or binary data", expected, what_to_do))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reading.add(line, "", Problem("a byte that is not UTF-8", expected, what_to_do))
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _header(reading: Reading, number: int, line: str, comments: list[str]) -> list[str] | None:
    """Names of the columns; None if the lines below cannot be understood with them."""
    schema = load_schema("samples.schema.yaml")
    known, required = list(schema["properties"]), schema["required"]
    expected = f"the columns {listed(known, 'and')} ({listed(required, 'and')} are needed)"
    columns = [column.strip() for column in line.split("\t")]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) == 1 and (separator := _other_separator(line, known)):
        found = f"{separator} between the columns"
        reading.add(number, "", Problem(found, "tabs", f"put tabs in place of {separator}"))
        return None
    missing = [column for column in required if column not in columns]
    if missing and any(set(required) <= set(note[1:].split()) for note in comments):
        problem = Problem("no header: it is a comment", expected, "take the # before it away")
        reading.add(number, "", problem)
        return None
    for position, column in enumerate(columns):
        if column in columns[:position]:
            problem = Problem("this column a second time", "each column once", "delete one")
            reading.add(number, column, problem)
        elif column not in known:
            near = did_you_mean(column, known) if column else None
            what_to_do = f"did you mean `{near}`?" if near else "delete the column"
            found = f'an unknown column "{column}"'
            reading.add(number, column, Problem(found, expected, what_to_do))
            missing = [name for name in missing if name != near]
    for column in missing:
        reading.add(number, column, Problem("no such column", expected, "add it to the header"))
    is_clear = set(required) <= set(columns) and len(set(columns)) == len(columns)
    return columns if is_clear else None


def _other_separator(line: str, words: list[str]) -> str | None:
    """What stands between the words of a line that has no tabs."""
    for separator, name in (("[,]", "commas"), ("[;]", "semicolons"), (" +", "spaces")):
        parts = [part.strip(' "') for part in re.split(separator, line.strip())]
        if len(parts) > 1 and set(parts) & set(words):
            return name
    return None


def _field_count(line: str, found: int, columns: int) -> Problem:
    expected = f"at most {columns}, as in the header"
    if found == 1 and len(line.split()) > 1:
        return Problem("1 field", expected, "it looks like spaces instead of tabs: put tabs")
    if found == 1:
        return Problem("1 field", expected, "write all fields, with tabs between them")
    return Problem(f"{found} fields", expected, "delete the fields too many, or add a column")
