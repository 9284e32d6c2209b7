"""What is wrong with the settings or the sample sheet, gathered and told all at once.

Plain Python: the Snakefile imports it, and Snakemake parses the Snakefile again in each job.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

COMMAND_LINE = "command line (--config)"


class Problem(NamedTuple):
    """What is wrong, without the place: the last three parts of a ``Mistake``."""

    found: str
    expected: str
    what_to_do: str


class Mistake(NamedTuple):
    """One mistake, where it stands and what to do about it.

    Attributes:
        file: the file as the user writes it, or ``COMMAND_LINE``.
        line: line in it, from 1; None where no line is to blame.
        key: setting (``embed.key_k``) or column (``fastq_1``); "" where none is to blame.
        found: what is there.
        expected: what should be there, with the allowed range.
        what_to_do: the user's next step.
    """

    file: str
    line: int | None
    key: str
    found: str
    expected: str
    what_to_do: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f"{self.key}: " if self.key else ""
        message = f"{place}: {key}found {self.found}, expected {self.expected}; {self.what_to_do}"
        # A control character in a name must neither break the line nor reach the terminal.
        return re.sub(r"[\x00-\x1f\x7f]", lambda match: repr(match[0])[1:-1], message)


class ConfigError(Exception):
    """All mistakes of the settings and the sample sheet; its text is the whole listing."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(listing(self.mistakes))


def listing(mistakes: Iterable[Mistake]) -> str:
    """One line per mistake, a block per file, files and lines in order, the count at the end."""
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
    """The known name most like ``name``, case aside; None if none is near."""
    by_lower_case = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.65)
    return by_lower_case[near[0]] if near else None


def listed(words: Iterable[object], last: str = "or") -> str:
    """``a, b or c``."""
    texts = [str(word) for word in words]
    return f" {last} ".join(part for part in (", ".join(texts[:-1]), texts[-1]) if part)
