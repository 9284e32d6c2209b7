"""The plan of a filtered search."""

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.search.filtered import plan_chunks
from support.search_tasks import task


def test_queries_too_many_for_their_length_are_refused():
    short = [np.zeros(20, np.uint8)] * 2**13
    long = np.resize(np.array([0, 1, 2, 3, 1], np.uint8), 2**24)
    with pytest.raises(InputError, match=r"the queries: found 8193 reads of up to 16777216 bases"):
        plan_chunks(task([*short, long], [short[0]]))
