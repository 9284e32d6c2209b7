"""Clusters compared with the known genomes: purity of each genome, calibration, contents."""

from collections.abc import Mapping
from html import escape
from typing import Any

import plotly.graph_objects as go

from readkin.report.blocks import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    Block,
    Column,
    Figure,
    Note,
    Table,
    axis,
    count_column,
    legend_above,
    number_column,
    percent_column,
    plot,
)
from readkin.report.measures import TruthMeasures
from readkin.report.number_text import score_text

MAX_GENOME_PAIRS = 10
MAX_GENOMES_DRAWN = 60
HEAT_COLOURS = [[0, "rgba(0,114,178,0)"], [1, BLUE]]


def cluster_blocks(truth: TruthMeasures) -> list[Block]:
    """Return figures and tables on the agreement of clusters and genomes."""
    return [
        *_genome_figure(truth),
        _by_confidence(truth),
        *_calibration(truth),
        *_heat_map(truth),
        _genomes(truth),
        *_mixed(truth),
    ]


def _genome_figure(truth: TruthMeasures) -> list[Block]:
    """Return bars of the share and the purity of each genome in its main cluster."""
    genomes = truth.clusters["genomes"][:MAX_GENOMES_DRAWN]
    if not any(entry["largest_cluster"] for entry in genomes):
        return []
    names = [escape(entry["genome"]) for entry in genomes]
    numbers = [
        "no cluster" if entry["largest_cluster"] is None else f"cluster {entry['largest_cluster']}"
        for entry in genomes
    ]
    bars = [
        go.Bar(
            y=names,
            x=[round(100 * (entry[key] or 0), 3) for entry in genomes],
            orientation="h",
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            customdata=numbers,
            hovertemplate=f"%{{y}}, %{{customdata}}: %{{x:.1f}} % {name}<extra></extra>",
        )
        for name, key, colour in (
            ("recovered", "largest_cluster_share", BLUE),
            ("purity", "largest_cluster_purity", GREEN),
        )
    ]
    return [
        Figure(
            name="genome-purity",
            caption="The main cluster of each genome: share of the genome's reads that it has"
            " (recovered), and share of its own reads that are of that genome (purity). Two"
            " strains in one cluster both have a low purity.",
            plot=plot(
                bars,
                barmode="group",
                legend={**legend_above(), "traceorder": "normal"},
                xaxis=axis("%", range=[0, 100]),
                yaxis=axis("", type="category", autorange="reversed", showgrid=False),
            ),
            height=130 + 34 * len(genomes),
        )
    ]


def _calibration(truth: TruthMeasures) -> list[Block]:
    """Return the table of confidence and truth, and a figure if there is anything to draw."""
    table = _calibration_table(truth)
    parts = [part for part in truth.clusters["calibration"] if part["reads"] and part["mean"]]
    return [_calibration_figure(parts), table] if parts else [table]


def _calibration_figure(parts: list[Mapping[str, Any]]) -> Figure:
    most = max(part["reads"] for part in parts)
    points = go.Scatter(
        x=[round(part["mean"], 4) for part in parts],
        y=[round(part["right"], 4) for part in parts],
        mode="lines+markers",
        cliponaxis=False,
        line={"color": ORANGE, "width": 2},
        marker={
            "color": ORANGE,
            "size": [round(8 + 14 * (part["reads"] / most) ** 0.5, 1) for part in parts],
        },
        customdata=[f"{part['reads']:,} reads" for part in parts],
        hovertemplate="%{customdata}: mean confidence %{x:.3f}, right %{y:.3f}<extra></extra>",
    )
    ideal = {"type": "line", "x0": 0, "x1": 1, "y0": 0, "y1": 1}
    return Figure(
        name="calibration",
        caption="Confidence and truth. On the dashed line the confidence is exact; points above it"
        " are better than their confidence. Large points have many reads.",
        plot=plot(
            [points],
            shapes=[{**ideal, "line": {"dash": "dash", "width": 1.5, "color": GREY}}],
            xaxis=axis("Mean confidence", range=[0, 1.02]),
            yaxis=axis("Fraction right", range=[0, 1.02]),
            showlegend=False,
        ),
        height=320,
        span="half",
    )


def _by_confidence(truth: TruthMeasures) -> Table:
    keys = (
        *("min_confidence", "reads", "share_placed", "purity", "v_measure", "adjusted_rand"),
        *("recovered_half", "recovered_nearly_all"),
    )
    return Table(
        name="truth-by-confidence",
        caption="The reads whose confidence is at least that of the first column",
        columns=(
            number_column("Confidence", lambda value: f"{value:g}"),
            count_column("Reads"),
            percent_column("of all reads"),
            percent_column("Purity"),
            number_column("V-measure", score_text),
            number_column("Adjusted Rand index", score_text),
            count_column("Genomes, half recovered"),
            count_column("nearly all recovered"),
        ),
        rows=[[part[key] for key in keys] for part in truth.clusters["by_confidence"]],
    )


def _calibration_table(truth: TruthMeasures) -> Table:
    return Table(
        name="calibration",
        caption="Confidence and truth: of reads with a mean confidence of 0.9, 90 % should be"
        " right, that is, of the most frequent genome of their cluster",
        columns=(
            Column("Confidence"),
            count_column("Reads"),
            number_column("Mean confidence", score_text),
            number_column("Right", score_text),
        ),
        rows=[
            (f"{part['from']:g} to {part['to']:g}", part["reads"], part["mean"], part["right"])
            for part in truth.clusters["calibration"]
        ],
        span="half",
    )


def _heat_map(truth: TruthMeasures) -> list[Block]:
    """Return a heat map of the reads of each genome in the largest clusters.

    The colour is the fraction of the cluster.
    """
    largest = truth.clusters["largest"]
    if not largest:
        return [Note("The comparison lists no clusters, so there is no heat map.", is_absence=True)]
    genomes = [escape(entry["genome"]) for entry in truth.clusters["genomes"]]
    reads = [[entry["reads"][i] for entry in largest] for i in range(len(genomes))]
    sizes = [sum(entry["reads"]) for entry in largest]
    heat = go.Heatmap(
        x=[str(entry["cluster"]) for entry in largest],
        y=genomes,
        z=[[100 * n / size for n, size in zip(row, sizes, strict=True)] for row in reads],
        zmin=0,
        zmax=100,
        text=[[f"{n:,}" if n else "" for n in row] for row in reads],
        texttemplate="%{text}",
        colorscale=HEAT_COLOURS,
        xgap=2,
        ygap=2,
        colorbar={"title": {"text": "% of cluster", "side": "right"}, "thickness": 12},
        hovertemplate="cluster %{x}, %{y}: %{text} reads, %{z:.1f} %<extra></extra>",
    )
    layout = {
        "xaxis": axis("Cluster (1 = largest)", type="category", showgrid=False),
        "yaxis": axis("", type="category", autorange="reversed", showgrid=False),
    }
    return [
        Figure(
            name="heat-map",
            caption="Number of reads of each genome (row) in the largest clusters (columns). A"
            " column with a single coloured cell is a cluster of one genome.",
            plot=plot([heat], **layout),
            height=130 + 34 * len(genomes),
            least_width=760,
        )
    ]


def _genomes(truth: TruthMeasures) -> Table:
    keys = (
        "genome reads unclustered clusters largest_cluster largest_cluster_reads"
        " largest_cluster_share largest_cluster_purity"
    )
    return Table(
        name="genomes",
        caption="Clusters that contain the reads of each genome",
        columns=(
            Column("Genome"),
            count_column("Reads"),
            count_column("without cluster"),
            count_column("Clusters"),
            count_column("Main cluster (number)"),
            count_column("Reads in main cluster"),
            percent_column("of the genome's reads"),
            percent_column("Purity of main cluster"),
        ),
        rows=[[entry[key] for key in keys.split()] for entry in truth.clusters["genomes"]],
    )


def _mixed(truth: TruthMeasures) -> list[Block]:
    """Return a table of the genomes that mixed clusters connect."""
    mixed = truth.clusters["mixed"]
    if not mixed:
        return []
    return [
        Table(
            name="mixed-clusters",
            caption="Clusters that contain reads of two genomes",
            columns=(
                Column("Genome"),
                Column("Other genome"),
                count_column("Clusters with both"),
                count_column("Reads of the rarer genome"),
            ),
            rows=[
                (*entry["genomes"], entry["clusters"], entry["reads"])
                for entry in mixed[:MAX_GENOME_PAIRS]
            ],
        )
    ]
