"""Section "Pairs": votes of candidate pairs; score, identity and overlap of kin pairs."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from readkin.report.blocks import (
    BLUE,
    GREEN,
    PURPLE,
    SKY,
    Block,
    Column,
    Figure,
    Note,
    Section,
    Table,
    axis,
    count_column,
    number_column,
    plot,
)
from readkin.report.histograms import IntegerHistogram
from readkin.report.measures import IDENTITY_STEPS, AlignmentMeasures, PairMeasures
from readkin.report.number_text import decimal_text, interval_text, percent_text, share

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def pairs_section(
    pairs: PairMeasures, alignments: AlignmentMeasures, join: Mapping[str, int]
) -> Section:
    """Return the section; without pairs or alignments, notes in place of their figures.

    Args:
        pairs: summary of the candidate pairs.
        alignments: summary of the kin pairs.
        join: details that find_pairs counted: name -> number.
    """
    return Section(
        name="pairs",
        short_title="Pairs",
        title="Candidate pairs and their alignments",
        lead="The two reads of a candidate pair share at least pairs.min_votes sampled k-mers"
        " (votes) and have few mismatches in the overlap that these k-mers predict. If its exact"
        " local alignment passes the thresholds of score, identity and overlap, it is a kin pair.",
        blocks=[*_candidate_blocks(pairs), *_alignment_blocks(alignments), _join_table(join)],
    )


def _candidate_blocks(pairs: PairMeasures) -> list[Block]:
    total = pairs.votes.total
    if not total:
        return [
            Note(
                "No candidate pairs were found: no two reads share enough sampled k-mers. Provide"
                " more reads, or set a higher expected_error_rate if the reads have more errors.",
                is_absence=True,
            )
        ]
    opposite = percent_text(share(pairs.opposite_strands, total))
    return [
        Figure(
            name="votes",
            caption="Votes: number of sampled k-mers that the two reads of a candidate pair share."
            f" In {opposite} of the pairs the reads are from opposite strands.",
            plot=_histogram(pairs.votes, "Votes", "candidate pairs", PURPLE),
            span="half",
        ),
    ]


def _alignment_blocks(alignments: AlignmentMeasures) -> list[Block]:
    total = alignments.score.total
    if not total:
        return [
            Note(
                "No alignment passed, so there are no kin pairs. Section Flow shows how many"
                " candidate pairs were dropped by score, identity and overlap.",
                is_absence=True,
            )
        ]
    figures = (
        ("score", "Alignment score", alignments.score, BLUE),
        ("identity", "Identity (%)", alignments.identity, GREEN),
        ("overlap", "Overlap (bp)", alignments.columns, SKY),
    )
    captions = {
        "score": "Smith-Waterman score of the kin pairs",
        "identity": "Identity of the kin pairs: matches divided by alignment length, gaps included",
        "overlap": "Overlap of the kin pairs: length of the alignment, gaps included",
    }
    return [
        *(
            Figure(
                name=name,
                caption=captions[name],
                plot=_histogram(histogram, title, "kin pairs", colour, name == "identity"),
                span="half",
            )
            for name, title, histogram, colour in figures
        ),
        _quantiles(alignments),
    ]


def _histogram(
    histogram: IntegerHistogram, title: str, items: str, colour: str, is_identity: bool = False
) -> dict[str, object]:
    """Return bars of one colour; identities are in thousandths and shown in percent."""
    bins = histogram.bins()
    unit = 100 / IDENTITY_STEPS if is_identity else 1
    texts = [
        f"{start * unit:.1f} to {(start + bins.width) * unit:.1f} %"
        if is_identity
        else interval_text(start, bins.width)
        for start in bins.starts
    ]
    bar = go.Bar(
        x=[round(start * unit, 6) for start in bins.starts],
        y=bins.counts,
        width=bins.width * unit,
        offset=0,
        marker={"color": colour, "line": {"width": 0}},
        customdata=texts,
        hovertemplate="%{customdata}: %{y:,} " + items + "<extra></extra>",
    )
    return plot(
        [bar], xaxis=axis(title), yaxis=axis(items.capitalize(), tickformat=","), showlegend=False
    )


def _quantiles(alignments: AlignmentMeasures) -> Table:
    def row(name: str, histogram: IntegerHistogram) -> Sequence[object]:
        return (name, histogram.total, *(histogram.quantile(q) for q in QUANTILES))

    identity = [alignments.identity.quantile(q) or 0 for q in QUANTILES]
    percent = [decimal_text(100 * value / IDENTITY_STEPS) for value in identity]
    return Table(
        name="alignment-quantiles",
        caption="Quantiles over all kin pairs; in"
        f" {percent_text(share(alignments.opposite_strands, alignments.score.total))}"
        " of them the reads are from opposite strands",
        columns=(
            Column("Measure"),
            count_column("Pairs"),
            *(number_column("median" if q == 0.5 else f"{q:.0%}", _as_is) for q in QUANTILES),
        ),
        rows=(
            row("Score", alignments.score),
            ("Identity (%)", alignments.identity.total, *percent),
            row("Overlap (bp)", alignments.columns),
        ),
    )


def _join_table(join: Mapping[str, int]) -> Table:
    columns = Column("Quantity"), count_column("Number")
    return Table(
        name="join",
        caption="Exact counts of the k-mer join",
        columns=columns,
        rows=list(join.items()),
    )


def _as_is(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
