"""Dark cycles: G tails that two-colour sequencing adds to short fragments, with high qualities.

A two-colour instrument reports a cycle without signal as G. Behind the end of a fragment a read is
therefore G, which is no base of the sample.

Method: fastp (Chen 2018, Bioinformatics 34:i884) cuts such tails if the read names show a
two-colour instrument. The end of the fragment is found by cutadapt's rule for poly-A tails.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from cutadapt.qualtrim import poly_a_trim_index

POLY_G_CHOICES = ("auto", "yes", "no")
MIN_TAIL_BP = 10
MIN_RUN_BP = 8  # of G without another base, in a tail
LONG_TAIL_BP = 30  # no base of a sample: no known genome has many such runs
MIN_SHARE_OF_LONG_TAILS = 0.0002

# Instrument, run, flow cell, lane, tile, x, y; SRA's headers contain this name as second word.
_ILLUMINA_NAME = re.compile(r"(?:^|\s)([A-Z][A-Za-z0-9_-]*):\d+:[A-Za-z0-9-]+:\d+:\d+:\d+:\d+")
_TWO_COLOURS = re.compile(
    r"(NB|NS|NDX|N)\d+"  # NextSeq 500, 550
    r"|V[HL]\d+"  # NextSeq 1000, 2000
    r"|(A|NA)\d{5}"  # NovaSeq 6000
    r"|LH\d+"  # NovaSeq X
    r"|(MN|ML)\d+"  # MiniSeq
    r"|FS\d+"  # iSeq 100
    r"|SH\d+"  # MiSeq i100
)
_SWAP_A_AND_G = str.maketrans("AG", "GA")


@dataclass(frozen=True)
class PolyG:
    """Whether the G tails of a unit are cut, and why.

    Attributes:
        is_cut: whether they are cut.
        reason: what decided it, in words.
    """

    is_cut: bool
    reason: str


def decide(choice: str, headers: Iterable[str], bases: Sequence[str]) -> PolyG:
    """Decide whether the G tails of a unit are cut.

    Args:
        choice: one of POLY_G_CHOICES. "auto" cuts them if a read name shows a two-colour
            instrument; or if no name shows any instrument and some reads end in 30 G or more.
        headers: header lines of the first reads, without ``@``.
        bases: the bases of these reads.
    """
    if choice != "auto":
        return PolyG(choice == "yes", f"trim.poly_g: {choice}")
    found = sorted(set(chain.from_iterable(map(_ILLUMINA_NAME.findall, headers))))
    two_colours = next(filter(_TWO_COLOURS.fullmatch, found), None)
    if two_colours:
        return PolyG(True, f"read names of the two-colour instrument {two_colours}")
    if found:
        return PolyG(False, f"read names of {found[0]}, no two-colour instrument")
    long_tails = sum(len(read) - poly_g_start(read) >= LONG_TAIL_BP for read in bases)
    if long_tails and long_tails >= MIN_SHARE_OF_LONG_TAILS * len(bases):
        share = f"{long_tails:,} of the first {len(bases):,} reads"
        return PolyG(True, f"{share} end in {LONG_TAIL_BP} G or more")
    return PolyG(False, "no two-colour instrument in the read names, no long tails of G")


def poly_g_start(bases: str) -> int:
    """Return the index at which the G tail of a read starts; the length of a read without one.

    A tail has at least 10 bases, of which 8 in a row are G and at most a fifth is another base.

    >>> poly_g_start("ACGTACGTAC" + 12 * "G"), poly_g_start("ACGTGGGG"), poly_g_start(30 * "G")
    (10, 8, 0)
    """
    if MIN_RUN_BP * "G" not in bases:
        return len(bases)
    start = poly_a_trim_index(bases.translate(_SWAP_A_AND_G))
    return start if len(bases) - start >= MIN_TAIL_BP else len(bases)
