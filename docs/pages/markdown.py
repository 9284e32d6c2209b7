"""Parts of Markdown pages: tables, and blocks between comments."""

import re
from collections.abc import Sequence

NOT_MEASURED = "not measured"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; every line ends with a newline."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def replace_block(text: str, name: str, content: str) -> str:
    """Return ``text`` with ``content`` between its comments ``begin <name>: ...`` and ``end``.

    Raises:
        ValueError: if the text does not have exactly one such block.
    """
    block = re.compile(rf"(<!-- begin {name}: .*? -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    new, count = block.subn(lambda match: match[1] + content + match[2], text)
    if count != 1:
        raise ValueError(f"{count} blocks {name}, expected 1")
    return new
