"""Encodings of qualities: what is refused, what passes, and the conversion."""

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.raw_reads.quality_encoding import check_encoding, first_other_than_64, to_phred_33

OLD = "HWUSI-EAS100R:6:73:941:1973#0/1"
PASS = {
    "Sanger": ("!", "I"),
    "Illumina 1.8": ("#", "J"),
    "four bins": ("#", "F"),
    "DNBSEQ": ("!", "G"),
    "good reads only": ("?", "I"),
    "AVITI from Q30 to Q50": ("?", "S"),
    "AVITI up to Q55": ("@", "X"),
    "consensus reads up to Q60": ("@", "]"),
    "HiFi": ("!", "~"),
    "HiFi from Q30": ("?", "~"),
    "HiFi from Q40": ("I", "~"),
    "nanopore up to Q90": (";", "{"),
    **{f"uniform {symbol}": (symbol, symbol) for symbol in "!5?BFIS]h~"},
}


@pytest.mark.parametrize(("lowest", "highest"), PASS.values(), ids=PASS)
def test_phred_33_passes(lowest, highest):
    check_encoding("a.fq", "r1 1:N:0:ACGT", ord(lowest), ord(highest))


@pytest.mark.parametrize("header", [OLD, "FCD1PB1ACXX:1:1101:1242:2188#ACAGTGAT/1"])
@pytest.mark.parametrize(("lowest", "highest"), [("#", "J"), ("#", "h"), (";", "J"), ("B", "B")])
def test_old_names_alone_are_no_reason(header, lowest, highest):
    check_encoding("a.fq", header, ord(lowest), ord(highest))


PHRED_64 = {
    "Illumina 1.3": ("r1", "@", "h"),
    "Illumina 1.5, lowest B": ("r1", "B", "h"),
    "Solexa": ("r1", ";", "h"),
    "lower maximum": ("SRR1.1 1 length=75", "B", "a"),
    "Q41": ("r1", "B", "i"),
    "old name, filtered": (OLD, "T", "h"),
    "old name, small range": (OLD, "K", "K"),
}


@pytest.mark.parametrize(("header", "lowest", "highest"), PHRED_64.values(), ids=PHRED_64)
def test_phred_64_is_refused_with_both_ways_out(header, lowest, highest):
    with pytest.raises(InputError) as refused:
        check_encoding("a.fq", header, ord(lowest), ord(highest))
    assert str(refused.value) == (
        f"a.fq: found qualities from {lowest} to {highest}, probably Phred+64 (as Phred+33 they are"
        f" Q{ord(lowest) - 33} to Q{ord(highest) - 33}), expected Phred+33; set quality_encoding of"
        " this unit: 64 converts them while reading, 33 takes them as they are"
    )


def test_conversion_keeps_the_values():
    values = np.arange(63)
    as_64 = "".join(chr(64 + value) for value in values)
    assert [ord(symbol) - 33 for symbol in to_phred_33(as_64)] == list(values)
    assert to_phred_33("") == ""


@pytest.mark.parametrize("symbol", "!5:;?")
def test_characters_that_phred_64_does_not_have(symbol):
    assert first_other_than_64(["hh", "", f"h{symbol}h", symbol]) == 2
    assert first_other_than_64(["@h", "", "~"]) is None
    assert first_other_than_64([""]) is None
