"""Numbers of G and C: against counting characters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.formats.fasta import encode
from readkin.kernels.sequences.gc_counts import gc_counts


@given(st.lists(st.text("ACGTN", max_size=20), max_size=5))
def test_agrees_with_counting(texts):
    offsets = np.cumsum([0, *map(len, texts)])
    gc, known = gc_counts(encode("".join(texts)), offsets)
    assert gc.tolist() == [text.count("G") + text.count("C") for text in texts]
    assert known.tolist() == [len(text) - text.count("N") for text in texts]
