"""Mates: which reads belong to the two ends of one fragment.

Mates share a name. It may end in a mate number, 1 or 2, after one of the separators / . or _; and a
comment in Casava's form (``1:N:0:ACGT``) contains the mate number too. Their bases differ, as they
are read from opposite ends and strands.

Standard library only: the rules import this module in every job.
"""

from collections.abc import Sequence
from itertools import pairwise
from operator import eq
from typing import NamedTuple

MATE_NUMBER_LENGTH = 2  # with its separator
FIRST_ENDINGS = ("/1", ".1", "_1")  # the second mate has 2 in place of 1
NUMBER_BY_CASAVA = {f"{number}:{flag}:": number for number in "12" for flag in "YN"}
NUMBER_BY_ENDING = {"/1": "1", "/2": "2"}
MIN_SHARE_IN_TURN = 0.8  # of reads beside their mate; names such as x.1 x.2 x.3 are below it
MIN_COPY_BP = 20  # shorter reads may have equal bases by chance
MAX_SHARE_OF_COPIES = 0.5


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


def read_names(headers: Sequence[str]) -> list[str]:
    """Return the names of reads, with headers of printable ASCII and tabs.

    >>> read_names(["a/1 x", "b"])
    ['a/1', 'b']
    """
    text = "".join(headers)
    if "\t" in text:
        return [*map(read_name, headers)]
    return [header.partition(" ")[0] for header in headers] if " " in text else [*headers]


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
        headers_1, headers_2: equally many header lines without ``@``, of printable ASCII and tabs.

    Returns:
        Index and reason of the mismatch; None if there is none.
    """
    if _all_are_mates("\n".join([*headers_1, ""]), "\n".join([*headers_2, ""])):
        return None
    for index, (header_1, header_2) in enumerate(zip(headers_1, headers_2, strict=True)):
        if mismatch := mate_mismatch(header_1, header_2):
            return index, mismatch
    return None


def mates_in_turn(names: Sequence[str]) -> int | None:
    """Find two adjacent reads that are mates of one pair, as in an interleaved file.

    Two adjacent reads of one name are always mates. Names that end in 1 and 2 may also number
    single reads, so these must be nearly all names.

    >>> mates_in_turn(["a", "b", "b", "c"]), mates_in_turn(["SRR1.1", "SRR1.2", "SRR1.3", "SRR1.4"])
    (1, None)

    Args:
        names: names of adjacent reads, as ``read_name`` returns them.

    Returns:
        Index of the first of the two reads; None if there are no mates.
    """
    numbered = []
    for index, (name, following) in enumerate(pairwise(names)):
        if name == following:
            return index
        if shared_name(name, following) is not None:
            numbered.append(index)
    if not numbered or 2 * len(numbered) < MIN_SHARE_IN_TURN * len(names):
        return None
    is_certain = len(names) > 2 or names[0].endswith("/1")
    return numbered[0] if is_certain else None


class Copies:
    """Search for second mates that are copies of the first ones, read from the same end.

    Single pairs with equal bases occur (palindromes, artefacts), and files that repeat one
    sequence; a file of different pairs with equal bases is a copy.

    Attributes:
        first: number of the first pair of copies, from 1; 0 if there is none.
    """

    def __init__(self) -> None:
        self._pairs = self._unclear = self._copies = 0
        self._first_bases, self._are_different = "", False
        self.first = 0

    def add(self, bases_1: Sequence[str], bases_2: Sequence[str]) -> None:
        """Add pairs by the bases of both mates; one of them may have been trimmed."""
        starts = ([bases[:MIN_COPY_BP] for bases in mates] for mates in (bases_1, bases_2))
        if not any(map(eq, *starts)):
            self._pairs += len(bases_1)
            return
        for first, second in zip(bases_1, bases_2, strict=True):
            self._pairs += 1
            if first[:MIN_COPY_BP] != second[:MIN_COPY_BP]:
                continue
            length = min(len(first), len(second))
            if length < MIN_COPY_BP or len(set(first)) <= 2:  # short, or of one base or N
                self._unclear += 1
            elif first[:length] == second[:length]:
                self._copies += 1
                self.first = self.first or self._pairs
                self._first_bases = self._first_bases or first
                self._are_different |= first[:length] != self._first_bases[:length]

    @property
    def are_most(self) -> bool:
        """Whether more than half of the pairs are copies, and these not all of one sequence."""
        return self._are_different and self._copies > MAX_SHARE_OF_COPIES * (
            self._pairs - self._unclear
        )


def _all_are_mates(text_1: str, text_2: str) -> bool:
    """Check all headers at once; False for some rare mates, too.

    Args:
        text_1, text_2: header lines, each with its line end.
    """
    has_comments = " " in text_1 or "\t" in text_1
    if text_1 == text_2:
        return not ("/" in text_1 or (has_comments and (":N:" in text_1 or ":Y:" in text_1)))
    pairs, slashes = text_1.count("\n"), text_1.count("/")
    if not has_comments:  # each name ends in /1, or in /2
        is_numbered = text_1.count("/1\n") == slashes == pairs
        return is_numbered and text_1.replace("/1\n", "/2\n") == text_2
    if slashes or "\t" in text_1 or "\n " in f"\n{text_1}":
        return False
    # Casava's form: a name, one blank, the mate number
    spaces = text_1.count(" ")
    is_numbered = text_1.count(" 1:N:") + text_1.count(" 1:Y:") == spaces == pairs
    return is_numbered and text_1.replace(" 1:", " 2:") == text_2
