"""Mistakes in the settings and the sample sheet, collected and reported together.

Standard library only: the Snakefile imports this module, and each job parses the Snakefile again.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from readkin.errors import error_sentence

COMMAND_LINE = "command line (--config)"


class Diagnosis(NamedTuple):
    """What is wrong with a value or file, without the position in the settings.

    Attributes:
        found: what it is.
        expected: what it should be, with the allowed range.
        what_to_do: the user's next step.
    """

    found: str
    expected: str
    what_to_do: str


class Mistake(NamedTuple):
    """A diagnosis with its position in the settings or the sample sheet.

    Attributes:
        file: file as the user writes it, or ``COMMAND_LINE``.
        line: line in the file, from 1; None if the mistake has no line.
        key: setting (``embed.key_k``) or column (``fastq_1``); "" if the mistake has none.
        diagnosis: what is wrong.
    """

    file: str
    line: int | None
    key: str
    diagnosis: Diagnosis

    def __str__(self) -> str:
        position = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{position}: {self.key}" if self.key else position
        message = error_sentence(where, *self.diagnosis)
        # A control character in a name must neither break the line nor reach the terminal.
        return re.sub(r"[\x00-\x1f\x7f]", lambda match: repr(match[0])[1:-1], message)


class ConfigError(Exception):
    """All mistakes of the settings and the sample sheet; its text lists them."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(listing(self.mistakes))


def listing(mistakes: Iterable[Mistake]) -> str:
    """Return one line per mistake, in blocks by file and sorted by line, and a line of counts."""
    mistakes = list(mistakes)
    files = list(dict.fromkeys(mistake.file for mistake in mistakes))
    mistakes.sort(key=lambda mistake: (files.index(mistake.file), mistake.line or 0))
    groups = groupby(mistakes, lambda mistake: mistake.file)
    blocks = ["\n".join(map(str, group)) for _, group in groups]
    counts = Counter(mistake.file for mistake in mistakes)
    total = "1 error" if len(mistakes) == 1 else f"{len(mistakes)} errors"
    per_file = ", ".join(f"{counts[file]} in {file}" for file in files)
    return "\n\n".join([*blocks, f"{total} ({per_file}); nothing was started."])


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most similar to ``name``, ignoring case; None if none is similar."""
    by_lower_case = {candidate.lower(): candidate for candidate in known}
    similar = difflib.get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.65)
    return by_lower_case[similar[0]] if similar else None


def listed(words: Iterable[object], last: str = "or") -> str:
    """Return the words as an enumeration: ``a, b or c``."""
    texts = [str(word) for word in words]
    return f" {last} ".join(part for part in (", ".join(texts[:-1]), texts[-1]) if part)
