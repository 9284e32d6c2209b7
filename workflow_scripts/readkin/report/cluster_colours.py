"""Colours and symbols of clusters, the same in all figures and cards of a page."""

from readkin.report.blocks import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION

COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, "#8A7A00")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross")
DISTINCT = len(COLOURS) * len(SYMBOLS)
"""Number of clusters that differ in colour or symbol."""


def cluster_colour(cluster: int) -> str:
    """Return the colour of a cluster, from 1; grey for 0, no cluster."""
    return COLOURS[(cluster - 1) % len(COLOURS)] if cluster else GREY


def cluster_symbol(cluster: int) -> str:
    """Return plotly's name of the symbol of a cluster."""
    return SYMBOLS[(cluster - 1) // len(COLOURS) % len(SYMBOLS)] if cluster else SYMBOLS[0]
