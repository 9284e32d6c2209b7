"""Rows of texts equal those of a dictionary."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.sequences.text_index import first_repeated, index_texts

TEXTS = st.lists(st.binary(max_size=4), max_size=40)


def arrays_of(texts):
    characters = np.frombuffer(b"".join(texts), np.uint8)
    return characters, np.cumsum([0, *map(len, texts)]).astype(np.int64)


@given(TEXTS, TEXTS)
def test_finds_the_first_row_of_each_text(texts, wanted):
    index = index_texts(*arrays_of(texts))
    expected = [texts.index(text) if text in texts else -1 for text in wanted]
    assert index.find(*arrays_of(wanted)).tolist() == expected
    assert [index.text(row) for row in range(len(texts))] == texts


def test_many_texts():
    texts = [b"read%d" % number for number in range(5000)]
    index = index_texts(*arrays_of(texts[::-1]))
    assert index.find(*arrays_of(texts)).tolist() == list(range(5000))[::-1]
    assert index.find(*arrays_of([b"read", b"read05"])).tolist() == [-1, -1]


def test_rows_that_repeat():
    is_taken = np.zeros(5, bool)
    assert first_repeated(np.array([3, 1]), is_taken) == -1
    assert is_taken.tolist() == [False, True, False, True, False]
    assert first_repeated(np.array([0, 2, 3, 1]), is_taken) == 2
    assert first_repeated(np.array([4, 4]), is_taken) == 1
