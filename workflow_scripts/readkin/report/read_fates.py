"""What became of the reads: placed, or why not; and how the threshold of confidence decides it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from readkin.formats.clusters import LOW_CONFIDENCE, PLACED, SHARED, STATUSES, UNCLUSTERED
from readkin.report.blocks import (
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    Block,
    Column,
    Figure,
    Heading,
    Table,
    axis,
    count_column,
    legend_above,
    number_column,
    percent_column,
    plot,
)
from readkin.report.cluster_measures import CONFIDENCE_STEPS, ClusterMeasures
from readkin.report.flow import StageFlow, find_flow
from readkin.report.number_text import decimal_text, percent_text, score_text, share

MAX_SAMPLES_DRAWN = 40
COLOUR_OF_STATUS = {PLACED: GREEN, LOW_CONFIDENCE: ORANGE, SHARED: PURPLE, UNCLUSTERED: GREY}
MEANINGS = {
    PLACED: ("it has a cluster", ""),
    SHARED: (
        "repeats, conserved genes, or stretches in which strains are identical: several places have"
        " its sequence, and its mate does not show which one it comes from",
        "column other_clusters of clusters.tsv lists candidates; longer fragments help",
    ),
    LOW_CONFIDENCE: (
        "two or more genomes are about as probable",
        "add samples in which the genomes have other abundances, or lower cluster.min_confidence",
    ),
    UNCLUSTERED: (
        "too little sequence of its genome was covered, or nothing overlaps it",
        "sequence deeper; a genome needs about 2x to be seen",
    ),
}
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)


def fate_blocks(clusters: ClusterMeasures, flows: Sequence[StageFlow]) -> list[Block]:
    """Return the figure and the table of the fate of all reads, and a table of thresholds."""
    blocks: list[Block] = [Heading("The fate of the reads"), _figure(clusters)]
    blocks.append(_table(clusters, flows))
    if clusters.are_genomes:
        blocks.append(_thresholds(clusters))
    return blocks


def _figure(clusters: ClusterMeasures) -> Figure:
    samples = clusters.samples if 1 < len(clusters.samples) <= MAX_SAMPLES_DRAWN else []
    names = ["all samples" if samples else "all reads", *samples]
    bars = []
    for status in _occurring(clusters):
        numbers = [clusters.number_with(status), *(clusters.status[s, status] for s in samples)]
        totals = [clusters.reads, *(_reads_of(clusters, sample) for sample in samples)]
        bars.append(
            go.Bar(
                y=names,
                x=[round(100 * n / total, 3) for n, total in zip(numbers, totals, strict=True)],
                orientation="h",
                name=status,
                marker={"color": COLOUR_OF_STATUS[status], "line": {"width": 0}},
                customdata=[f"{n:,} reads {status}" for n in numbers],
                hovertemplate="%{y}: %{customdata}, %{x:.1f} %<extra></extra>",
            )
        )
    return Figure(
        name="fates",
        caption="Reads by their fate" + (", in all samples and in each one" if samples else ""),
        plot=plot(
            bars,
            barmode="stack",
            legend={**legend_above(), "traceorder": "normal"},
            xaxis=axis("Reads (%)", range=[0, 100]),
            yaxis=axis("", type="category", autorange="reversed", showgrid=False),
        ),
        height=150 + 26 * len(names),
    )


def _occurring(clusters: ClusterMeasures) -> list[str]:
    """Return what becomes of any read, in the order of the figure."""
    return [status for status in COLOUR_OF_STATUS if clusters.number_with(status)]


def _reads_of(clusters: ClusterMeasures, sample: str) -> int:
    return sum(clusters.status[sample, status] for status in STATUSES)


def _table(clusters: ClusterMeasures, flows: Sequence[StageFlow]) -> Table:
    trim = find_flow(flows, "trim_reads", "reads").flow
    raw = trim.entered
    least = clusters.min_confidence
    enough = "" if least is None else f" with a confidence of {least:g} or more"
    dropped = ", ".join(f"{reason}: {n:,}" for reason, n in trim.dropped.items() if n)
    rows: list[tuple[Any, ...]] = []
    for status in _occurring(clusters):
        meaning, advice = MEANINGS[status]
        number = clusters.number_with(status)
        meaning += enough if status == PLACED else ""
        rows.append((status, number, share(number, raw), meaning, advice))
    lost = raw - clusters.reads
    rows.append(("dropped in trimming", lost, share(lost, raw), dropped, ""))
    rows.append(("all raw reads", raw, share(raw, raw), "", ""))
    return Table(
        name="fates",
        caption="Every read of the FASTQ files is in one line of this table",
        columns=(
            Column("Fate"),
            count_column("Reads"),
            percent_column("of all"),
            Column("Why", is_prose=True),
            Column("What to do", is_prose=True),
        ),
        rows=rows,
    )


def _thresholds(clusters: ClusterMeasures) -> Table:
    counts = clusters.confidence.counts
    values = np.arange(counts.size) / CONFIDENCE_STEPS
    rows = []
    for least in THRESHOLDS:
        kept = counts[round(least * CONFIDENCE_STEPS) :]
        number = int(kept.sum())
        mean = float(kept @ values[values.size - kept.size :]) / number if number else None
        wrong = None if mean is None else max(0.0, number * (1 - mean))
        rows.append((least, number, share(number, clusters.reads), mean, wrong))
    return Table(
        name="thresholds",
        caption="Reads that another cluster.min_confidence would place, if they are not shared"
        " sequence, and the number of wrong ones among them that their confidence predicts",
        columns=(
            number_column("Confidence at least", lambda value: f"{value:g}"),
            count_column("Reads"),
            percent_column("of all trimmed reads"),
            number_column("Mean confidence", score_text),
            number_column("Expected wrong", lambda value: decimal_text(value, 0)),
        ),
        rows=rows,
    )


def placed_text(clusters: ClusterMeasures) -> str:
    """Return a sentence on the placed reads, and on how many of them may be wrong."""
    text = f"{percent_text(share(clusters.placed, clusters.reads))} of the reads are placed"
    if clusters.expected_wrong is not None:
        text += f"; their confidence predicts that {percent_text(clusters.expected_wrong)} of"
        text += " these are wrong"
    return text
