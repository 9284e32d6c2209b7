"""Map of the pieces, coloured by cluster: points of a figure, or a picture if there are many."""

from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from readkin.report.blocks import GREY, Block, Figure, Note, axis, plot, translucent
from readkin.report.cluster_colours import COLOURS, DISTINCT, cluster_colour, cluster_symbol
from readkin.report.cluster_measures import LONG_BP, MULTI_COPY, PieceMeasures
from readkin.report.number_text import plural
from readkin.report.raster import data_address, draw_discs, png_of

FEW_POINTS, MAX_POINTS = 30, 2500
PICTURE = (900, 1400)  # rows, columns
RADII_BP = (3_000, 10_000, 30_000, 100_000)  # spans at which the discs of a picture grow
OUTLYING = 0.002  # fraction of pieces on either side that lie on the edge
MARGIN = 0.06  # of the extent
LABELLED = 30


def piece_map(pieces: PieceMeasures | None) -> list[Block]:
    """Return the map, or a note that explains why there is none; nothing without pieces at all."""
    if pieces is None:
        return []
    shown = _shown(pieces)
    if not len(shown):
        return [Note("There is no piece whose composition is known, so there is no map.", True)]
    is_picture = len(shown) > MAX_POINTS
    x_range, y_range = _range(shown.x), _range(shown.y)
    shown = replace(shown, x=np.clip(shown.x, *x_range), y=np.clip(shown.y, *y_range))
    least, hollow = int(shown.span.min()), shown.strain > 1
    caption = (
        f"Map of the {plural(len(shown), 'longest piece' if least < LONG_BP else 'piece')}"
        f" of {least:,} bp or more (of {pieces.total:,}), by composition and depth in the samples."
        " Pieces of one genome lie together; colours and numbers are those of the clusters, large"
        " dots are long pieces, and grey ones have no cluster."
        + (" Hollow ones are of further strains." if not is_picture and hollow.any() else "")
    )
    traces = [_picture_trace(shown)] if is_picture else _points(shown)
    layout: dict[str, Any] = {"images": [_picture(shown, x_range, y_range)]} if is_picture else {}
    hidden = {"showgrid": False, "showticklabels": False, "ticks": "", "zeroline": False}
    return [
        Figure(
            name="map",
            caption=caption,
            plot=plot(
                traces,
                xaxis=axis("First axis", range=list(x_range), **hidden),
                yaxis=axis("Second axis", range=list(y_range), **hidden),
                annotations=_labels(shown),
                showlegend=False,
                hovermode="closest",
                **layout,
            ),
            height=520,
        )
    ]


def _shown(pieces: PieceMeasures) -> PieceMeasures:
    """Return the pieces of at least ``LONG_BP``; if they are few, the ``FEW_POINTS`` longest."""
    number = int(np.count_nonzero(pieces.span >= LONG_BP))
    number = number if number > FEW_POINTS else min(len(pieces), FEW_POINTS)
    return pieces.chosen(slice(number))


def _range(values: np.ndarray) -> tuple[float, float]:
    """Return the range of an axis, without what lies far outside."""
    low, high = np.quantile(values, [OUTLYING, 1 - OUTLYING])
    margin = MARGIN * max(high - low, 1e-6)
    return round(float(low - margin), 4), round(float(high + margin), 4)


def _points(shown: PieceMeasures) -> list[Any]:
    """Return one trace of points for each cluster, the smallest cluster first."""
    return [
        _trace(cluster, shown.chosen(shown.cluster == cluster))
        for cluster in np.unique(shown.cluster)[::-1].tolist()
    ]


def _trace(cluster: int, members: PieceMeasures) -> Any:
    name = f"cluster {cluster}" if cluster else "no cluster"
    size = np.clip(3 * np.log10(np.maximum(members.span, 10) / 50), 4, 16)
    symbol = cluster_symbol(cluster)
    return go.Scatter(
        x=_rounded(members.x),
        y=_rounded(members.y),
        mode="markers",
        marker={
            "size": np.rint(size).astype(int).tolist(),
            "color": cluster_colour(cluster),
            "symbol": [f"{symbol}-open" if n > 1 else symbol for n in members.strain.tolist()],
            "opacity": np.where(members.strain > 1, 1, 0.8 if cluster else 0.4).tolist(),
            "line": {"width": np.where(members.strain > 1, 1.5, 0).tolist()},
        },
        name=name,
        customdata=_hover_texts(members),
        hovertemplate=f"{name}%{{customdata}}<extra></extra>",
    )


def _hover_texts(members: PieceMeasures) -> list[str]:
    texts = []
    for index, piece in enumerate(members.piece.tolist()):
        strain, copies = int(members.strain[index]), float(members.copies[index])
        parts = (
            f", strain {strain}" if strain else "",
            f": piece {piece}, {members.span[index]:,} bp, depth {members.depth[index]:.1f}",
            f", {copies:.1f} copies" if copies >= MULTI_COPY else "",
            f", confidence {members.confidence[index]:.2f}" if members.cluster[index] else "",
        )
        texts.append("".join(parts))
    return texts


def _rounded(values: np.ndarray) -> list[float]:
    return [round(value, 3) for value in values.tolist()]


def _picture(
    shown: PieceMeasures, x_range: tuple[float, float], y_range: tuple[float, float]
) -> dict[str, Any]:
    """Return a layout image of all pieces: short ones over long ones, clusters over no cluster."""
    rows, columns = PICTURE
    width, height = x_range[1] - x_range[0], y_range[1] - y_range[0]
    order = np.lexsort((-shown.span, shown.cluster > 0))
    column = np.rint((shown.x[order] - x_range[0]) / width * (columns - 1)).astype(np.int64)
    row = np.rint((y_range[1] - shown.y[order]) / height * (rows - 1)).astype(np.int64)
    radius = 1 + np.searchsorted(RADII_BP, shown.span[order])
    cluster = shown.cluster[order].astype(np.int64)
    ink = np.where(cluster > 0, 2 + (cluster - 1) % len(COLOURS), 1).astype(np.uint8)
    picture = draw_discs(PICTURE, row, column, radius, ink)
    return {
        "source": data_address(png_of(picture, (GREY, *COLOURS))),
        "xref": "x",
        "yref": "y",
        "x": x_range[0],
        "y": y_range[1],
        "sizex": width,
        "sizey": height,
        "sizing": "stretch",
        "layer": "above",
    }


def _picture_trace(shown: PieceMeasures) -> Any:
    """Return invisible points at the middle of the largest clusters, for their hover texts."""
    middles = _middles(shown, DISTINCT)
    return go.Scatter(
        x=[x for _, x, _, _ in middles],
        y=[y for _, _, y, _ in middles],
        mode="markers",
        marker={"size": 22, "color": translucent(GREY, 0.0)},
        customdata=[
            f"cluster {cluster}: {plural(number, 'piece')}" for cluster, _, _, number in middles
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _labels(shown: PieceMeasures) -> list[dict[str, Any]]:
    """Return the numbers of the largest clusters, each at the middle of its pieces."""
    return [
        {
            "x": x,
            "y": y,
            "text": f"<b>{cluster}</b>",
            "showarrow": False,
            "font": {"size": 13},
            "bordercolor": cluster_colour(cluster),
            "borderpad": 2,
            "borderwidth": 1.5,
            "captureevents": False,
        }
        for cluster, x, y, _ in _middles(shown, LABELLED)
    ]


def _middles(shown: PieceMeasures, most: int) -> list[tuple[int, float, float, int]]:
    """Return number, middle (weighted by span) and number of pieces of the largest clusters."""
    middles = []
    for cluster in range(1, most + 1):
        members = np.flatnonzero(shown.cluster == cluster)
        if members.size:
            weight = shown.span[members] / shown.span[members].sum()
            x, y = (round(float(weight @ place[members]), 3) for place in (shown.x, shown.y))
            middles.append((cluster, x, y, int(members.size)))
    return middles
