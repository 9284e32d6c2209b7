"""Smith-Waterman with CIGAR beside parasail, its best peer that Python can call for each pair.

Runs once on few pairs in the normal test run. To measure, in pairs and cells per second:
``pytest tests/benchmarks/bench_smith_waterman.py --benchmark-enable --benchmark-json=out.json``
(the columns of the terminal are times for all pairs; extra_info of the JSON has the rates).
"""

from typing import NamedTuple

import numpy as np
import parasail
import pytest

from kernels.smith_waterman import Scoring, align_pairs

SCORING = Scoring(2, -3, 5, 2)


class Pairs(NamedTuple):
    """Overlapping reads of one length and one strand with 0.5 % errors."""

    bases: np.ndarray
    offsets: np.ndarray
    read_a: np.ndarray
    read_b: np.ndarray


def overlapping_pairs(count: int, length: int) -> Pairs:
    rng = np.random.default_rng(length)
    genome = rng.integers(0, 4, 100 * length).astype(np.uint8)
    start = rng.integers(0, genome.size - 2 * length, count)
    start = np.stack([start, start + rng.integers(0, length - 30, count)], axis=1).ravel()
    reads = genome[start[:, None] + np.arange(length)]
    is_error = rng.random(reads.shape) < 0.005
    reads[is_error] = rng.integers(0, 4, is_error.sum())
    numbers = np.arange(2 * count)
    return Pairs(reads.ravel(), np.arange(2 * count + 1) * length, numbers[::2], numbers[1::2])


def tell_rates(benchmark, pairs: Pairs) -> None:
    if benchmark.stats is not None:
        seconds = benchmark.stats.stats.median
        lengths = np.diff(pairs.offsets)
        cells = int((lengths[pairs.read_a] * lengths[pairs.read_b]).sum())
        benchmark.extra_info["microseconds_per_pair"] = 1e6 * seconds / pairs.read_a.size
        benchmark.extra_info["gcups"] = cells / seconds / 1e9


@pytest.fixture(scope="module", params=[100, 150, 250])
def pairs(request) -> Pairs:
    return overlapping_pairs(2000, request.param)


@pytest.fixture
def expected_scores(pairs) -> list[int]:
    return [alignment[0] for alignment in with_parasail(pairs, slice(0, 50))]


def with_parasail(pairs: Pairs, chosen: slice) -> list[tuple[int, str]]:
    letters = np.frombuffer(b"ACGTN", np.uint8)[pairs.bases].tobytes().decode()
    matrix = parasail.matrix_create("ACGTN", SCORING.match, SCORING.mismatch)
    matrix[4, 4] = SCORING.mismatch
    found = []
    for a, b in zip(pairs.read_a[chosen], pairs.read_b[chosen], strict=True):
        query = letters[pairs.offsets[a] : pairs.offsets[a + 1]]
        target = letters[pairs.offsets[b] : pairs.offsets[b + 1]]
        # The fastest of its functions that give CIGARs of scores above 255.
        peer = parasail.sw_trace_scan_16(
            query, target, SCORING.gap_open, SCORING.gap_extend, matrix
        )
        found.append((peer.score, peer.cigar.decode.decode()))
    return found


def test_align_pairs(benchmark, pairs, expected_scores):
    strand = np.zeros(pairs.read_a.size, np.uint8)
    found = benchmark(align_pairs, *pairs, strand, SCORING)
    assert found.score[:50].tolist() == expected_scores
    tell_rates(benchmark, pairs)


def test_parasail(benchmark, pairs, expected_scores):
    found = benchmark(with_parasail, pairs, slice(None))
    assert [score for score, _ in found[:50]] == expected_scores
    tell_rates(benchmark, pairs)
