"""Section "Time, memory": time and memory of each stage, and sizes of its Slurm jobs."""

from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from readkin.formats.benchmarks import JobCost
from readkin.report.blocks import (
    BLUE,
    ORANGE,
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
from readkin.report.number_text import duration_text, memory_text
from readkin.report.right_sizing import JobSizes, job_sizes


def costs_section(costs: Sequence[JobCost], order: Sequence[str]) -> Section:
    """Return the section: time and memory of each stage, over all of its jobs.

    Args:
        costs: of all jobs.
        order: stages that come first, in this order.
    """
    lead = (
        "Snakemake measured time and memory while the stages ran. Only this section differs between"
        " two runs with the same data. If a job ran on several nodes, its memory is that of the"
        " node that used most."
    )
    if not costs:
        absent = Note("This run has no benchmark tables.", is_absence=True)
        return Section(
            name="costs",
            short_title="Time, memory",
            title="Time and memory",
            lead="",
            blocks=[absent],
        )
    measured = {cost.stage for cost in costs}
    stages = [stage for stage in order if stage in measured] + sorted(measured - set(order))
    rows = [_cost_row(stage, [cost for cost in costs if cost.stage == stage]) for stage in stages]
    seconds, memory = [row[2] for row in rows], [row[5] or 0 for row in rows]
    height = 90 + 34 * len(rows)
    return Section(
        name="costs",
        short_title="Time, memory",
        title="Time and memory",
        lead=lead,
        blocks=[
            Figure(
                name="time",
                caption="Wall time of each stage, summed over its jobs",
                plot=_bars(stages, seconds, [duration_text(s) for s in seconds], "Seconds", BLUE),
                height=height,
                span="half",
            ),
            Figure(
                name="memory",
                caption="Peak memory of each stage: its largest job",
                plot=_bars(stages, memory, [memory_text(m) for m in memory], "MiB", ORANGE),
                height=height,
                span="half",
            ),
            Table(
                name="costs",
                caption="Time and memory of each stage",
                columns=(
                    Column("Stage"),
                    count_column("Jobs"),
                    number_column("Wall time, all jobs", duration_text),
                    number_column("longest job", duration_text),
                    number_column("CPU time", duration_text),
                    number_column("Peak memory", memory_text),
                ),
                rows=rows,
            ),
            *_sizing_blocks(job_sizes(costs)),
        ],
    )


def _sizing_blocks(rows: Sequence[JobSizes]) -> Iterator[Block]:
    """Yield a table of requested and used resources; nothing for a run without Slurm."""
    if rows:
        yield Table(
            name="sizes",
            caption="Resources per job: requested, used at most, and recommended",
            columns=(
                Column("Stage"),
                count_column("Jobs"),
                number_column("Memory requested", memory_text),
                number_column("used", memory_text),
                number_column("recommended", memory_text),
                number_column("Time requested", duration_text),
                number_column("used", duration_text),
                number_column("recommended", duration_text),
            ),
            rows=[
                (
                    row.rule,
                    row.jobs,
                    row.requested_mb,
                    row.used_mb,
                    row.recommended_mb,
                    60 * row.requested_minutes,
                    60 * row.used_minutes,
                    60 * row.recommended_minutes,
                )
                for row in rows
            ],
        )
        yield Note(
            "Memory is per node and includes Snakemake itself. To print the recommended sizes as a"
            " set-resources: block for the profile, run python workflow_scripts/right_size.py."
        )


def _cost_row(stage: str, jobs: Sequence[JobCost]) -> tuple[Any, ...]:
    cpu = [job.cpu_seconds for job in jobs if job.cpu_seconds is not None]
    memory = [peak for job in jobs if (peak := job.peak_on_a_node_mb) is not None]
    seconds = [job.seconds for job in jobs]
    return (
        stage,
        len(jobs),
        sum(seconds),
        max(seconds),
        sum(cpu) if cpu else None,
        max(memory, default=None),
    )


def _bars(
    stages: Sequence[str], values: Sequence[float], texts: Sequence[str], title: str, colour: str
) -> dict[str, Any]:
    bar = go.Bar(
        x=list(values),
        y=list(stages),
        orientation="h",
        marker={"color": colour, "line": {"width": 0}},
        text=list(texts),
        textposition="auto",
        cliponaxis=False,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    return plot(
        [bar],
        xaxis=axis(title, rangemode="tozero"),
        yaxis=axis("", type="category", autorange="reversed"),
        showlegend=False,
    )
