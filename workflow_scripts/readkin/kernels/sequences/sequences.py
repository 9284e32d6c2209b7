"""Sequences as kernels take them."""

from typing import NamedTuple

import numpy as np


class Sequences(NamedTuple):
    """Sequence i is codes[offsets[i]:offsets[i + 1]]."""

    codes: np.ndarray  # uint8, letter codes
    offsets: np.ndarray  # int64 (sequences + 1,)
