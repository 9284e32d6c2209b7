"""A comparison with the truth for the results that report_inputs.py writes."""

import json

import numpy as np
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

from support.report_inputs import MIN_ALIGNED, READ_LENGTH


def write_truth_comparison(inputs, min_kin_overlap_bp=75):
    """Write the file that compare_with_truth would write; all aligned pairs count as found."""
    names = [f"genome_{number}" for number in range(int(inputs.genome.max()) + 1)]
    overlap, found = inputs.overlap, inputs.overlap >= MIN_ALIGNED
    kin = overlap >= min_kin_overlap_bp
    numbers = np.unique(inputs.cluster)
    table = np.array(
        [np.bincount(inputs.genome[inputs.cluster == c], minlength=len(names)) for c in numbers]
    )
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(
        inputs.genome, inputs.cluster
    )
    wrong = inputs.n_kin // 100
    content = {
        "format": "readkin-truth-comparison",
        "format_version": 1,
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
        "clusters": {
            "number": len(numbers),
            "homogeneity": float(homogeneity),
            "completeness": float(completeness),
            "v_measure": float(v_measure),
            "adjusted_rand": float(adjusted_rand_score(inputs.genome, inputs.cluster)),
            "genomes": [genome_row(name, table[:, i]) for i, name in enumerate(names)],
            "mixed": [{"genomes": names[:2], "clusters": 1, "reads": 3}],
            "largest": [
                {"cluster": int(c), "reads": row}
                for c, row in zip(numbers[:20], table[:20].tolist(), strict=True)
            ],
        },
    }
    path = inputs.folder / "truth_comparison.json"
    path.write_text(json.dumps(content))
    return path


def overlap_row(overlap, found, low):
    inside = (overlap >= low) & (overlap < low + 20)
    n_true, n_found = int(inside.sum()), int((inside & found).sum())
    recall = n_found / n_true if n_true else None
    return {"from_bp": low, "to_bp": low + 19, "true": n_true, "found": n_found, "recall": recall}


def genome_row(name, reads):
    largest = int(reads.argmax())
    return {
        "genome": name,
        "reads": int(reads.sum()),
        "clusters": int(np.count_nonzero(reads)),
        "largest_cluster": largest + 1,
        "largest_cluster_reads": int(reads[largest]),
        "largest_cluster_share": int(reads[largest]) / int(reads.sum()),
    }
