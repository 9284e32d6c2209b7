"""Section "Clusters": next steps, cards of the largest clusters, maps, fates of reads, sizes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from readkin.formats.cluster_summary import READS_OF_SAMPLE
from readkin.report.blocks import (
    BLUE,
    GREEN,
    Block,
    Column,
    Figure,
    Heading,
    Note,
    Section,
    Table,
    axis,
    count_column,
    number_column,
    percent_column,
    plot,
)
from readkin.report.cluster_cards import cluster_cards
from readkin.report.cluster_measures import ClusterMeasures
from readkin.report.depth_map import depth_map
from readkin.report.flow import StageFlow
from readkin.report.measures import TruthMeasures
from readkin.report.next_steps import next_steps
from readkin.report.number_text import decimal_text, plural, score_text, share
from readkin.report.piece_map import piece_map
from readkin.report.read_fates import fate_blocks

MAX_SAMPLE_COLUMNS = 12
FEW_CLUSTERS = 10  # whose sizes need no figures
MAX_RANKS_DRAWN = 400
CLASS_LIMITS = (1, 2, 3, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
LEADS = {
    True: "A cluster is a set of reads of one genome, as far as the method can see. Each read has"
    " the probability of its most probable cluster, its confidence; with a confidence of"
    " cluster.min_confidence or more it is placed. Cluster 1 is the largest. Names follow from the"
    " sequences, so a run with more reads or samples keeps them where it can.",
    False: "A cluster is a set of reads that a chain of overlaps connects; there is no confidence."
    " Cluster 1 is the largest.",
}


def clusters_section(
    clusters: ClusterMeasures, flows: Sequence[StageFlow], truth: TruthMeasures | None
) -> Section:
    """Return the section; if all reads are singletons, a note in place of the figures.

    Args:
        clusters: what is known of the clusters.
        flows: counts of all stages.
        truth: comparison with the truth; None without one.
    """
    return Section(
        name="clusters",
        short_title="Clusters",
        title="Clusters",
        lead=LEADS[clusters.are_genomes],
        blocks=_blocks(clusters, flows, truth),
    )


def _blocks(
    clusters: ClusterMeasures, flows: Sequence[StageFlow], truth: TruthMeasures | None
) -> list[Block]:
    if not clusters.reads:
        return [Note("There are no reads, so there are no clusters.", is_absence=True)]
    if not clusters.clustered:
        none = Note(
            f"None of the {plural(clusters.reads, 'read')} has a cluster: there are too few of"
            " them, or they overlap too little, to see genomes.",
            is_absence=True,
        )
        return [none, *fate_blocks(clusters, flows)]
    if not clusters.with_kin:
        return [
            Note(
                f"All of the {plural(clusters.reads, 'read')} are singletons: no kin pair joins any"
                " two of them. Section Flow shows where the pairs were dropped.",
                is_absence=True,
            )
        ]
    return [
        next_steps(clusters),
        cluster_cards(clusters, truth),
        *piece_map(clusters.pieces),
        *depth_map(clusters),
        *fate_blocks(clusters, flows),
        Heading("All clusters"),
        *(_sizes(clusters.size_by_rank) if clusters.size_by_rank.size > FEW_CLUSTERS else ()),
        _largest(clusters),
    ]


def _sizes(sizes: np.ndarray) -> list[Block]:
    return [
        Figure(
            name="cluster-ranks",
            caption="Cluster size by rank; both axes are logarithmic",
            plot=_rank_plot(sizes),
            height=340,
            span="half",
        ),
        Figure(
            name="cluster-classes",
            caption="Number of reads by size of their cluster",
            plot=_class_plot(sizes),
            height=340,
            span="half",
        ),
    ]


def _rank_plot(sizes: np.ndarray) -> dict[str, Any]:
    """Return sizes at ranks that are evenly spaced on the logarithmic axis, at most 400."""
    spaced = np.geomspace(1, sizes.size, MAX_RANKS_DRAWN) if sizes.size > 1 else np.ones(1)
    ranks = np.unique(np.rint(spaced).astype(np.int64))
    line = go.Scatter(
        x=ranks.tolist(),
        y=sizes[ranks - 1].tolist(),
        mode="lines+markers",
        marker={"size": 5, "color": BLUE},
        line={"color": BLUE, "width": 1.5},
        hovertemplate="cluster %{x:,}: %{y:,} reads<extra></extra>",
    )
    return plot(
        [line],
        xaxis=axis("Cluster rank", type="log", dtick=_tick_step(sizes.size), tickformat=","),
        yaxis=axis("Cluster size (reads)", type="log", dtick=1, tickformat=","),
        showlegend=False,
    )


def _tick_step(clusters: int) -> int | str:
    """Return plotly's tick step on a logarithmic axis: all digits, 1 2 5, or powers of ten."""
    return "D1" if clusters < 10 else "D2" if clusters < 100 else 1


def _class_plot(sizes: np.ndarray) -> dict[str, Any]:
    ends = [*CLASS_LIMITS[1:], None]
    limits = [
        (start, end)
        for start, end in zip(CLASS_LIMITS, ends, strict=True)
        if start <= sizes.max() and (end is None or end > sizes.min())
    ]
    names, reads, numbers = [], [], []
    for start, end in limits:
        inside = sizes[(sizes >= start) & (sizes < end)] if end else sizes[sizes >= start]
        names.append(_class_name(start, end))
        reads.append(int(inside.sum()))
        numbers.append(plural(inside.size, "cluster"))
    bar = go.Bar(
        x=reads,
        y=names,
        orientation="h",
        marker={"color": GREEN, "line": {"width": 0}},
        text=numbers,
        textposition="auto",
        cliponaxis=False,
        hovertemplate="%{y} reads per cluster: %{x:,} reads in %{text}<extra></extra>",
    )
    return plot(
        [bar],
        xaxis=axis("Reads", tickformat=","),
        yaxis=axis("Cluster size (reads)", type="category"),
        showlegend=False,
    )


def _class_name(start: int, end: int | None) -> str:
    if end is None:
        return f"{start:,} or more"
    if start == 1:
        return "1 (singletons)"
    return f"{start:,}" if end == start + 1 else f"{start:,} to {end - 1:,}"


def _largest(clusters: ClusterMeasures) -> Table:
    """Return the table of the largest clusters; columns that are empty throughout are left out."""
    rows = clusters.summary
    samples = [name for name in rows[0] if name.startswith(READS_OF_SAMPLE)]
    columns: dict[Column, list[Any]] = {
        count_column("Cluster"): [row["cluster"] for row in rows],
        Column("Name"): [row["name"] for row in rows],
        Column("Best hit"): [row.get("hit") for row in rows],
        percent_column("of its sequence"): [row.get("hit_share") for row in rows],
        percent_column("identical"): [row.get("hit_identity") for row in rows],
        count_column("Reads"): [row["reads"] for row in rows],
        percent_column("of all reads"): [share(row["reads"], clusters.reads) for row in rows],
        percent_column("placed"): [
            share(row["placed_reads"], row["reads"]) if clusters.are_genomes else None
            for row in rows
        ],
        number_column("Mean confidence", score_text): [
            row["confidence"] if clusters.are_genomes else None for row in rows
        ],
        count_column("Genome size (bp)"): [row["genome_size_bp"] for row in rows],
        number_column("Depth", decimal_text): [row["depth"] for row in rows],
        percent_column("GC"): [row["gc"] for row in rows],
        count_column("Strains"): [row["strains"] or None for row in rows],
        count_column("Contigs"): [row.get("contigs") for row in rows],
        count_column("Contigs (bp)"): [row.get("total_bp") for row in rows],
        count_column("N50 (bp)"): [row.get("n50_bp") for row in rows],
    }
    if len(samples) <= MAX_SAMPLE_COLUMNS:
        columns |= {
            count_column(f"Reads of {name.removeprefix(READS_OF_SAMPLE)}"): [
                row[name] for row in rows
            ]
            for name in samples
        }
    else:
        present = [sum(row[name] > 0 for name in samples) for row in rows]
        columns[count_column("Samples with reads")] = present
    filled = {column: values for column, values in columns.items() if any(values)}
    return Table(
        name="largest-clusters",
        caption=f"The {len(rows)} largest of {len(clusters.size_by_rank):,} clusters;"
        " cluster_summary.tsv has all",
        columns=tuple(filled),
        rows=list(zip(*filled.values(), strict=True)),
    )
