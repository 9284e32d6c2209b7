"""Compiling all kernels of a search, or loading them from the cache, before the work begins."""

import numpy as np

from readkin.kernels.best_hits import no_hits
from readkin.kernels.sequences.sequences import Sequences
from readkin.parallel.shared_arrays import read_only
from readkin.search import exhaustive, filtered
from readkin.search.alignment import align_hits, listed_hits
from readkin.search.problem import make_problem
from readkin.search.settings import Settings


def compile_kernels(settings: Settings) -> None:
    """Search and align a few letters; equal ones, so that scores need wide numbers as well."""
    letters = np.random.default_rng(1).integers(0, 4, 1500).astype(np.uint8)
    bounds = np.array([0, 40, 400, 1500])
    sequences = Sequences(read_only(letters), read_only(bounds))
    problem = make_problem(sequences, sequences, settings)
    best = no_hits(3, 2)
    if settings.is_exhaustive:
        plan = exhaustive.plan(problem)
        for tile in plan.tiles:
            exhaustive.search_tile(problem, plan, tile, best)
    else:
        by_keys = filtered.plan(problem)
        for chunk in by_keys.chunks:
            filtered.search_chunk(problem, by_keys, chunk, best)
    align_hits(problem, listed_hits(best))
