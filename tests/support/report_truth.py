"""A comparison with the truth for the results that report_inputs.py writes."""

import json

import numpy as np

from readkin.formats.clusters import read_clusters
from readkin.truth.clusters import Labels, compare_clusters
from support.report_inputs import MIN_ALIGNED, READ_LENGTH


def write_truth_comparison(inputs, min_kin_overlap_bp=75):
    """Write the file that compare_with_truth would write; all aligned pairs count as found."""
    names = [f"genome_{number}" for number in range(int(inputs.genome.max()) + 1)]
    overlap, found = inputs.overlap, inputs.overlap >= MIN_ALIGNED
    kin = overlap >= min_kin_overlap_bp
    confidence = read_clusters(inputs.clusters)["confidence"].to_numpy()
    labels = Labels(inputs.cluster, np.arange(len(inputs.cluster)) % 2, confidence)
    wrong = inputs.n_kin // 100
    content = {
        "format": "readkin-truth-comparison",
        "format_version": 2,
        "settings": {"min_kin_overlap_bp": min_kin_overlap_bp, "min_true_overlap_bp": 20},
        "reads": len(inputs.cluster),
        "kin_pairs": {
            "true": int(kin.sum()) + 50,
            "true_found": int(kin.sum()),
            "recall": int(kin.sum()) / (int(kin.sum()) + 50),
            "found": inputs.n_kin,
            "right": inputs.n_kin - wrong,
            "precision": (inputs.n_kin - wrong) / inputs.n_kin,
            "by_overlap": [overlap_row(overlap, found, low) for low in range(20, READ_LENGTH, 20)],
            "wrong": [{"genomes": names[:2], "pairs": wrong}],
        },
        "clusters": compare_clusters(inputs.genome, names, labels),
    }
    path = inputs.folder / "truth_comparison.json"
    path.write_text(json.dumps(content))
    return path


def overlap_row(overlap, found, low):
    inside = (overlap >= low) & (overlap < low + 20)
    n_true, n_found = int(inside.sum()), int((inside & found).sum())
    recall = n_found / n_true if n_true else None
    return {"from_bp": low, "to_bp": low + 19, "true": n_true, "found": n_found, "recall": recall}
