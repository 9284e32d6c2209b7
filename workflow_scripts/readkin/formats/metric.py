"""Composition metrics in HDF5: how genomes differ in tetranucleotides, within and between."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from readkin.errors import InputError
from readkin.formats import shipped_metric
from readkin.formats.atomic_write import atomic_write
from readkin.formats.hdf5_files import add_array, create, open_checked
from readkin.formats.hdf5_schema import COMPOSITION_METRIC
from readkin.kernels.kmers.tetranucleotides import DIMENSIONS, NUMBER_OF_CODE, K


@dataclass(frozen=True, eq=False, kw_only=True)
class Metric:
    """Model of the composition of genomes in the 136 canonical tetranucleotides.

    The excess of a stretch of sequence is ``(share - background) / sqrt(background)``. The mean
    excess of a genome varies with covariance ``between``; that of its stretches of 4000 bp varies
    around the mean with covariance ``within``.

    Attributes:
        background: float64 (136,), mean share of each tetranucleotide; the sum is 1.
        within, between: float64 (136, 136).
        axes: float64 (136, dims), axes on which both covariances are diagonal; ``within`` is 1.
        variance: float64 (dims,), ``between`` on the axes, falling.
        genomes: number of genomes from which the covariances were estimated.
    """

    background: np.ndarray
    within: np.ndarray
    between: np.ndarray
    axes: np.ndarray
    variance: np.ndarray
    genomes: float


def write_metric(
    path: Path, metric: Metric, parameters: Mapping[str, Any], fingerprint: str
) -> None:
    """Write a metric; ``parameters`` are the settings that determine it."""
    with (
        atomic_write(path) as temporary,
        create(temporary, COMPOSITION_METRIC, parameters, fingerprint) as file,
    ):
        file.attrs["genomes"] = float(metric.genomes)
        add_array(file, COMPOSITION_METRIC, "word", canonical_words())
        for name in ("background", "within", "between", "axes", "variance"):
            add_array(file, COMPOSITION_METRIC, name, getattr(metric, name))


def read_metric(path: Path | None = None) -> Metric:
    """Read a metric that ``write_metric`` wrote; without a path the one that readkin contains.

    Raises:
        InputError: if the file is missing, damaged, or has another format or impossible values.
    """
    path = path or shipped_metric.FILE
    with open_checked(path, COMPOSITION_METRIC) as file:
        arrays = {
            name: file[name][:] for name in ("background", "within", "between", "axes", "variance")
        }
        metric = Metric(**arrays, genomes=float(file.attrs["genomes"]))
    is_finite = all(np.isfinite(values).all() for values in arrays.values())
    if len(metric.background) != DIMENSIONS or not is_finite or (metric.background <= 0).any():
        expected = f"finite values of {DIMENSIONS} tetranucleotides, shares above 0"
        raise InputError(path, "other values", expected, "provide a learned_embedding.h5 of a run")
    return metric


def metric_fingerprint(path: Path | None = None) -> str:
    """Return the fingerprint of a file of a metric; without a path of the one readkin contains."""
    with open_checked(path or shipped_metric.FILE, COMPOSITION_METRIC) as file:
        return str(file.attrs["fingerprint"])


def canonical_words() -> np.ndarray:
    """Return the canonical tetranucleotides in the order of all arrays, S4 (136,)."""
    codes = np.unique(NUMBER_OF_CODE, return_index=True)[1]
    letters = np.frombuffer(b"ACGT", np.uint8)
    digits = [(codes >> 2 * (K - 1 - place)) % 4 for place in range(K)]
    return np.ascontiguousarray(letters[np.array(digits).T]).view(f"S{K}").ravel()
