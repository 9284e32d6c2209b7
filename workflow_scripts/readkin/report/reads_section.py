"""Section "Reads": lengths and base qualities of each unit before and after trimming."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from readkin.errors import InputError
from readkin.report.blocks import (
    BLUE,
    ORANGE,
    Block,
    Column,
    Figure,
    Heading,
    Note,
    Section,
    Table,
    axis,
    count_column,
    legend_above,
    number_column,
    percent_column,
    plot,
)
from readkin.report.flow import StageCounts
from readkin.report.histograms import IntegerHistogram
from readkin.report.number_text import decimal_text, interval_text, share

MAX_UNITS_DRAWN = 8
MAX_POSITIONS_DRAWN = 300
TRIMMING_COLOURS = (("before", ORANGE), ("after", BLUE))
MATE_DASHES = {"R1": "solid", "R2": "dot"}
STATISTICS = (
    "reads",
    "bases",
    "length_histogram",
    "quality_by_position",
    "mean_quality_histogram",
)


class UnitReads(NamedTuple):
    """Statistics of the reads of one unit before and after trimming."""

    unit: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    cutadapt: Mapping[str, Any]


def unit_reads(counts: Sequence[StageCounts]) -> list[UnitReads]:
    """Return the read statistics in the counts of trim_reads and convert_fastq_to_bam.

    Raises:
        InputError: if a counts file lacks a statistic.
    """
    after = {
        entry.unit: _statistics(entry, "after")
        for entry in counts
        if entry.stage == "convert_fastq_to_bam"
    }
    return [
        UnitReads(
            unit=str(entry.unit),
            before=_statistics(entry, "before"),
            after=after[entry.unit],
            cutadapt=entry.details.get("cutadapt", {}),
        )
        for entry in counts
        if entry.stage == "trim_reads"
    ]


def _statistics(entry: StageCounts, when: str) -> dict[str, Any]:
    try:
        return {key: entry.details[when][key] for key in STATISTICS}
    except KeyError as error:
        raise InputError(
            f"{entry.path}:details",
            f"no {error}",
            f"read statistics {when} trimming",
            f"run {entry.stage} again",
        ) from None


def reads_section(units: Sequence[UnitReads], lost_units: str = "") -> Section:
    """Return the section: tables of all units, and three figures for each of the first units.

    Args:
        units: statistics of all units.
        lost_units: sentence that names the units without a read after trimming; "" if all have
            some.
    """
    blocks: list[Block] = [Note(lost_units)] if lost_units else []
    blocks.append(_table(units))
    cutadapt = _cutadapt_table(units)
    if cutadapt:
        blocks.append(cutadapt)
    for unit in units[:MAX_UNITS_DRAWN]:
        blocks.append(Heading(f"Unit {unit.unit}"))
        if not unit.before["reads"]:
            blocks.append(Note("This unit contains no reads.", is_absence=True))
            continue
        blocks += [_quality_figure(unit), _length_figure(unit), _read_quality_figure(unit)]
    if len(units) > MAX_UNITS_DRAWN:
        blocks.append(
            Note(f"Only the first {MAX_UNITS_DRAWN} units have figures; the table lists all units.")
        )
    return Section(
        name="reads",
        short_title="Reads",
        title="Reads before and after trimming",
        lead="Orange: reads before trimming. Blue: reads after trimming. The quality at the read"
        " ends should rise; only reads with adapters or low-quality ends should become shorter.",
        blocks=blocks,
    )


def _table(units: Sequence[UnitReads]) -> Table:
    rows = []
    for unit in units:
        before, after = unit.before, unit.after
        rows.append(
            (
                unit.unit,
                before["reads"],
                after["reads"],
                share(after["reads"], before["reads"]),
                before["bases"],
                after["bases"],
                share(after["bases"], before["bases"]),
                share(before["bases"], before["reads"]),
                share(after["bases"], after["reads"]),
                mean_quality(before),
                mean_quality(after),
            )
        )
    return Table(
        name="units",
        caption="Reads, bases, mean length (bp) and mean Phred quality (mean over the reads' means)"
        " before and after trimming",
        columns=(
            Column("Unit"),
            count_column("Reads before"),
            count_column("after"),
            percent_column("kept"),
            count_column("Bases before"),
            count_column("after"),
            percent_column("kept"),
            number_column("Length before", decimal_text),
            number_column("after", decimal_text),
            number_column("Quality before", decimal_text),
            number_column("after", decimal_text),
        ),
        rows=rows,
    )


def mean_quality(reads: Mapping[str, Any]) -> float | None:
    """Return the mean of the reads' mean Phred qualities, which are rounded to integers."""
    return IntegerHistogram.from_counts(reads["mean_quality_histogram"]).mean


def _cutadapt_table(units: Sequence[UnitReads]) -> Table | None:
    numbers = {
        unit.unit: {
            key.replace("_", " "): value
            for key, value in unit.cutadapt.items()
            if isinstance(value, int)
        }
        for unit in units
    }
    titles = list(dict.fromkeys(key for values in numbers.values() for key in values))
    if not titles:
        return None
    return Table(
        name="cutadapt",
        caption="Reads and bases changed by trimming",
        columns=(Column("Unit"), *(count_column(title[0].upper() + title[1:]) for title in titles)),
        rows=[(unit, *(values.get(t) for t in titles)) for unit, values in numbers.items()],
    )


def _quality_figure(unit: UnitReads) -> Figure:
    traces = []
    for when, colour in TRIMMING_COLOURS:
        reads = getattr(unit, when)
        for mate, qualities in reads["quality_by_position"].items() if reads["reads"] else ():
            positions, means = _averaged_runs(qualities)
            traces.append(
                go.Scatter(
                    x=positions,
                    y=means,
                    mode="lines",
                    name=f"{mate} {when}",
                    line={"color": colour, "dash": MATE_DASHES.get(mate, "dash"), "width": 2},
                    hovertemplate="%{x} bp: Q %{y:.1f}",
                )
            )
    layout = {"xaxis": axis("Position in the read (bp)"), "yaxis": axis("Mean Phred quality")}
    return Figure(
        name=f"quality-{unit.unit}",
        caption="Mean base quality at each position",
        plot=plot(traces, legend=legend_above(), hovermode="x unified", **layout),
        span="third",
    )


def _averaged_runs(values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return 1-based positions and values; of long reads, the means of runs of positions."""
    length = -(-len(values) // MAX_POSITIONS_DRAWN)
    runs = [values[start : start + length] for start in range(0, len(values), length)]
    positions = [length * index + (len(run) + 1) / 2 for index, run in enumerate(runs)]
    return positions, [round(float(np.mean(run)), 3) for run in runs]


def _length_figure(unit: UnitReads) -> Figure:
    return Figure(
        name=f"length-{unit.unit}",
        caption="Read lengths; the number of reads is on a logarithmic scale",
        plot=_before_and_after(
            unit, "length_histogram", "Read length (bp)", {"type": "log", "dtick": 1}
        ),
        span="third",
    )


def _read_quality_figure(unit: UnitReads) -> Figure:
    return Figure(
        name=f"read-quality-{unit.unit}",
        caption="Mean base quality of each read",
        plot=_before_and_after(
            unit, "mean_quality_histogram", "Mean Phred quality of the read", {}
        ),
        span="third",
    )


def _before_and_after(
    unit: UnitReads, key: str, title: str, count_axis: Mapping[str, Any]
) -> dict[str, Any]:
    histograms = {
        when: IntegerHistogram.from_counts(getattr(unit, when)[key]) for when, _ in TRIMMING_COLOURS
    }
    both = IntegerHistogram()
    for histogram in histograms.values():
        both.merge(histogram.counts)
    bins = both.bins(most=40)
    traces = [
        go.Bar(
            x=bins.starts,
            y=histograms[when].counts_in(bins),
            width=bins.width,
            offset=0,
            name=when,
            marker={"color": colour, "line": {"width": 0}},
            opacity=0.7,
            customdata=[interval_text(start, bins.width) for start in bins.starts],
            hovertemplate="%{customdata}: %{y:,} reads",
        )
        for when, colour in TRIMMING_COLOURS
    ]
    return plot(
        traces,
        barmode="overlay",
        legend=legend_above(),
        xaxis=axis(title),
        yaxis=axis("Reads", tickformat=",", **count_axis),
    )
