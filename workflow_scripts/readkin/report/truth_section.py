"""Section "Truth": pairs and clusters compared with the known origins of the reads."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from readkin.report.blocks import (
    BLUE,
    GREEN,
    GREY,
    Block,
    Column,
    Figure,
    Note,
    Section,
    Table,
    axis,
    count_column,
    legend_above,
    number_column,
    percent_column,
    plot,
)
from readkin.report.measures import TruthMeasures
from readkin.report.number_text import count_text, percent_text, score_text

MAX_GENOME_PAIRS = 10
HEAT_COLOURS = [[0, "rgba(0,114,178,0)"], [1, BLUE]]


def truth_section(truth: TruthMeasures | None) -> Section:
    """Return the section; without a truth table, a note on how to configure one."""
    if truth is None:
        blocks: list[Block] = [
            Note(
                "No truth table is configured. For simulated reads or a mock community, set truth:"
                " to a table of read_id, genome, start, end and strand. This section then shows"
                " recall, precision, and the agreement of clusters and genomes.",
                is_absence=True,
            )
        ]
    else:
        blocks = [
            _scores(truth),
            _by_confidence(truth),
            _calibration(truth),
            *_overlap_blocks(truth),
            *_heat_map(truth),
            _genomes(truth),
            *_causes(truth),
        ]
    return Section(
        name="truth",
        short_title="Truth",
        title="Comparison with the truth",
        lead=""
        if truth is None
        else "The known origins of the reads. No stage used them to compute the results above.",
        blocks=blocks,
    )


def _scores(truth: TruthMeasures) -> Table:
    pairs, clusters = truth.pairs, truth.clusters
    rows = [
        (
            "Recall of kin pairs",
            percent_text(pairs["recall"]),
            pairs["recall"],
            f"{count_text(pairs['true_found'])} of {count_text(pairs['true'])} pairs whose true"
            f" overlap is at least {truth.settings['min_kin_overlap_bp']} bp were found",
        ),
        (
            "Precision of kin pairs",
            percent_text(pairs["precision"]),
            pairs["precision"],
            f"{count_text(pairs['right'])} of {count_text(pairs['found'])} found pairs have a true"
            f" overlap of at least {truth.settings['min_true_overlap_bp']} bp",
        ),
        (
            "V-measure of clusters",
            score_text(clusters["v_measure"]),
            clusters["v_measure"],
            f"homogeneity {score_text(clusters['homogeneity'])} (1: each cluster has reads of one"
            f" genome only), completeness {score_text(clusters['completeness'])} (1: all reads of"
            " a genome are in one cluster)",
        ),
        (
            "Adjusted Rand index",
            score_text(clusters["adjusted_rand"]),
            clusters["adjusted_rand"],
            "agreement of clusters and genomes over all pairs of reads: 0 is chance, 1 is perfect",
        ),
        (
            "Purity of clusters",
            percent_text(clusters["purity"]),
            clusters["purity"],
            "reads whose genome is the most frequent one of their cluster",
        ),
        (
            "Genomes recovered",
            f"{clusters['recovered_half']} of {clusters['genomes_present']}",
            None,
            "one cluster has at least half of the genome's reads and is at least 90 % pure; with"
            f" 90 % of the reads and 95 % purity: {clusters['recovered_nearly_all']}",
        ),
    ]
    if (strains := clusters["strains"]) is not None:
        rows.append(
            (
                "Adjusted Rand index, strains apart",
                score_text(strains["adjusted_rand"]),
                strains["adjusted_rand"],
                f"with each strain as a cluster of its own; V-measure"
                f" {score_text(strains['v_measure'])}, genomes recovered"
                f" {strains['recovered_half']} and {strains['recovered_nearly_all']}",
            )
        )
    return Table(
        name="truth",
        caption="Pairs and clusters compared with the truth",
        columns=(
            Column("Measure"),
            Column("Value", is_number=True),
            number_column("Exact", _exact),
            Column("Computed from", is_prose=True),
        ),
        rows=rows,
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


def _calibration(truth: TruthMeasures) -> Table:
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
    )


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _overlap_blocks(truth: TruthMeasures) -> list[Block]:
    classes = [entry for entry in truth.pairs["by_overlap"] if entry["true"]]
    if not classes:
        return [Note("No two reads have a true overlap, so recall is undefined.", is_absence=True)]
    least = truth.settings["min_kin_overlap_bp"]
    caption = (
        f"Recall by true overlap. Only pairs with an overlap of at least {least} bp (dashed line)"
        " count towards the recall in the table."
    )
    return [
        Figure(
            name="recall",
            caption=caption,
            plot=_recall_plot(classes, least),
            height=340,
            span="half",
        ),
        Figure(
            name="true-pairs",
            caption="Found and missed true pairs, by overlap",
            plot=_found_plot(classes),
            height=340,
            span="half",
        ),
    ]


def _middle(entry: Mapping[str, Any]) -> float:
    return (entry["from_bp"] + entry["to_bp"] + 1) / 2


def _recall_plot(classes: Sequence[Mapping[str, Any]], least: int) -> dict[str, Any]:
    line = go.Scatter(
        x=[_middle(entry) for entry in classes],
        y=[100 * entry["recall"] for entry in classes],
        mode="lines+markers",
        cliponaxis=False,
        line={"color": GREEN, "width": 2},
        marker={"color": GREEN, "size": 7},
        customdata=[
            f"{entry['from_bp']} to {entry['to_bp']} bp: {entry['found']:,} of {entry['true']:,}"
            for entry in classes
        ],
        hovertemplate="%{customdata}, %{y:.1f} %<extra></extra>",
    )
    threshold = {
        "type": "line",
        "x0": least,
        "x1": least,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"dash": "dash", "width": 1.5, "color": GREY},
    }
    return plot(
        [line],
        shapes=[threshold],
        xaxis=axis("True overlap (bp)"),
        yaxis=axis("Recall (%)", range=[0, 104]),
        showlegend=False,
    )


def _found_plot(classes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    stacks = (
        ("found", GREEN, [entry["found"] for entry in classes]),
        ("missed", GREY, [entry["true"] - entry["found"] for entry in classes]),
    )
    bars = [
        go.Bar(
            x=[_middle(entry) for entry in classes],
            y=numbers,
            width=[entry["to_bp"] - entry["from_bp"] for entry in classes],
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{y:,}",
        )
        for name, colour, numbers in stacks
    ]
    return plot(
        bars,
        barmode="stack",
        hovermode="x unified",
        legend={**legend_above(), "traceorder": "normal"},
        xaxis=axis("True overlap (bp)"),
        yaxis=axis("True pairs", tickformat=","),
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


def _causes(truth: TruthMeasures) -> list[Block]:
    """Return tables of the genomes that false pairs and mixed clusters connect."""
    wrong, mixed = truth.pairs["wrong"], truth.clusters["mixed"]
    tables: list[Block] = []
    if wrong:
        tables.append(
            Table(
                name="wrong-pairs",
                caption="False pairs by the genomes of their reads. Within a genome, repeats cause"
                " them; between two genomes, sequences that both contain.",
                columns=(Column("Genome"), Column("Other genome"), count_column("Pairs")),
                rows=[(*entry["genomes"], entry["pairs"]) for entry in wrong[:MAX_GENOME_PAIRS]],
                span="half",
            )
        )
    if mixed:
        tables.append(
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
                span="half",
            )
        )
    return tables
