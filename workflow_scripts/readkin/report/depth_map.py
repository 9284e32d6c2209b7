"""Heat map of the depth of the largest clusters in every sample."""

from html import escape

import numpy as np
import plotly.graph_objects as go

from readkin.report.blocks import Block, Figure, axis, plot
from readkin.report.cluster_measures import ClusterMeasures

MAX_CLUSTERS = 50
MAX_SAMPLES = 200
MAX_SAMPLES_WITH_TEXT = 14
LOWEST = 0.1  # depth that is drawn as none
COLOURS = "Cividis"  # can be distinguished with colour vision deficiency, on light and dark pages


def depth_map(clusters: ClusterMeasures) -> list[Block]:
    """Return the heat map; nothing for a single sample, or if depths are unknown."""
    rows = [row for row in clusters.summary[:MAX_CLUSTERS] if row["depth"] is not None]
    samples = clusters.samples[:MAX_SAMPLES]
    if not rows or len(samples) < 2:
        return []
    depth = np.array([clusters.depths(row)[: len(samples)] for row in rows])
    # Colours are on a logarithmic scale from LOWEST to the largest depth; none below LOWEST.
    level = np.log10(np.maximum(depth, LOWEST))
    ticks = np.arange(np.floor(np.log10(LOWEST)), level.max() + 1)
    shown = np.round(level, 3).astype(object)
    shown[depth < LOWEST] = None
    has_text = len(samples) <= MAX_SAMPLES_WITH_TEXT
    heat = go.Heatmap(
        x=[escape(name) for name in samples],
        y=[str(row["cluster"]) for row in rows],
        z=shown.tolist(),
        zmin=float(np.log10(LOWEST)),
        zmax=float(max(level.max(), 1.0)),
        text=[[f"{value:.1f}" for value in of_row] for of_row in depth.tolist()],
        texttemplate="%{text}" if has_text else None,
        colorscale=COLOURS,
        xgap=2,
        ygap=2,
        colorbar={
            "title": {"text": "depth", "side": "right"},
            "thickness": 12,
            "tickvals": ticks.tolist(),
            "ticktext": [f"{10**tick:g}" for tick in ticks],
        },
        hovertemplate="cluster %{y}, sample %{x}: depth %{text}<extra></extra>",
    )
    which = f"the {len(rows)} largest clusters" if len(rows) < clusters.size_by_rank.size else ""
    first = f", the first {len(samples)} samples" if len(samples) < len(clusters.samples) else ""
    return [
        Figure(
            name="depths",
            caption=f"Depth of {which or 'the clusters'} (rows) in the samples (columns){first}."
            " Clusters with the same pattern over many samples may be parts of one genome, or live"
            " together.",
            plot=plot(
                [heat],
                xaxis=axis("Sample", type="category", showgrid=False),
                yaxis=axis("Cluster", type="category", autorange="reversed", showgrid=False),
            ),
            height=150 + max(18, min(30, 900 // len(rows))) * len(rows),
            least_width=min(2400, 260 + (52 if has_text else 16) * len(samples)),
        )
    ]
