"""Chapter "Pairs": votes of the candidates; score, identity and overlap of the alignments."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from readkin.report.blocks import (
    Block,
    Column,
    Figure,
    Note,
    Section,
    Table,
    count_column,
    number_column,
)
from readkin.report.figure_style import BLUE, GREEN, PURPLE, SKY, axis, plot
from readkin.report.histograms import IntegerHistogram
from readkin.report.measures import IDENTITY_STEPS, AlignmentMeasures, PairMeasures
from readkin.report.number_text import decimal_text, interval_text, percent_text, share

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def pairs_section(
    pairs: PairMeasures, alignments: AlignmentMeasures, join: Mapping[str, int]
) -> Section:
    """The chapter; without pairs or alignments it says so instead of drawing them.

    Args:
        pairs: candidates.
        alignments: kin pairs.
        join: what find_pairs counted beside the pairs, by its name.
    """
    return Section(
        "pairs",
        "Pairs",
        "Candidate pairs and their alignments",
        "A candidate pair shares at least the set number of sampled k-mers (votes) and hardly"
        " differs where these say that the reads overlap. Exact local alignment then decides: what"
        " passes score, identity and overlap is a kin pair.",
        [*_candidate_blocks(pairs), *_alignment_blocks(alignments), _join_table(join)],
    )


def _candidate_blocks(pairs: PairMeasures) -> list[Block]:
    total = pairs.votes.total
    if not total:
        return [
            Note(
                "No candidate pairs were found: no two reads share enough sampled k-mers. Give"
                " more reads, or a higher expected_error_rate if they have more errors.",
                is_absence=True,
            )
        ]
    opposite = percent_text(share(pairs.opposite_strands, total))
    return [
        Figure(
            "votes",
            "Votes: sampled k-mers that the two reads of a candidate pair share;"
            f" {opposite} of the pairs lie on opposite strands",
            _histogram(pairs.votes, "Votes", "candidate pairs", PURPLE),
            span="half",
        ),
    ]


def _alignment_blocks(alignments: AlignmentMeasures) -> list[Block]:
    total = alignments.score.total
    if not total:
        return [
            Note(
                "No alignment passed, so there are no kin pairs: the flow above says how many"
                " candidates were dropped by score, identity and overlap.",
                is_absence=True,
            )
        ]
    figures = (
        ("score", "Alignment score", alignments.score, BLUE),
        ("identity", "Identity (%)", alignments.identity, GREEN),
        ("overlap", "Overlap (alignment columns, bp)", alignments.columns, SKY),
    )
    captions = {
        "score": "Smith-Waterman score of the kin pairs",
        "identity": "Identity: equal bases by alignment columns, gaps counted as columns",
        "overlap": "Overlap: columns of the alignment",
    }
    return [
        *(
            Figure(
                name,
                captions[name],
                _histogram(histogram, title, "kin pairs", colour, name == "identity"),
                span="half",
            )
            for name, title, histogram, colour in figures
        ),
        _quantiles(alignments),
    ]


def _histogram(
    histogram: IntegerHistogram, title: str, things: str, colour: str, is_identity: bool = False
) -> dict[str, object]:
    """Bars of one colour; identities are kept in thousandths and shown in percent."""
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
        hovertemplate="%{customdata}: %{y:,} " + things + "<extra></extra>",
    )
    return plot(
        [bar], xaxis=axis(title), yaxis=axis(things.capitalize(), tickformat=","), showlegend=False
    )


def _quantiles(alignments: AlignmentMeasures) -> Table:
    def row(name: str, histogram: IntegerHistogram) -> Sequence[object]:
        return (name, histogram.total, *(histogram.quantile(q) for q in QUANTILES))

    identity = [alignments.identity.quantile(q) or 0 for q in QUANTILES]
    per_cent = [decimal_text(100 * value / IDENTITY_STEPS) for value in identity]
    return Table(
        "alignment-quantiles",
        f"Kin pairs: {percent_text(share(alignments.opposite_strands, alignments.score.total))}"
        " align on opposite strands; 5 % of the pairs lie below the first quantile",
        (
            Column("Measure"),
            count_column("Pairs"),
            *(number_column("median" if q == 0.5 else f"{q:.0%}", _as_is) for q in QUANTILES),
        ),
        (
            row("Score", alignments.score),
            ("Identity (%)", alignments.identity.total, *per_cent),
            row("Overlap (bp)", alignments.columns),
        ),
    )


def _join_table(join: Mapping[str, int]) -> Table:
    columns = Column("What"), count_column("Number")
    return Table("join", "Exact counts of the join by sampled k-mers", columns, list(join.items()))


def _as_is(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
