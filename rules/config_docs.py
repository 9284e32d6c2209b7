"""Write the tables of config/README.md from the schemas.

``python -m rules.config_docs`` says whether they are in step (exit code 1 if not);
``python -m rules.config_docs --fix`` rewrites them.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rules.generated_page import compare_or_fix
from rules.settings.config_schema import (
    CONFIG_FOLDER,
    Schema,
    default_of,
    in_words,
    load_schema,
    types_of,
)

README = CONFIG_FOLDER / "README.md"

_BLOCK = re.compile(r"(<!-- begin (\S+): .*? -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def settings(schema: Schema, above: str = "") -> Iterator[tuple[str, Schema]]:
    """Dotted key and schema of every setting, sections too, in the schema's order."""
    for name, part in schema["properties"].items():
        yield above + name, part
        if "object" in types_of(part):
            yield from settings(part, f"{above}{name}.")


def settings_table() -> str:
    """Table of config/config.yaml."""
    rows = []
    for key, part in settings(load_schema("config.schema.yaml")):
        if "object" in types_of(part):
            rows.append((f"**{key}**", "", "", "", part["description"]))
        else:
            unit = part.get("unit", "")
            rows.append((f"`{key}`", in_words(part), default_of(part), unit, part["description"]))
    return _table(("key", "allowed", "default", "unit", "meaning"), rows)


def columns_table() -> str:
    """Table of the sample sheet's columns."""
    schema = load_schema("samples.schema.yaml")
    rows = [
        (
            f"`{name}`",
            "yes" if name in schema["required"] else "no",
            in_words(part),
            part.get("default") or "",
            part["description"],
        )
        for name, part in schema["properties"].items()
    ]
    return _table(("column", "needed", "allowed", "if left out", "meaning"), rows)


def in_step(text: str) -> str:
    """The README ``text`` with its tables made anew."""
    tables = {"settings": settings_table(), "columns": columns_table()}
    return _BLOCK.sub(lambda block: block[1] + tables[block[2]] + block[3], text)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(argv: Sequence[str] | None = None, readme: Path = README) -> int:
    """Compare the page with what it should be, or with --fix rewrite it; the exit code."""
    return compare_or_fix(readme, in_step, argv, "rules.config_docs", __doc__)


if __name__ == "__main__":
    sys.exit(main())
