"""Samples of reads: units of one sample are one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from readkin.formats.unaligned_bam import UnitName


class Samples(NamedTuple):
    """Samples of n reads, numbered in the order of the sheet.

    Attributes:
        names: of the samples.
        of_read: int64 (n,), number of the sample of each read.
    """

    names: list[str]
    of_read: np.ndarray


def samples_of(units: Sequence[UnitName], unit_of_read: np.ndarray) -> Samples:
    """Return the samples of reads.

    Args:
        units: sample and unit of each BAM file.
        unit_of_read: integers (n,), number of the unit of each read.
    """
    names = list(dict.fromkeys(unit.sample for unit in units))
    of_unit = np.array([names.index(unit.sample) for unit in units], np.int64)
    return Samples(names, of_unit[unit_of_read])
