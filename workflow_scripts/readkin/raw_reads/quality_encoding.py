"""Encoding of base qualities in FASTQ: Phred+33, and Phred+64 of Illumina's pipelines before 1.8.

Characters below ``;`` occur in Phred+33 only. All others occur in both: ``@`` to ``h`` is Q31 to
Q71 or Q0 to Q40. Phred+64 is assumed only for a range that Phred+33 does not have in practice.

Source: Cock 2010, Nucleic Acids Research 38:1767.
"""

import logging
import re
from collections.abc import Sequence

from readkin.errors import InputError

log = logging.getLogger("readkin")

ENCODING_CHOICES = ("auto", "33", "64")
LOWEST_OF_64 = "@"
_OFFSET = 64 - 33

# Phred+64 of a whole file: its worst bases have at most Q5, its best ones Q31 to Q41. In Phred+33
# these are Q26 to Q36 and Q62 to Q72. HiFi reads reach Q93, all others stay below Q62.
_WORST_OF_64 = range(ord(";"), ord("E") + 1)
_BEST_OF_64 = range(ord("_"), ord("i") + 1)
# Before 1.8 the best quality in Phred+33 was Q41, J; a name ended in #index/mate.
_OLD_NAME = re.compile(r"\S+(?::\d+){4}#[ACGTN0-9]+(/[12])?")
_BEST_OF_OLD_33 = ord("J")

_TO_PHRED_33 = str.maketrans(
    {chr(code): chr(code - _OFFSET) for code in range(ord(LOWEST_OF_64), 127)}
)


def check_encoding(path: object, header: str, lowest: int, highest: int) -> None:
    """Check that a file may be read as Phred+33 without knowing its encoding.

    A range that is unusual for Phred+33 is logged.

    Args:
        path: the file, for the message.
        header: header line of its first record, without ``@``.
        lowest, highest: character codes of its lowest and highest quality.

    Raises:
        InputError: if the qualities are, very probably, encoded as Phred+64.
    """
    if lowest < _WORST_OF_64.start:
        return
    has_old_name = _OLD_NAME.match(header) is not None and highest > _BEST_OF_OLD_33
    if has_old_name or (lowest in _WORST_OF_64 and highest in _BEST_OF_64):
        raise InputError(
            path,
            f"qualities from {chr(lowest)} to {chr(highest)}, probably Phred+64"
            f" (as Phred+33 they are Q{lowest - 33} to Q{highest - 33})",
            "Phred+33",
            "set quality_encoding of this unit: 64 converts them while reading, 33 takes them as"
            " they are",
        )
    if highest in _BEST_OF_64:
        log.warning(
            "%s: qualities from %s to %s are read as Phred+33 (Q%d to Q%d); if they are Phred+64,"
            " set quality_encoding of this unit to 64",
            *(path, chr(lowest), chr(highest), lowest - 33, highest - 33),
        )


def first_other_than_64(qualities: Sequence[str]) -> int | None:
    """Return the index of the first read with a character that Phred+64 does not have."""
    if min(map(min, filter(None, qualities)), default=LOWEST_OF_64) >= LOWEST_OF_64:
        return None
    return next(i for i, text in enumerate(qualities) if text and min(text) < LOWEST_OF_64)


def to_phred_33(qualities: str) -> str:
    """Convert qualities from Phred+64 to Phred+33.

    >>> to_phred_33("@Bh")
    '!#I'
    """
    return qualities.translate(_TO_PHRED_33)
