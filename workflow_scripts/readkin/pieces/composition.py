"""Model of composition by which pieces of different genomes are kept apart."""

import numpy as np

from readkin.formats.metric import read_metric
from readkin.kernels.kmers.tetranucleotides import NUMBER_OF_CODE
from readkin.kernels.layout.composition import CompositionModel, count_codes

DIMENSIONS = 16


def composition_model(residues: np.ndarray) -> CompositionModel:
    """Return the axes of the shipped metric, relative to the mean of all reads.

    Args:
        residues: uint8, of all reads (kernels.layout.residues).
    """
    metric = read_metric()
    counts = np.bincount(NUMBER_OF_CODE, count_codes(residues), minlength=len(metric.axes))
    axes = metric.axes[:, :DIMENSIONS] / np.sqrt(metric.background)[:, None]
    centre = counts @ axes / max(counts.sum(), 1)
    return CompositionModel(
        axes=(axes - centre)[NUMBER_OF_CODE].astype(np.float32),
        variance=metric.variance[:DIMENSIONS],
    )
