"""Model of composition by which pieces of different genomes are kept apart."""

import numpy as np

from readkin.formats.metric import read_metric
from readkin.formats.reads import Reads
from readkin.kernels.composition.counts import tetranucleotide_counts
from readkin.kernels.kmers.tetranucleotides import NUMBER_OF_CODE
from readkin.kernels.layout.composition import CompositionModel

DIMENSIONS = 16


def composition_model(reads: Reads) -> CompositionModel:
    """Return the axes of the shipped metric, relative to the mean of all reads."""
    metric = read_metric()
    ends = np.array([0, reads.bases.size])
    counts = tetranucleotide_counts(reads.bases, ends[:1], ends[1:])[0]
    axes = metric.axes[:, :DIMENSIONS] / np.sqrt(metric.background)[:, None]
    centre = counts @ axes / max(counts.sum(), 1)
    return CompositionModel(
        axes=(axes - centre)[NUMBER_OF_CODE].astype(np.float32),
        variance=metric.variance[:DIMENSIONS],
    )
