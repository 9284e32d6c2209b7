"""Residues in lanes: each position of each lane contains its residue, for all sizes."""

import numpy as np
import pytest

from readkin.kernels.smith_waterman.lane_residues import (
    allocate_transpose_buffer,
    clear_lanes,
    transpose_lanes,
    write_bases,
)

BASES = np.array([0, 1, 2, 3, *[5] * 28], np.uint8)
COMPLEMENT = np.array([3, 2, 1, 0, *[5] * 28], np.uint8)


@pytest.mark.parametrize("lanes", [8, 16, 64])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("positions", [0, 1, 7, 8, 9, 161])
def test_lanes_are_transposed(lanes, dtype, positions):
    random = np.random.default_rng(positions)
    residues = random.integers(0, 256, (lanes, positions)).astype(np.uint8)
    buffer = allocate_transpose_buffer(lanes, 170)
    length = clear_lanes(buffer, lanes, positions, 31)
    for lane in range(lanes):
        buffer.by_lane[lane * length : lane * length + positions] = residues[lane]
    target = np.full(positions * lanes + 1, 99, dtype)
    transpose_lanes(buffer, lanes, positions, target)
    np.testing.assert_array_equal(target[:-1].reshape(positions, lanes), residues.T)
    assert target[-1] == 99


@pytest.mark.parametrize("positions", [1, 13])
def test_lanes_without_residues_contain_the_residue_they_were_cleared_with(positions):
    buffer = allocate_transpose_buffer(16, positions)
    target = np.zeros(positions * 16, np.uint16)
    clear_lanes(buffer, 16, positions, 7)
    transpose_lanes(buffer, 16, positions, target)
    assert (target == 7).all()


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 200])
def test_bases_of_both_strands(size):
    bases = np.random.default_rng(size).integers(0, 7, size).astype(np.uint8)
    bases[size // 2 :] *= 40  # up to 240
    known = np.where(bases < 4, bases, 5)
    complement = np.where(bases < 4, 3 - bases.astype(int), 5)
    bases.flags.writeable = False
    for codes, is_reverse, expected in (
        (BASES, False, known),
        (COMPLEMENT, True, complement[::-1]),
        (BASES, True, known[::-1]),
    ):
        target = np.zeros(size, np.uint8)
        write_bases(bases, codes, is_reverse, target)
        assert target.tolist() == expected.tolist()
