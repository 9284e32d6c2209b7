"""Letters in lanes: each place of each lane holds what was written there, whatever the sizes."""

import numpy as np
import pytest

from readkin.kernels.smith_waterman.lane_residues import (
    clear_lanes,
    make_desk,
    turn_lanes,
    write_bases,
)

BASES = np.array([0, 1, 2, 3, *[5] * 28], np.uint8)
COMPLEMENT = np.array([3, 2, 1, 0, *[5] * 28], np.uint8)


@pytest.mark.parametrize("lanes", [8, 16, 64])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("places", [0, 1, 7, 8, 9, 161])
def test_lanes_become_places(lanes, dtype, places):
    letters = np.random.default_rng(places).integers(0, 256, (lanes, places)).astype(np.uint8)
    desk = make_desk(lanes, 170)
    length = clear_lanes(desk, lanes, places, 31)
    for lane in range(lanes):
        desk.by_lane[lane * length : lane * length + places] = letters[lane]
    target = np.full(places * lanes + 1, 99, dtype)
    turn_lanes(desk, lanes, places, target)
    np.testing.assert_array_equal(target[:-1].reshape(places, lanes), letters.T)
    assert target[-1] == 99


@pytest.mark.parametrize("places", [1, 13])
def test_lanes_without_letters_hold_what_they_were_cleared_with(places):
    desk = make_desk(16, places)
    target = np.zeros(places * 16, np.uint16)
    clear_lanes(desk, 16, places, 7)
    turn_lanes(desk, 16, places, target)
    assert (target == 7).all()


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 200])
def test_bases_of_both_strands(size):
    bases = np.random.default_rng(size).integers(0, 7, size).astype(np.uint8)
    bases[size // 2 :] *= 40  # up to 240
    known = np.where(bases < 4, bases, 5)
    complement = np.where(bases < 4, 3 - bases.astype(int), 5)
    bases.flags.writeable = False
    for table, is_turned, expected in (
        (BASES, False, known),
        (COMPLEMENT, True, complement[::-1]),
        (BASES, True, known[::-1]),
    ):
        target = np.zeros(size, np.uint8)
        write_bases(bases, table, is_turned, target)
        assert target.tolist() == expected.tolist()
