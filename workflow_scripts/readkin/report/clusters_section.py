"""Section "Clusters": cluster sizes, and the largest clusters with their reads per unit."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from readkin.report.blocks import (
    BLUE,
    GREEN,
    Block,
    Column,
    Figure,
    Note,
    Section,
    Table,
    axis,
    count_column,
    percent_column,
    plot,
)
from readkin.report.measures import CLUSTERS_LISTED, ClusterMeasures
from readkin.report.number_text import plural, share

MAX_UNIT_COLUMNS = 12
MAX_RANKS_DRAWN = 400
CLASS_LIMITS = (1, 2, 3, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def clusters_section(clusters: ClusterMeasures) -> Section:
    """Return the section; if all reads are singletons, a note in place of the figures."""
    return Section(
        name="clusters",
        short_title="Clusters",
        title="Clusters",
        lead="A cluster is a set of reads joined by kin pairs whose overlap is long enough. Cluster"
        " 1 is the largest. A read that is not joined to any other read is a singleton: a cluster"
        " of one read.",
        blocks=_blocks(clusters),
    )


def _blocks(clusters: ClusterMeasures) -> list[Block]:
    if not clusters.reads:
        return [Note("There are no reads, so there are no clusters.", is_absence=True)]
    if not clusters.with_kin:
        return [
            Note(
                f"All of the {plural(clusters.reads, 'read')} are singletons: no kin pair joins any"
                " two of them. Section Flow shows where the pairs were dropped.",
                is_absence=True,
            )
        ]
    return [
        Figure(
            name="cluster-ranks",
            caption="Cluster size by rank; both axes are logarithmic",
            plot=_rank_plot(clusters.size_by_rank),
            height=340,
            span="half",
        ),
        Figure(
            name="cluster-classes",
            caption="Number of reads by size of their cluster",
            plot=_class_plot(clusters.size_by_rank),
            height=340,
            span="half",
        ),
        _largest(clusters),
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
    units = sorted(clusters.units)
    shown = units if len(units) <= MAX_UNIT_COLUMNS else []
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
        name="largest-clusters",
        caption=f"The {len(rows)} largest of {len(clusters.size_by_rank):,} clusters,"
        " with the number of reads from each unit",
        columns=(
            count_column("Cluster"),
            count_column("Reads"),
            percent_column("of all reads"),
            *unit_columns,
            Column("Representative read"),
        ),
        rows=rows,
    )
