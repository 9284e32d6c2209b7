"""Section "Truth": clusters and pairs compared with the known origins of the reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from readkin.report.blocks import (
    GREEN,
    GREY,
    Block,
    Column,
    Figure,
    Heading,
    Note,
    Section,
    Table,
    axis,
    count_column,
    legend_above,
    number_column,
    plot,
)
from readkin.report.measures import TruthMeasures
from readkin.report.number_text import count_text, percent_text, score_text
from readkin.report.truth_clusters import cluster_blocks

MAX_GENOME_PAIRS = 10
Score = tuple[str, str, float | None, str]
"""Measure, value as text, exact value, and what it is computed from."""


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
            *cluster_blocks(truth),
            Heading("Kin pairs"),
            *_overlap_blocks(truth),
            *_wrong_pairs(truth),
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
    return Table(
        name="truth",
        caption="Clusters and pairs compared with the truth",
        columns=(
            Column("Measure"),
            Column("Value", is_number=True),
            number_column("Exact", _exact),
            Column("Computed from", is_prose=True),
        ),
        rows=[
            *_cluster_scores(truth.clusters),
            *_strain_scores(truth.clusters["strains"]),
            *_pair_scores(truth),
        ],
    )


def _cluster_scores(clusters: Mapping[str, Any]) -> list[Score]:
    return [
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


def _strain_scores(strains: Mapping[str, Any] | None) -> list[Score]:
    if strains is None:
        return []
    return [
        (
            "Adjusted Rand index, strains apart",
            score_text(strains["adjusted_rand"]),
            strains["adjusted_rand"],
            f"with each strain as a cluster of its own; V-measure"
            f" {score_text(strains['v_measure'])}, genomes recovered"
            f" {strains['recovered_half']} and {strains['recovered_nearly_all']}",
        )
    ]


def _pair_scores(truth: TruthMeasures) -> list[Score]:
    pairs = truth.pairs
    return [
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
    ]


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


def _wrong_pairs(truth: TruthMeasures) -> list[Block]:
    """Return a table of the genomes that false pairs connect."""
    wrong = truth.pairs["wrong"]
    if not wrong:
        return []
    return [
        Table(
            name="wrong-pairs",
            caption="False pairs by the genomes of their reads. Within a genome, repeats cause"
            " them; between two genomes, sequences that both contain.",
            columns=(Column("Genome"), Column("Other genome"), count_column("Pairs")),
            rows=[(*entry["genomes"], entry["pairs"]) for entry in wrong[:MAX_GENOME_PAIRS]],
        )
    ]
