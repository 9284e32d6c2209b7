"""Benchmarks of what only readkin's kernels offer: bands, packed lanes, halved all-against-all."""

from collections.abc import Callable

import numpy as np
from numba import njit

from benchmarks.align.race import timed
from benchmarks.align.readkin_tool import first_pairs, packed, scoring_of
from benchmarks.align.work_sets import set_a, set_p
from benchmarks.records import Record, record
from readkin.kernels.simd.vectors import lane_count
from readkin.kernels.smith_waterman.alignment import (
    Pairs,
    score_all_against_all,
    score_in_band,
    score_pairs,
)
from readkin.kernels.smith_waterman.batches import (
    WHOLE_MATRIX,
    Batch,
    BatchShape,
    allocate_batch,
    fill_matrices,
    interleave,
    shape_of,
)
from readkin.kernels.smith_waterman.scoring import Alphabet, alphabet_of
from support.sequence_pairs import chosen_pairs

HALF_WIDTH = 16
BELOW_8_BIT_LIMIT = 200
LANES = lane_count(np.uint8)
TIMES = 2000


def band_and_half(is_quick: bool, repetitions: int) -> list[Record]:
    """Measure pairs per second in packed lanes and overall, and halved all-against-all scoring."""
    divisor = 10 if is_quick else 1
    work = set_p(150, 40_000 // divisor, 1.0, None)
    scoring = scoring_of(work.costs)
    alphabet = alphabet_of(scoring)
    pairs = first_pairs(work, work.units)
    is_low = score_pairs(pairs, scoring) < BELOW_8_BIT_LIMIT
    low = chosen_pairs(pairs, is_low)
    records = []
    for name, half_width in (("full matrix", WHOLE_MATRIX), ("band of 16", HALF_WIDTH)):
        run = packed_batch(low, alphabet, half_width)
        records.append(pairs_per_second(f"{name}, packed, 8 bit", run, LANES * TIMES, repetitions))
    for name, subset in (("8 bit", low), ("all", pairs)):
        run = banded(subset, scoring)
        n = subset.index_a.size
        records.append(pairs_per_second(f"band of 16, {name}", run, n, repetitions))
    reads = packed(set_a(2000 // divisor, 1).queries)
    seconds = measured(lambda: score_all_against_all(reads, scoring), repetitions)
    rates = reads.codes.size**2 / seconds / 1e9
    half = record("A against itself", "readkin kernels", "gcups_effective", "GCUPS", rates)
    return [*records, half]


def banded(pairs: Pairs, scoring) -> Callable[[], object]:
    """Return a function that scores the pairs in a band."""
    return lambda: score_in_band(pairs, scoring, HALF_WIDTH)


def packed_batch(pairs: Pairs, alphabet: Alphabet, half_width: int) -> Callable[[], object]:
    """Return a function that fills the matrices of one batch TIMES times, with average pairs."""
    middle = pairs.index_a.size // 2
    chosen = np.argsort(np.abs(pairs.diagonal), kind="stable")[middle : middle + LANES]
    shape = shape_of(pairs, chosen, half_width)
    batch = allocate_batch(shape, alphabet, np.uint8)
    interleave(pairs, chosen, half_width, alphabet, batch.residues, batch.transpose_buffer)
    return lambda: fill_again(batch, shape, TIMES)


@njit
def fill_again(batch: Batch, shape: BatchShape, times: int) -> None:
    """Fill the matrices of a batch repeatedly."""
    for _ in range(times):
        fill_matrices(batch, None, None, shape)


def pairs_per_second(name: str, run: Callable[[], object], n: int, repetitions: int) -> Record:
    """Return the record of a run over n pairs."""
    rates = n / measured(run, repetitions)
    return record(f"P150 {name}", "readkin kernels", "pairs_per_second", "1/s", rates)


def measured(run: Callable[[], object], repetitions: int) -> np.ndarray:
    """Return the processor seconds of each repetition, after one that compiles."""
    run()
    return np.array([timed(lambda _: run(), 0, False)[1] for _ in range(repetitions)])
