"""Smallest hashes of k-mers: against all k-mers of a text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.formats.fasta import encode
from readkin.kernels.kmers.codes import mix64, seed_mask
from readkin.kernels.kmers.smallest_hashes import NO_HASH, smallest_hashes
from support.naive_kmers import reverse_complement

DNA = st.text("ACGTN", max_size=40)


def sketches(texts, groups, n_groups=2, k=5, number=4):
    bases = encode("".join(texts))
    offsets = np.cumsum([0, *map(len, texts)])
    return smallest_hashes(bases, offsets, np.array(groups, np.int64), n_groups, k, number)


def naive(texts, k, number):
    """Return the smallest hashes of the canonical k-mers of texts."""
    kmers = {text[i : i + k] for text in texts for i in range(len(text) - k + 1)}
    canonical = {min(kmer, reverse_complement(kmer)) for kmer in kmers if "N" not in kmer}
    codes = [int("".join(str("ACGT".index(base)) for base in kmer), 4) for kmer in canonical]
    hashes = sorted(int(mix64(np.uint64(code) ^ seed_mask(0))) for code in codes)[:number]
    return hashes + [int(NO_HASH)] * (number - len(hashes))


@given(st.lists(st.tuples(DNA, st.integers(-1, 1)), max_size=6))
def test_agrees_with_sets_of_kmers(sequences):
    texts, groups = [text for text, _ in sequences], [group for _, group in sequences]
    found = sketches(texts, groups)
    for group in range(2):
        chosen = [text for text, its in sequences if its == group]
        assert found[group].tolist() == naive(chosen, 5, 4)


def test_strand_and_order_do_not_matter():
    texts = ["ACGTTGCAAGT", "TTGACCA"]
    turned = [reverse_complement(text) for text in reversed(texts)]
    assert sketches(texts, [0, 0]).tolist() == sketches(turned, [0, 0]).tolist()


@pytest.mark.parametrize("k", [0, 32])
def test_k_that_fits_no_code(k):
    with pytest.raises(ValueError, match="expected 1 to 31"):
        sketches(["ACGT"], [0], k=k)
