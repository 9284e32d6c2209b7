"""Residues: a base and its quality in one byte, so that both are fetched together.

The lower two bits are the base (A 0, C 1, G 2, T 3), the others the Phred quality, from 1 to 63. A
residue below 4 is an unknown base. The complement of a known residue is ``residue ^ 3``. Qualities
above 63 count as 63, a lack of quality as 1.
"""

from typing import Any

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE

KNOWN = 4  # least known residue
HIGHEST_QUALITY = 63
LEAST_ERROR = 1e-4  # errors before sequencing (amplification) are in no quality


def _error_probabilities() -> np.ndarray:
    quality = np.arange(HIGHEST_QUALITY + 1)
    return np.where(quality > 1, np.maximum(10.0 ** (-quality / 10), LEAST_ERROR), 0.75)


ERROR = _error_probabilities()  # float64 (64,), by quality: probability that the base is wrong
# float64 (64, 64), by both qualities: evidence of two unequal bases
UNEQUAL_EVIDENCE = -np.log10(np.minimum(1.0, ERROR[:, None] + ERROR[None, :]))
# float64 (64,): evidence of a base that would have to be an error to this one of three others
BASE_EVIDENCE = -np.log10(ERROR / 3)


@njit(cache=True, nogil=True)
def pack_residues(bases: np.ndarray, qualities: np.ndarray) -> np.ndarray:
    """Return the residues, uint8 (n,).

    Args:
        bases: uint8 (n,), A 0, C 1, G 2, T 3, unknown bases 4 or higher.
        qualities: uint8 (n,), Phred.
    """
    residues = np.empty(bases.size, np.uint8)
    for i in range(bases.size):
        quality = min(max(qualities[i], np.uint8(1)), np.uint8(HIGHEST_QUALITY))
        residues[i] = quality << 2 | bases[i] if bases[i] < 4 else 0
    return residues


@njit(inline="always")
def base_of(residue: Any) -> Any:
    """Return the base, A 0, C 1, G 2, T 3, unknown 4."""
    return residue & 3 if residue >= KNOWN else UNKNOWN_BASE


@njit(cache=True, nogil=True)
def mean_error(residues: np.ndarray) -> float:
    """Return the mean probability that a base of these residues is wrong."""
    total = 0.0
    for residue in residues:
        total += ERROR[residue >> 2]
    return total / max(residues.size, 1)
