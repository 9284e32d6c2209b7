"""Alignments of short reads without gaps, by shared words, as ``align_pairs`` would find them."""

from collections import defaultdict

import numpy as np

from readkin.kernels.layout.residues import pack_residues
from readkin.pieces.residue_reads import ResidueReads
from support.naive_kmers import reverse_complement
from support.naive_overlaps import NaiveOverlap, overlap_arrays

WORD, MIN_COLUMNS, MIN_IDENTITY = 16, 40, 0.95


def reads_of(texts, paired, quality=37):
    """Return reads in the form of the product; adjacent ones are mates if ``paired``."""
    n = len(texts)
    codes = np.frombuffer("".join(texts).encode(), np.uint8)
    table = np.full(256, 4, np.uint8)
    table[list(b"ACGT")] = range(4)
    return ResidueReads(
        residues=pack_residues(table[codes], np.full(codes.size, quality, np.uint8)),
        offsets=np.cumsum([0, *map(len, texts)]).astype(np.int64),
        step_to_mate=np.resize(np.array([1, -1] if paired else [0], np.int8), n),
        fingerprint="",
    )


def copies_among(texts):
    """Return the first read with the same bases on either strand, or -1; int64 (n,)."""
    first: dict[str, int] = {}
    found = []
    for i, text in enumerate(texts):
        key = min(text, reverse_complement(text))
        found.append(first.setdefault(key, i))
    return np.array([-1 if i == j else j for i, j in enumerate(found)], np.int64)


def kin_of(texts, copy_of):
    """Return the overlaps of all reads that are no copies; of two reads the best one."""
    words = defaultdict(list)
    kept = [i for i in range(len(texts)) if copy_of[i] < 0]
    for i in kept:
        for is_reverse, text in enumerate((texts[i], reverse_complement(texts[i]))):
            for at in range(len(text) - WORD + 1):
                words[text[at : at + WORD]].append((i, is_reverse, at))
    diagonals = defaultdict(set)
    for hits in words.values():
        for a, turned, at in hits:
            for b, is_reverse, there in hits:
                if not turned and a < b:
                    diagonals[a, b].add((is_reverse, at - there))
    found = []
    for (a, b), every in sorted(diagonals.items()):
        best = max(
            filter(None, (segment(texts[a], texts[b], *d) for d in sorted(every))), default=None
        )
        if best is not None:
            found.append(NaiveOverlap(a, b, *best[1:]))
    return overlap_arrays(found)


def segment(a, b, is_reverse, diagonal):
    """Return score and placement of the best local alignment on a diagonal, if it is good."""
    b = reverse_complement(b) if is_reverse else b
    low, high = max(0, diagonal), min(len(a), len(b) + diagonal)
    x = np.frombuffer(a[low:high].encode(), np.uint8)
    y = np.frombuffer(b[low - diagonal : high - diagonal].encode(), np.uint8)
    sums = np.concatenate([[0], np.cumsum(np.where(x == y, 2, -3))])
    gain = sums - np.minimum.accumulate(sums)
    end = int(np.argmax(gain))
    start = int(np.argmin(sums[: end + 1]))
    columns, differences = end - start, int((x[start:end] != y[start:end]).sum())
    if columns < MIN_COLUMNS or differences > (1 - MIN_IDENTITY) * columns:
        return None
    overhang = max(start, high - low - end)
    return int(gain[end]), bool(is_reverse), diagonal, diagonal, 0, differences, overhang
