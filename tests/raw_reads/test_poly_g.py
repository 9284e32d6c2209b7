"""Tails of G: which reads have one, and which instruments add them."""

import numpy as np
import pytest

from readkin.raw_reads.poly_g import decide, poly_g_start

INSERT = "ACGTTGCAAGGCTTACCGATACGTTTGACCAGTACCAGATTGCAAACT"
READS = {
    "no tail": (INSERT, 48),
    "tail": (INSERT + 20 * "G", 48),
    "shortest tail": (INSERT + 10 * "G", 48),
    "too short": (INSERT + 9 * "G", 57),
    "errors in the tail": (INSERT + 30 * "G" + "A" + 20 * "G" + "C" + 9 * "G", 48),
    "other bases at the end": (INSERT + 40 * "G" + "ACT", 48),
    "inside": (INSERT + 20 * "G" + INSERT, 116),
    "nothing else": (100 * "G", 0),
    "other base": (INSERT + 30 * "A", 78),
    "empty": ("", 0),
}


@pytest.mark.parametrize(("bases", "start"), READS.values(), ids=READS)
def test_start_of_the_tail(bases, start):
    assert poly_g_start(bases) == start


def test_true_ends_are_rarely_cut():
    """Reads of a genome of 70 % GC: one in a thousand loses about ten bases."""
    random = np.random.default_rng(1)
    bases = random.choice(list("ACGT"), (20_000, 100), p=[0.15, 0.35, 0.35, 0.15])
    cut = [100 - poly_g_start("".join(read)) for read in bases]
    assert np.count_nonzero(cut) < 40
    assert max(cut) < 30


NAMES = {
    "NB501234:12:HXXXXAFXY:1:11101:1000:2000 1:N:0:ACGT": True,
    "NS500100:12:HXXXXAFXY:1:11101:1000:2000": True,
    "VH00100:12:AAAXXXXHV:1:1101:1000:2000": True,
    "A00100:12:HXXXXDSXY:1:1101:1000:2000:ACGTACGT": True,
    "LH00100:12:22XXXXLT3:1:1101:1000:2000/2": True,
    "MN00100:12:000H3XXXX:1:11102:1000:2000": True,
    "FS10000100:12:BPXXXX-1234:1:1101:1000:2000": True,
    "SRR1.1 A00100:12:HXXXXDSXY:1:1101:1000:2000 length=150": True,
    "M00100:12:000000000-ABCDE:1:1101:1000:2000": False,
    "K00100:12:HXXXXBBXX:1:1101:1000:2000": False,
    "D00100:12:HXXXXBCXX:1:1101:1000:2000": False,
    "HWI-ST123:12:C0XXXACXX:1:1101:1000:2000": False,
}
DARK = [INSERT + 60 * "G"] * 50 + [INSERT] * 50


@pytest.mark.parametrize(("name", "is_cut"), NAMES.items(), ids=[*NAMES])
def test_auto_goes_by_the_instrument(name, is_cut):
    """The names alone decide: the reads of a two-colour instrument are clean here, others dark."""
    bases = [INSERT] if is_cut else DARK
    assert decide("auto", [name], bases).is_cut == is_cut
    assert decide("auto", ["M00100:1:F:1:1:1:1", name], bases).is_cut == is_cut


@pytest.mark.parametrize(
    ("bases", "is_cut"),
    [
        (DARK, True),
        ([INSERT] * 4999 + [INSERT + 30 * "G"], True),
        ([INSERT] * 5000 + [INSERT + 30 * "G"], False),
        ([INSERT + 29 * "G"] * 10, False),
        ([INSERT + 60 * "A"] * 10, False),
        ([], False),
    ],
)
def test_auto_goes_by_long_tails_if_names_do_not_show_the_instrument(bases, is_cut):
    for name in ("read1", "SRR1.1 1 length=150", "AV224503:12:2222222222:1:10102:1000:2000"):
        assert decide("auto", [name], bases).is_cut == is_cut


def test_the_user_decides():
    assert decide("yes", ["M00100:1:F:1:1:1:1"], [INSERT]).is_cut
    assert not decide("no", ["A00100:1:F:1:1:1:1"], DARK).is_cut
