"""Names of reads."""

import re
from uuid import UUID

import numpy as np
import pytest

from readkin.mates import parse_header
from readkin.simulation.platforms import (
    PLATFORMS,
    ReadNumbers,
    cluster_names,
    movie_names,
    random_names,
)


def random(seed=1):
    return np.random.default_rng(seed)


def test_cluster_names_are_unique_and_have_seven_fields():
    per_tile = 2000 * 2000
    starts = cluster_names(ReadNumbers(3, 0, 4100), random())
    next_tile = cluster_names(ReadNumbers(3, per_tile - 2050, 4100), random())
    names = starts + next_tile + cluster_names(ReadNumbers(4, 0, 10), random())
    assert len(set(names)) == len(names)
    assert {name.count(":") for name in names} == {6}
    assert starts[0] == "SIMULATOR:1:FLOWCELL:3:1101:1000:1000"
    assert next_tile[2050] == "SIMULATOR:1:FLOWCELL:3:1102:1000:1000"
    assert cluster_names(ReadNumbers(3, 4000, 7), random()) == starts[4000:4007]


def test_movie_names_are_unique_over_units_and_blocks():
    first = movie_names(ReadNumbers(1, 0, 3), random())
    assert first == [f"m00000_000000_000001/{hole}/ccs" for hole in (1, 2, 3)]
    assert movie_names(ReadNumbers(1, 2, 1), random()) == first[2:]
    assert not set(movie_names(ReadNumbers(2, 0, 3), random())) & set(first)
    assert all(re.fullmatch(r"m\d{5}_\d{6}_\d{6}/\d+/ccs", name) for name in first)


def test_random_names_are_uuids_of_version_4():
    names = random_names(ReadNumbers(1, 0, 100), random(1))
    assert len({*names, *random_names(ReadNumbers(1, 100, 100), random(2))}) == 200
    assert {UUID(name).version for name in names} == {4}
    assert random_names(ReadNumbers(1, 0, 100), random(1)) == names


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_no_name_looks_like_one_of_two_mates(platform):
    for name in platform.names(ReadNumbers(1, 0, 50), random()):
        assert parse_header(name) == (name, None)
