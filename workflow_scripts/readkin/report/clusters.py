"""Chapter "Clusters": sizes, and the largest clusters with their reads per unit."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from readkin.report.blocks import (
    Block,
    Column,
    Figure,
    Note,
    Section,
    Table,
    count_column,
    percent_column,
)
from readkin.report.figure_style import BLUE, GREEN, axis, plot
from readkin.report.measures import CLUSTERS_LISTED, ClusterMeasures
from readkin.report.number_text import plural, share

MOST_UNIT_COLUMNS = 12
MOST_RANKS_DRAWN = 400
CLASS_LIMITS = (1, 2, 3, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def clusters_section(clusters: ClusterMeasures) -> Section:
    """The chapter; where every read is alone it says so instead of drawing sizes."""
    return Section(
        "clusters",
        "Clusters",
        "Clusters",
        "A cluster is a set of reads joined by kin pairs that overlap far enough. Number 1 is the"
        " largest; a read that nothing joins is a cluster of one.",
        _blocks(clusters),
    )


def _blocks(clusters: ClusterMeasures) -> list[Block]:
    if not clusters.reads:
        return [Note("There are no reads, so there are no clusters.", is_absence=True)]
    if not clusters.with_kin:
        return [
            Note(
                f"Each of the {clusters.reads:,} reads is alone: no kin pair joins any two of them."
                " The flow above says where the pairs were dropped.",
                is_absence=True,
            )
        ]
    return [
        Figure(
            "cluster-ranks",
            "Size of each cluster against its rank, both on logarithmic scales",
            _rank_plot(clusters.size_by_rank),
            height=340,
            span="half",
        ),
        Figure(
            "cluster-classes",
            "Reads in clusters of each size",
            _class_plot(clusters.size_by_rank),
            height=340,
            span="half",
        ),
        _largest(clusters),
    ]


def _rank_plot(sizes: np.ndarray) -> dict[str, Any]:
    """Sizes at ranks spread evenly on the logarithmic axis, so that millions of ranks fit."""
    spread = np.geomspace(1, sizes.size, MOST_RANKS_DRAWN) if sizes.size > 1 else np.ones(1)
    ranks = np.unique(np.rint(spread).astype(np.int64))
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
        xaxis=axis("Rank of the cluster", type="log", dtick=_tick_step(sizes.size), tickformat=","),
        yaxis=axis("Reads in the cluster", type="log", dtick=1, tickformat=","),
        showlegend=False,
    )


def _tick_step(clusters: int) -> int | str:
    """Plotly's step on a logarithmic axis: all digits, 1 2 5, or powers of ten only."""
    return "D1" if clusters < 10 else "D2" if clusters < 100 else 1


def _class_plot(sizes: np.ndarray) -> dict[str, Any]:
    limits = [limit for limit in CLASS_LIMITS if limit <= sizes.max()]
    ends = [*CLASS_LIMITS[1 : len(limits) + 1], None][: len(limits)]
    names, reads, numbers = [], [], []
    for start, end in zip(limits, ends, strict=True):
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
        hovertemplate="%{y} reads a cluster: %{x:,} reads in %{text}<extra></extra>",
    )
    return plot(
        [bar],
        xaxis=axis("Reads", tickformat=","),
        yaxis=axis("Reads in the cluster", type="category"),
        showlegend=False,
    )


def _class_name(start: int, end: int | None) -> str:
    if end is None:
        return f"{start:,} or more"
    if start == 1:
        return "1 (alone)"
    return f"{start:,}" if end == start + 1 else f"{start:,} to {end - 1:,}"


def _largest(clusters: ClusterMeasures) -> Table:
    units = sorted(clusters.units)
    shown = units if len(units) <= MOST_UNIT_COLUMNS else []
    rows = []
    for number, size in enumerate(clusters.size_by_rank[:CLUSTERS_LISTED].tolist(), start=1):
        in_units = [clusters.by_unit[number, unit] for unit in units]
        rows.append(
            (
                number,
                size,
                share(size, clusters.reads),
                *(in_units if shown else [sum(n > 0 for n in in_units)]),
                clusters.representative[number],
            )
        )
    unit_columns = [count_column(unit) for unit in shown] or [count_column("Units with reads")]
    return Table(
        "largest-clusters",
        f"The {len(rows)} largest of {len(clusters.size_by_rank):,} clusters,"
        " with the reads of each unit",
        (
            count_column("Cluster"),
            count_column("Reads"),
            percent_column("of all"),
            *unit_columns,
            Column("Representative read"),
        ),
        rows,
    )
