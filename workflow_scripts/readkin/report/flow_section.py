"""Section "Flow": items into each stage, out of it and dropped, with the reasons.

Sankey figures show the flow of reads, of pairs and (in section "Search") of hits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from readkin.formats.clusters import PLACED
from readkin.formats.counts import Flow
from readkin.report.blocks import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    Block,
    Column,
    Figure,
    Note,
    Section,
    Table,
    count_column,
    percent_column,
    plot,
    translucent,
)
from readkin.report.flow import StageCounts, StageFlow, find_flow, item_kind
from readkin.report.number_text import MISSING, count_text, share

MAX_UNITS_DRAWN = 6
LABEL_WIDTH = 26  # characters
UNIT_COLOURS = (BLUE, SKY)


def flow_section(
    counts: Sequence[StageCounts], flows: Sequence[StageFlow], fates: Mapping[str, int]
) -> Section:
    """Return the section: the flow of reads, the flow of pairs, and the exact numbers.

    Args:
        counts: content of all counts files.
        flows: the same, summed over the units.
        fates: reads by what became of them at last.
    """
    blocks: list[Block] = []
    reads, pairs = reads_plot(counts, flows, fates), pairs_plot(flows)
    if reads is None:
        blocks.append(Note("The input files contain no reads.", is_absence=True))
    else:
        blocks.append(
            Figure(
                name="flow-reads",
                caption="Reads through the stages",
                plot=reads,
                height=320,
                least_width=760,
            )
        )
    if pairs is None:
        blocks.append(
            Note("No two reads share a sampled k-mer, so there are no pairs.", is_absence=True)
        )
    else:
        blocks.append(
            Figure(
                name="flow-pairs",
                caption="Pairs through the stages",
                plot=pairs,
                height=340,
                least_width=760,
            )
        )
    blocks.append(_counts_table(flows))
    return Section(
        name="flow",
        short_title="Flow",
        title="Reads and pairs through the stages",
        lead="Each stage counts the items that enter it, leave it and are dropped. Before this page"
        " was written, the counts were checked within each stage, from stage to stage, and against"
        " the number of rows in the result tables.",
        blocks=blocks,
    )


def _counts_table(flows: Sequence[StageFlow]) -> Table:
    rows = [
        (
            step.stage,
            step.flow.what,
            step.flow.entered,
            step.flow.left,
            sum(step.flow.dropped.values()),
            share(step.flow.left, step.flow.entered),
            _reasons(step),
        )
        for step in flows
    ]
    return Table(
        name="counts",
        caption="Exact counts, summed over all units",
        columns=(
            Column("Stage"),
            Column("Items"),
            count_column("In"),
            count_column("Out"),
            count_column("Dropped"),
            percent_column("Kept"),
            Column("Reasons for dropping", is_prose=True),
        ),
        rows=rows,
    )


def _reasons(step: StageFlow) -> str:
    reasons = [
        f"{reason}: {count_text(number)}" for reason, number in step.flow.dropped.items() if number
    ]
    return "; ".join(reasons) or MISSING


@dataclass
class SankeyBuilder:
    """Nodes and links of a Sankey figure."""

    labels: list[str] = field(default_factory=list)
    colours: list[str] = field(default_factory=list)
    links: list[tuple[int, int, int]] = field(default_factory=list)

    def add_node(self, label: str, number: int, colour: str) -> int:
        """Add a node, labelled with its number of items, and return its index."""
        lines = [*wrap(label, LABEL_WIDTH, break_long_words=False), count_text(number)]
        self.labels.append("<br>".join(map(escape, lines)))
        self.colours.append(colour)
        return len(self.labels) - 1

    def add_link(self, source: int, target: int, number: int) -> None:
        """Add a link of ``number`` items between two nodes, unless it is empty."""
        if number:
            self.links.append((source, target, number))

    def add_dropped(self, source: int, flow: Flow) -> None:
        """Add a node for each reason for which a stage dropped items, and a link to it."""
        for reason, number in flow.dropped.items():
            if number:
                self.add_link(source, self.add_node(reason, number, ORANGE), number)

    def add_stage(self, source: int, flow: Flow, label: str, colour: str) -> int:
        """Add nodes for dropped items and for the output of a stage; return the latter's index."""
        self.add_dropped(source, flow)
        target = self.add_node(label, flow.left, colour)
        self.add_link(source, target, flow.left)
        return target

    def plot(self) -> dict[str, Any]:
        """Return the Sankey figure."""
        sources, targets, numbers = zip(*self.links, strict=True)
        sankey = go.Sankey(
            arrangement="snap",
            node={
                "label": self.labels,
                "color": self.colours,
                "align": "left",
                "pad": 52,  # pixels: a label of three lines
                "thickness": 14,
                "line": {"width": 0},
                "hovertemplate": "%{label}<extra></extra>",
            },
            link={
                "source": sources,
                "target": targets,
                "value": numbers,
                "color": [translucent(self.colours[target], 0.35) for target in targets],
                "hovertemplate": "%{value:,.0f}<extra></extra>",
            },
            valueformat=",.0f",
        )
        return plot([sankey], margin={"l": 8, "r": 8, "t": 28, "b": 24})


def reads_plot(
    counts: Sequence[StageCounts], flows: Sequence[StageFlow], fates: Mapping[str, int]
) -> dict[str, Any] | None:
    """Return the flow of reads from the raw files to the clusters; None if there are no reads."""
    sankey = SankeyBuilder()
    trim = find_flow(flows, "trim_reads", "reads").flow
    if not trim.entered:
        return None
    units = [entry for entry in counts if entry.stage == "trim_reads"]
    raw = sankey.add_node("raw reads", trim.entered, BLUE)
    if 1 < len(units) <= MAX_UNITS_DRAWN:
        for index, entry in enumerate(units):
            number = next(flow.entered for flow in entry.flows if item_kind(flow) == "reads")
            colour = UNIT_COLOURS[index % len(UNIT_COLOURS)]
            sankey.add_link(sankey.add_node(str(entry.unit), number, colour), raw, number)
    node = sankey.add_stage(raw, trim, "trimmed", BLUE)
    for stage, label in (
        ("convert_fastq_to_bam", "in BAM"),
        ("embed_reads", "embedded"),
        ("join_reads", "in pieces"),
    ):
        node = sankey.add_stage(node, find_flow(flows, stage, "reads").flow, label, BLUE)
    clustered = find_flow(flows, "cluster_reads", "reads").flow
    sankey.add_dropped(node, clustered)
    for label, number in fates.items():
        if number:
            colour = GREEN if label == PLACED else GREY
            sankey.add_link(node, sankey.add_node(label, number, colour), number)
    return sankey.plot()


def pairs_plot(flows: Sequence[StageFlow]) -> dict[str, Any] | None:
    """Return the flow of pairs from shared k-mers to pieces; None if there are no pairs."""
    found = find_flow(flows, "find_pairs", "pairs").flow
    if not found.entered:
        return None
    sankey = SankeyBuilder()
    node = sankey.add_node("pairs sharing k-mers", found.entered, PURPLE)
    for stage, label, colour in (
        ("find_pairs", "candidate pairs", PURPLE),
        ("align_pairs", "kin pairs", GREEN),
        ("join_reads", "within pieces", GREEN),
    ):
        node = sankey.add_stage(node, find_flow(flows, stage, "pairs").flow, label, colour)
    return sankey.plot()


def hits_plot(flows: Sequence[StageFlow]) -> dict[str, Any] | None:
    """Return the flow of pairs of a query and a target to hits; None if there are no pairs."""
    search = [
        step.flow
        for step in flows
        if step.stage == "search_reads" and item_kind(step.flow) == "hits"
    ]
    if not search[0].entered:
        return None
    sankey = SankeyBuilder()
    node = sankey.add_node("pairs of query and target", search[0].entered, PURPLE)
    for flow in search:
        label = "hits" if flow is search[-1] else "aligned"
        node = sankey.add_stage(node, flow, label, GREEN if flow is search[-1] else PURPLE)
    return sankey.plot()
