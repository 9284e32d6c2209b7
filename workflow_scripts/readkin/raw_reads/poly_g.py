"""Dark cycles: G tails that two-colour sequencing adds to short fragments, with high qualities.

A two-colour instrument reports a cycle without signal as G. Behind the end of a fragment a read is
therefore G, which is no base of the sample.

Method: fastp (Chen 2018, Bioinformatics 34:i884) cuts such tails if the read names show a
two-colour instrument. The end of the fragment is found by cutadapt's rule for poly-A tails, which
allows other bases in the tail. Of simulated tails with 2 % of them it leaves 0.3 % uncut, and it
shortens 0.002 % to 0.07 % of the reads without tail (35 % to 70 % GC). fastp's rule leaves 4 %;
cutadapt's --nextseq-trim 36 %, and it shortens 25 % to 41 % of the reads without tail.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress, islice

import numpy as np
from cutadapt.qualtrim import poly_a_trim_index

from readkin.formats.fastq import Records

POLY_G_CHOICES = ("auto", "yes", "no")
MIN_TAIL_BP = 10
MIN_RUN_BP = 8  # of G without another base, in a tail
LONG_TAIL_BP = 30  # no base of a sample: no known genome has many such runs
MIN_SHARE_OF_LONG_TAILS = 0.0002
FIRST_FRAGMENTS = 10_000  # that decide
FIRST_BASES = 20_000_000  # fewer fragments decide if their reads are long

Mates = tuple[Records, ...]

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
_FOUR_COLOURS = re.compile(
    r"HW[IU].*"  # Genome Analyzer, HiSeq 2000, 2500 and MiSeq, before 2013
    r"|(SN|HS)\d+"  # HiSeq 2000
    r"|[CDJKM]\d{5}"  # HiSeq 1500 to 4000, MiSeq
    r"|(ST-)?E\d{5}"  # HiSeq X
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


class PolyGTrimmer:
    """Cuts the G tails of the reads of one unit, and drops reads of little else.

    Args:
        choice: one of POLY_G_CHOICES.
        min_length: a read that a cut makes shorter is dropped, with its mate.

    Attributes:
        decision: whether tails are cut; None before ``trim`` has begun.
        reads_cut, bases_cut: numbers of the tails and of their bases, of dropped reads too.
        dropped: number of reads dropped.
    """

    def __init__(self, choice: str, min_length: int) -> None:
        self._choice, self._min_length = choice, min_length
        self.decision: PolyG | None = None
        self.reads_cut = self.bases_cut = self.dropped = 0

    def trim(self, chunks: Iterable[Mates]) -> Iterator[tuple[Mates, Mates]]:
        """Yield the reads of each chunk as they are and as they are passed on."""
        chunks = iter(chunks)
        first = _first_chunks(chunks)
        headers = (header for mates in first for header in mates[0].headers)
        fragments = (
            pair for mates in first for pair in zip(*(mate.bases for mate in mates), strict=True)
        )
        bases = list(chain.from_iterable(islice(fragments, FIRST_FRAGMENTS)))
        self.decision = decide(self._choice, islice(headers, FIRST_FRAGMENTS), bases)
        for mates in chain(first, chunks):
            yield mates, self._cut(mates) if self.decision.is_cut else mates

    def counts(self) -> dict[str, int]:
        """Return the numbers of reads and bases cut, by name; {} if tails are not cut."""
        if self.decision is None or not self.decision.is_cut:
            return {}
        return {"reads with poly-G": self.reads_cut, "bases cut as poly-G": self.bases_cut}

    def _cut(self, mates: Mates) -> Mates:
        lengths = np.array([[*map(len, records.bases)] for records in mates])
        starts = np.array([[*map(poly_g_start, records.bases)] for records in mates])
        is_cut = starts < lengths
        self.reads_cut += int(is_cut.sum())
        self.bases_cut += int((lengths - starts).sum())
        kept: np.ndarray = ~np.any(is_cut & (starts < self._min_length), axis=0)
        self.dropped += int((~kept).sum()) * len(mates)
        if not is_cut.any():
            return mates
        return tuple(
            _shortened(records, ends, kept) for records, ends in zip(mates, starts, strict=True)
        )


def _first_chunks(chunks: Iterator[Mates]) -> list[Mates]:
    """Return as many chunks as are needed for the decision."""
    first: list[Mates] = []
    fragments = bases = 0
    for mates in chunks:
        first.append(mates)
        fragments += len(mates[0])
        bases += sum(len(read) for records in mates for read in records.bases)
        if fragments >= FIRST_FRAGMENTS or bases >= FIRST_BASES:
            break
    return first


def _shortened(records: Records, ends: np.ndarray, kept: np.ndarray) -> Records:
    """Return the reads that are kept, up to their ends."""

    def shortened(texts: list[str]) -> list[str]:
        return [text[:end] for text, end in compress(zip(texts, ends, strict=True), kept)]

    return replace(
        records,
        headers=list(compress(records.headers, kept)),
        bases=shortened(records.bases),
        qualities=shortened(records.qualities),
    )


def decide(choice: str, headers: Iterable[str], bases: Sequence[str]) -> PolyG:
    """Decide whether the G tails of a unit are cut.

    Args:
        choice: one of POLY_G_CHOICES. "auto" cuts them if a read name shows a two-colour
            instrument; or if no name shows a known instrument and some reads end in 30 G or more.
        headers: header lines of the first reads, without ``@``.
        bases: the bases of these reads.
    """
    if choice != "auto":
        return PolyG(choice == "yes", f"trim.poly_g: {choice}")
    found = sorted(set(chain.from_iterable(map(_ILLUMINA_NAME.findall, headers))))
    if instrument := next(filter(_TWO_COLOURS.fullmatch, found), None):
        return PolyG(True, f"read names of the two-colour instrument {instrument}")
    if instrument := next(filter(_FOUR_COLOURS.fullmatch, found), None):
        return PolyG(False, f"read names of the four-colour instrument {instrument}")
    long_tails = sum(len(read) - poly_g_start(read) >= LONG_TAIL_BP for read in bases)
    if long_tails and long_tails >= MIN_SHARE_OF_LONG_TAILS * len(bases):
        share = f"{long_tails} of the first {len(bases)} reads"
        return PolyG(True, f"{LONG_TAIL_BP} G or more at the end of {share}")
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
