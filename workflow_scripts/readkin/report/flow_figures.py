"""Sankey figures of the flow of reads, of pairs and of hits through the stages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from readkin.formats.counts import Flow
from readkin.report.figure_style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, plot, see_through
from readkin.report.flow import StageCounts, StageFlow, find_flow, thing
from readkin.report.number_text import count_text

MOST_UNITS_DRAWN = 6
LABEL_WIDTH = 26  # letters
UNIT_COLOURS = (BLUE, SKY)


@dataclass
class Streams:
    """Nodes and links of a Sankey figure while it is being drawn up."""

    labels: list[str] = field(default_factory=list)
    colours: list[str] = field(default_factory=list)
    links: list[tuple[int, int, int]] = field(default_factory=list)

    def add_node(self, label: str, number: int, colour: str) -> int:
        """Add a node labelled with its number of things and return its place."""
        lines = [*wrap(label, LABEL_WIDTH, break_long_words=False), count_text(number)]
        self.labels.append("<br>".join(map(escape, lines)))
        self.colours.append(colour)
        return len(self.labels) - 1

    def add_link(self, source: int, target: int, number: int) -> None:
        """Lead ``number`` things from node to node; a stream of nothing is not drawn."""
        if number:
            self.links.append((source, target, number))

    def add_dropped(self, source: int, flow: Flow) -> None:
        """Lead what a stage dropped out of the stream, to one node per reason."""
        for reason, number in flow.dropped.items():
            if number:
                self.add_link(source, self.add_node(reason, number, ORANGE), number)

    def add_stage(self, source: int, flow: Flow, label: str, colour: str) -> int:
        """Lead a stage's output to a new node, which is returned, and what it dropped out."""
        self.add_dropped(source, flow)
        target = self.add_node(label, flow.left, colour)
        self.add_link(source, target, flow.left)
        return target

    def plot(self) -> dict[str, Any]:
        """The Sankey figure."""
        sources, targets, numbers = zip(*self.links, strict=True)
        sankey = go.Sankey(
            arrangement="snap",
            node={
                "label": self.labels,
                "color": self.colours,
                "align": "left",
                "pad": 52,  # a label of three lines
                "thickness": 14,
                "line": {"width": 0},
                "hovertemplate": "%{label}<extra></extra>",
            },
            link={
                "source": sources,
                "target": targets,
                "value": numbers,
                "color": [see_through(self.colours[target], 0.35) for target in targets],
                "hovertemplate": "%{value:,.0f}<extra></extra>",
            },
            valueformat=",.0f",
        )
        return plot([sankey], margin={"l": 8, "r": 8, "t": 28, "b": 24})


def reads_plot(
    counts: Sequence[StageCounts], flows: Sequence[StageFlow], reads_alone: int
) -> dict[str, Any] | None:
    """Raw reads of each unit, trimmed, in BAM, embedded, clustered; None without any read.

    Args:
        counts: all counts files.
        flows: the same, summed over the units.
        reads_alone: reads in clusters of one.
    """
    streams = Streams()
    trim = find_flow(flows, "trim_reads", "reads").flow
    if not trim.entered:
        return None
    units = [entry for entry in counts if entry.stage == "trim_reads"]
    raw = streams.add_node("raw reads", trim.entered, BLUE)
    if 1 < len(units) <= MOST_UNITS_DRAWN:
        for place, entry in enumerate(units):
            number = next(flow.entered for flow in entry.flows if thing(flow) == "reads")
            colour = UNIT_COLOURS[place % len(UNIT_COLOURS)]
            streams.add_link(streams.add_node(str(entry.unit), number, colour), raw, number)
    node = streams.add_stage(raw, trim, "trimmed", BLUE)
    for stage, label in (("convert_fastq_to_bam", "in BAM"), ("embed_reads", "embedded")):
        node = streams.add_stage(node, find_flow(flows, stage, "reads").flow, label, BLUE)
    clustered = find_flow(flows, "cluster_reads", "reads").flow
    streams.add_dropped(node, clustered)
    for label, number, colour in (
        ("clustered", clustered.left - reads_alone, GREEN),
        ("alone", reads_alone, GREY),
    ):
        if number:
            streams.add_link(node, streams.add_node(label, number, colour), number)
    return streams.plot()


def pairs_plot(flows: Sequence[StageFlow]) -> dict[str, Any] | None:
    """Candidate pairs, aligned, joined in clusters; None without any pair."""
    found = find_flow(flows, "find_pairs", "pairs").flow
    if not found.entered:
        return None
    streams = Streams()
    node = streams.add_node("pairs sharing k-mers", found.entered, PURPLE)
    for stage, label, colour in (
        ("find_pairs", "candidates", PURPLE),
        ("align_pairs", "aligned: kin", GREEN),
        ("cluster_reads", "joining clusters", GREEN),
    ):
        node = streams.add_stage(node, find_flow(flows, stage, "pairs").flow, label, colour)
    return streams.plot()


def hits_plot(flows: Sequence[StageFlow]) -> dict[str, Any] | None:
    """Pairs of a query and a target on their way to hits; None without any pair."""
    search = [
        step.flow for step in flows if step.stage == "search_reads" and thing(step.flow) == "hits"
    ]
    if not search[0].entered:
        return None
    streams = Streams()
    node = streams.add_node("queries with targets", search[0].entered, PURPLE)
    for flow in search:
        label = "hits" if flow is search[-1] else "aligned"
        node = streams.add_stage(node, flow, label, GREEN if flow is search[-1] else PURPLE)
    return streams.plot()
