"""Sequencing platforms that can be simulated: their properties and the form of their read names."""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from uuid import UUID

import numpy as np

TILE_COLUMNS = TILE_ROWS = 2000  # clusters of a simulated tile


class ReadNumbers(NamedTuple):
    """Numbers of consecutive fragments.

    Attributes:
        lane: number of the unit, different for each unit.
        first: number of the first fragment in the unit.
        n: number of fragments.
    """

    lane: int
    first: int
    n: int


class Platform(NamedTuple):
    """A sequencing platform.

    Attributes:
        label: PL of the SAM specification, column platform of the sample sheet.
        names: function of the numbers of n fragments and a random generator that returns n names,
            which are unique and reveal nothing about the origin of a read.
        has_casava_comment: whether a comment in Casava's form follows the name.
        highest_quality: maximum Phred quality.
        defaults: properties that can be set, with their defaults.
    """

    label: str
    names: Callable[[ReadNumbers, np.random.Generator], list[str]]
    has_casava_comment: bool
    highest_quality: int
    defaults: Mapping[str, float | tuple[float, ...]]


def cluster_names(numbers: ReadNumbers, random: np.random.Generator) -> list[str]:
    """Return names in Illumina's form (instrument:run:flow cell:lane:tile:x:y)."""
    lane, first, n = numbers
    names = []
    for number in range(first, first + n):
        row, column = divmod(number, TILE_COLUMNS)
        tile, row = divmod(row, TILE_ROWS)
        names.append(f"SIMULATOR:1:FLOWCELL:{lane}:{1101 + tile}:{1000 + column}:{1000 + row}")
    return names


def movie_names(numbers: ReadNumbers, random: np.random.Generator) -> list[str]:
    """Return names in the form of PacBio's HiFi reads (movie/hole/ccs); a unit is a movie."""
    lane, first, n = numbers
    return [f"m00000_000000_{lane:06d}/{hole}/ccs" for hole in range(first + 1, first + n + 1)]


def random_names(numbers: ReadNumbers, random: np.random.Generator) -> list[str]:
    """Return random names in Oxford Nanopore's form (UUID, version 4)."""
    content = random.bytes(16 * numbers.n)
    starts = range(0, len(content), 16)
    return [str(UUID(bytes=content[start : start + 16], version=4)) for start in starts]


PLATFORMS = {
    "illumina": Platform(
        label="ILLUMINA",
        names=cluster_names,
        has_casava_comment=True,
        highest_quality=41,
        defaults={
            "read_length": 150,
            "fragment_mean": 280,
            "fragment_sd": 70,
            "fragment_min": 30,
            "substitution_rate_start": 0.0004,
            "substitution_rate_end": 0.01,
            "error_noise_sd": 0.6,
            "indel_rate": 0.0001,
            "n_rate": 0.0005,
            "n_run_fraction": 0.002,
        },
    ),
    "pacbio": Platform(
        label="PACBIO",
        names=movie_names,
        has_casava_comment=False,
        highest_quality=93,
        defaults={
            "read_length": 15_000,
            "read_length_sd": 3_000,
            "read_length_min": 200,
            "error_rate": 0.002,
            "error_mix": (0.2, 0.4, 0.4),
            "error_noise_sd": 1.0,
        },
    ),
    "ont": Platform(
        label="ONT",
        names=random_names,
        has_casava_comment=False,
        highest_quality=50,
        defaults={
            "read_length": 8_000,
            "read_length_sd": 6_000,
            "read_length_min": 200,
            "error_rate": 0.02,
            "error_mix": (0.4, 0.25, 0.35),
            "error_noise_sd": 0.6,
        },
    ),
}
