"""Mates: which headers of a read belong to the two ends of one fragment.

Mates share a name. It may end in a mate number, 1 or 2, after one of the separators / . or _; and a
comment in Casava's form (``1:N:0:ACGT``) contains the mate number too.

Standard library only: the rules import this module in every job.
"""

from collections.abc import Sequence
from typing import NamedTuple

MATE_NUMBER_LENGTH = 2  # with its separator
FIRST_ENDINGS = ("/1", ".1", "_1")  # the second mate has 2 in place of 1
NUMBER_BY_CASAVA = {f"{number}:{flag}:": number for number in "12" for flag in "YN"}
NUMBER_BY_ENDING = {"/1": "1", "/2": "2"}


class MateMismatch(NamedTuple):
    """Reason why two headers are not mates 1 and 2 of one pair.

    Attributes:
        found: what is wrong; messages append it to the two headers.
        what_to_do: the user's next step.
    """

    found: str
    what_to_do: str


DIFFERENT_NAMES = MateMismatch(
    "names of different pairs", "provide both files of one run, with the reads in the same order"
)
SWAPPED_MATES = MateMismatch("mate 2 before mate 1", "swap the two files")
SAME_MATE = MateMismatch(
    "the same mate in both files", "provide the file of the other mates as one of the two files"
)


def read_name(header: str) -> str:
    """Return the name of a read: the header up to the first white space."""
    words = header.split(maxsplit=1)
    return words[0] if words else ""


def parse_header(header: str) -> tuple[str, str | None]:
    """Split the header of one read into its name without mate number, and the mate number.

    Without the other mate only / separates a mate number from the name, because ``read_1`` and
    ``SRR000001.1`` are names of a first read, too.

    >>> parse_header("a/2"), parse_header("a 2:N:0:ACGT"), parse_header("SRR1.2 length=9")
    (('a', '2'), ('a', '2'), ('SRR1.2', None))

    Args:
        header: header line without ``@``.

    Returns:
        The name; "1", "2", or None if the header contains no mate number.
    """
    words = header.split(maxsplit=1)
    name = words[0] if words else ""
    number = NUMBER_BY_ENDING.get(name[-2:])
    if len(words) == 2 and (by_comment := NUMBER_BY_CASAVA.get(words[1][:4])):
        return name[:-2] if number else name, by_comment
    return name[:-2] if number else name, number


def shared_name(name_1: str, name_2: str) -> str | None:
    """Return the name of a pair without mate numbers; None if the names belong to different pairs.

    Args:
        name_1, name_2: names of mates 1 and 2, as ``read_name`` returns them.
    """
    if name_1 == name_2:
        return name_1
    if len(name_1) > 2 and name_1[-2:] in FIRST_ENDINGS and name_2 == f"{name_1[:-1]}2":
        return name_1[:-2]
    return None


def mate_mismatch(header_1: str, header_2: str) -> MateMismatch | None:
    """Compare the headers of two reads; return None if they are mates 1 and 2 of one pair.

    Args:
        header_1, header_2: header lines without ``@``, from the files of the first and of the
            second mates.
    """
    name_1, name_2 = read_name(header_1), read_name(header_2)
    if name_1 != name_2:
        if shared_name(name_1, name_2) is not None:
            return None
        return SWAPPED_MATES if shared_name(name_2, name_1) is not None else DIFFERENT_NAMES
    number_1, number_2 = parse_header(header_1)[1], parse_header(header_2)[1]
    if number_1 is not None and number_1 == number_2:
        return SAME_MATE
    return SWAPPED_MATES if (number_1, number_2) == ("2", "1") else None


def first_mismatch(
    headers_1: Sequence[str], headers_2: Sequence[str]
) -> tuple[int, MateMismatch] | None:
    """Find the first pair of headers that are not mates 1 and 2 of one pair.

    Args:
        headers_1, headers_2: equally many header lines without ``@``.

    Returns:
        Index and reason of the mismatch; None if there is none.
    """
    if headers_1 == headers_2 and not _may_contain_mate_numbers(headers_1):
        return None
    for index, (header_1, header_2) in enumerate(zip(headers_1, headers_2, strict=True)):
        # Fast path for Casava's form, which most sequencing runs have.
        name, separator, rest = header_1.partition(" 1:")
        if (
            separator
            and rest[:2] in ("N:", "Y:")
            and header_2 == f"{name} 2:{rest}"
            and len(name.split()) == 1
        ):
            continue
        if mismatch := mate_mismatch(header_1, header_2):
            return index, mismatch
    return None


def _may_contain_mate_numbers(headers: Sequence[str]) -> bool:
    """Search all headers at once for the characters that a mate number needs."""
    text = "\n".join(headers)
    has_comments = " " in text or "\t" in text
    return "/" in text or (has_comments and (":N:" in text or ":Y:" in text))
