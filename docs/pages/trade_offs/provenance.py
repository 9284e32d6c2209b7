"""The origin of each number on a page: measured here, modelled, or quoted.

A mark ends the paragraph or list item whose numbers it covers, or is the line below a table or a
figure. ``unmarked`` finds numbers without one.
"""

import re
from collections.abc import Iterator, Sequence

from benchmarks.tradeoff.measurements import Run

MEASURED, MODELLED, QUOTED = "*Measured here*", "*Modelled*", "*Quoted*"
PRICES = "[pricing.csv](pricing.csv)"
_RUN = r"\[run [\w-]+\]\(#runs\), commit \w+[\w ]*, \d+ cores, n = \d+"
_MARK = re.compile(
    rf"\*Measured here\*:\s{_RUN}"
    rf"|\*Modelled\* from terms measured in {_RUN}"
    r"|\*Quoted\*:\s.*\[[^]]+\]\([^)]+\)",
    re.DOTALL,
)
# Digits within names, as S3 or m6a.4xlarge, are no numbers.
_NUMBER = re.compile(r"(?<![\w.-])\d")
_NO_TEXT = re.compile(r"<!--.*?-->|```.*?```|`[^`]*`|^(?:    |#).*?$", re.DOTALL | re.MULTILINE)
_TARGET = re.compile(r"\]\([^)]*\)")
_NORMS = re.compile(r"ISO/IEC 25010:2023|ATAM")


def measured(run: Run, counts: Sequence[int]) -> str:
    """Return the mark of values that a run has measured, each ``counts`` times."""
    return f"{MEASURED}: {_run(run, counts)}."


def modelled(run: Run, counts: Sequence[int], ranges: str) -> str:
    """Return the mark of values that a model has from terms that a run has measured.

    Args:
        run: in which the terms were measured.
        counts: how often each.
        ranges: in which the terms were measured, in words.
    """
    return f"{MODELLED} from terms measured in {_run(run, counts)}, {ranges}."


def quoted(what: str, *sources: str) -> str:
    """Return the mark of values from other sources.

    Args:
        what: is quoted.
        sources: links to them, as Markdown.
    """
    return f"{QUOTED}: {what}, {', '.join(sources)}."


def unmarked(text: str) -> list[str]:
    """Return the paragraphs, list items and tables of a page that contain numbers without a mark.

    >>> unmarked("It took 3 s.")
    ['It took 3 s.']
    >>> unmarked("It took 3 s. *Quoted*: [a paper](https://example.org).")
    []
    >>> unmarked("Objects in S3, see [there](page-2.md).")
    []
    """
    blocks = list(_blocks(text))
    following = [*blocks, ""][1:]
    return [
        block
        for block, after in zip(blocks, following, strict=True)
        if _has_number(block)
        and not _MARK.search(block)
        and not (block.startswith("|") and _begins_with_mark(after))
    ]


def _run(run: Run, counts: Sequence[int]) -> str:
    n = " to ".join(str(count) for count in sorted({min(counts), max(counts)}))
    return f"[run {run.id}](#runs), commit {run.commit}, {run.cores} cores, n = {n}"


def _blocks(text: str) -> Iterator[str]:
    """Yield paragraphs, list items and tables, without code and comments."""
    for paragraph in re.split(r"\n\s*\n", _NO_TEXT.sub("", text)):
        for block in re.split(r"\n(?=[-*] |\d+\. )", paragraph.strip()):
            if block:
                yield block


def _has_number(block: str) -> bool:
    return bool(_NUMBER.search(_NORMS.sub("", _TARGET.sub("]", block))))


def _begins_with_mark(block: str) -> bool:
    return bool(_MARK.match(block))
