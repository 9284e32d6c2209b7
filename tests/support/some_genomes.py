"""Clusters of a few pieces, for tests of later steps."""

import numpy as np

from readkin.clusters.assignments import Genomes
from readkin.formats.metric import read_metric


def genomes_of(cluster, confidence, **changes):
    """Return clusters of pieces; ``changes`` replace the other attributes."""
    p = len(cluster)
    values = {
        "cluster": np.array(cluster, np.int32),
        "confidence": np.array(confidence, np.float32),
        "second": np.full(p, -1, np.int32),
        "second_confidence": np.zeros(p, np.float32),
        "strain": np.zeros(p, np.int32),
        "strain_confidence": np.zeros(p, np.float32),
        "copy_number": np.full(p, np.nan, np.float32),
        "evidence": [],
        "metric": read_metric(),
    }
    return Genomes(**values | {name: np.array(value) for name, value in changes.items()})
