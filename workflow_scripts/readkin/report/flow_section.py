"""Chapter "Flow": what went into each stage, came out, was dropped and why."""

from collections.abc import Sequence

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
from readkin.report.flow import StageCounts, StageFlow
from readkin.report.flow_figures import pairs_plot, reads_plot
from readkin.report.number_text import MISSING, count_text, share


def flow_section(
    counts: Sequence[StageCounts], flows: Sequence[StageFlow], reads_alone: int
) -> Section:
    """The chapter: a flow of reads, a flow of pairs, and the exact numbers."""
    blocks: list[Block] = []
    reads, pairs = reads_plot(counts, flows, reads_alone), pairs_plot(flows)
    if reads is None:
        blocks.append(Note("The units hold no reads.", is_absence=True))
    else:
        blocks.append(Figure("flow-reads", "Reads through the stages", reads, 320, least_width=760))
    if pairs is None:
        blocks.append(Note("No two reads share a sampled k-mer: no pairs.", is_absence=True))
    else:
        blocks.append(Figure("flow-pairs", "Pairs through the stages", pairs, 340, least_width=760))
    blocks.append(_table(flows))
    return Section(
        "flow",
        "Flow",
        "What flowed through the stages",
        "Nothing vanishes: each stage counts what came in, went out and was dropped. The sums were"
        " checked before this page was written, within each stage, from stage to stage, and"
        " against the rows of the tables.",
        blocks,
    )


def _table(flows: Sequence[StageFlow]) -> Table:
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
        "counts",
        "Exact counts of all units together",
        (
            Column("Stage"),
            Column("What"),
            count_column("In"),
            count_column("Out"),
            count_column("Dropped"),
            percent_column("Kept"),
            Column("Dropped because", is_prose=True),
        ),
        rows,
    )


def _reasons(step: StageFlow) -> str:
    reasons = [
        f"{reason}: {count_text(number)}" for reason, number in step.flow.dropped.items() if number
    ]
    return "; ".join(reasons) or MISSING
