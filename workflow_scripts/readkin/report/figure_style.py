"""How every figure looks. Colours are those of Okabe and Ito (2008), which colour-blind readers
tell apart too; fonts, grids and backgrounds follow the page's light or dark theme (page.js)."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, GREY = "#56B4E9", "#CC79A7", "#8C959F"


def plot(traces: Sequence[Any], **layout: Any) -> dict[str, Any]:
    """A figure as plain ``{"data", "layout"}``, checked by plotly, without its default template."""
    figure = go.Figure(data=list(traces), layout={"template": "none", **layout}).to_plotly_json()
    figure["layout"].pop("template", None)
    return {"data": figure["data"], "layout": figure["layout"]}


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with a title that never overlaps its ticks."""
    return {"title": {"text": title, "standoff": 8}, "automargin": True, **more}


def legend_above() -> dict[str, Any]:
    """A legend that takes no width from the plot."""
    return {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}


def see_through(colour: str, opacity: float) -> str:
    """ "#RRGGBB" as rgba()."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
