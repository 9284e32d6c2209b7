"""Size of the code that each engine needs for the same function."""

import io
import tokenize
from pathlib import Path

ENGINES = Path(__file__).with_name("engines")
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def lines_of_code(source: str) -> int:
    """Return the number of lines of Python that are neither blank, comment nor docstring.

    >>> lines_of_code('\"\"\"Text.\"\"\"\\n\\n# note\\nx = 1  # one\\ny = (\\n    2\\n)\\n')
    4
    """
    lines: set[int] = set()
    begins_line = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_docstring = begins_line and token.type == tokenize.STRING
        if token.type not in NO_CODE and not is_docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
        begins_line = token.type in NO_CODE - {tokenize.COMMENT, tokenize.NL} or (
            begins_line and token.type in NO_CODE
        )
    return len(lines)


def size_of(engine: str) -> int:
    """Return the lines of code of an engine."""
    return lines_of_code((ENGINES / f"{engine}.py").read_text())
