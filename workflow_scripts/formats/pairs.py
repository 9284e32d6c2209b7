"""Candidate pairs of reads in HDF5, written piece by piece."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from formats.hdf5_schema import PAIRS, add_growing_array, append, create
from formats.whole_files import written_whole

PairsWriter = Callable[[Sequence[np.ndarray]], None]


@contextmanager
def pairs_writer(
    path: Path, parameters: Mapping[str, Any], fingerprint: str, attributes: Mapping[str, Any]
) -> Iterator[PairsWriter]:
    """Write a file of pairs, whole or not at all.

    Yields a function that takes the next pieces of read_a, read_b, votes, is_reverse, diagonal;
    the pieces must follow each other in order of (read_a, read_b).

    Args:
        path: of the file.
        parameters: settings that decide the content.
        fingerprint: hash of settings and code.
        attributes: the layout's own root attributes.
    """
    names = [declared.name for declared in PAIRS.datasets]
    with (
        written_whole(path) as temporary,
        create(temporary, PAIRS, parameters, fingerprint) as file,
    ):
        file.attrs.update(attributes)
        for name in names:
            add_growing_array(file, PAIRS, name)

        def write(columns: Sequence[np.ndarray]) -> None:
            for name, values in zip(names, columns, strict=True):
                append(file, name, values)

        yield write
