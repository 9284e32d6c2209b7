"""Hashes of reads differ if anything differs, and do not depend on other reads."""

import numpy as np

from readkin.kernels.sequences.read_hashes import BLOCK_BYTES, read_hashes
from support import naive_kmers


def hashes(reads, names, mates=None, units=None):
    letters = np.frombuffer("".join(names).encode(), np.uint8)
    offsets = np.cumsum([0, *map(len, names)]).astype(np.int64)
    mate_index = np.arange(len(reads), dtype=np.uint64) if mates is None else np.array(mates, "<u8")
    unit = np.zeros(len(reads), np.uint32) if units is None else np.array(units, np.uint32)
    return read_hashes(naive_kmers.pack(reads), (letters, offsets), mate_index, unit)


def test_everything_changes_the_hash():
    long = "ACGT" * BLOCK_BYTES
    variants = [("ACGT", "a", 0, 0)]
    variants += [(read, "a", 0, 0) for read in ("", "A", "ACGA", "ACTG", "TGCA", "ACGTA", "NACGT")]
    variants += [(long[:i] + "N" + long[i + 1 :], "a", 0, 0) for i in range(0, len(long), 97)]
    variants += [("ACGT", name, 0, 0) for name in ("", "b", "aa", "ab", "ba")]
    variants += [("ACGT", "a", mate, 0) for mate in (1, 2, 2**64 - 1)]
    variants += [("ACGT", "a", 0, unit) for unit in (1, 2, 2**31)]
    found = hashes(*zip(*variants, strict=True))
    assert len(set(found.tolist())) == len(variants)
    alone = [hashes(*([field] for field in variant)).item() for variant in variants]
    assert alone == found.tolist()


def test_equal_reads_have_equal_hashes():
    first, second = hashes(["ACGTN", "ACGTN"], ["x", "x"], [7, 7], [3, 3])
    assert first == second


def test_no_reads():
    assert hashes([], []).shape == (0,)
