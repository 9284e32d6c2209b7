"""Tables of docs/trade-offs.md on time and memory, as modelled: terms, validation, scaling."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.records import number_text
from benchmarks.scale.model import largest_size
from benchmarks.scale.stages import BY_PAIRS
from benchmarks.scale.validation import beyond_the_range, leave_one_size_out
from benchmarks.tradeoff.architectures import MPI_NODE
from benchmarks.tradeoff.costs import HOUR
from benchmarks.tradeoff.scaling import MOST_WORKERS, Point, fit_usl, stops_at
from docs.pages.markdown import NOT_MEASURED, table
from docs.pages.trade_offs.model import (
    NODES,
    RANGES,
    STRONG_READS,
    WHOLE,
    Model,
    percent,
)
from docs.pages.trade_offs.provenance import quoted

LEAST_SHARE = 0.02  # of the time of all stages on one worker, of a stage with a curve of its own


def terms(model: Model) -> str:
    """Return the table of the terms, each with the range in which it was measured."""
    rows = []
    for name, t in model.terms.items():
        gather = NOT_MEASURED if t.gather is None else f"{1e3 * t.gather:.1f}"
        tail = f"{t.parallel * t.unit:.2f}" if t.unit else "-"
        where = t.measured
        rows.append(
            (
                f"`{name}`",
                "pairs" if name in BY_PAIRS else "reads",
                *(f"{value:.2f}" for value in (t.start, t.serial, t.parallel)),
                "-" if t.gather is None else f"{t.contention:.2f}",
                f"{t.sent / 1e6:.1f}",
                gather if t.is_parallel and not t.is_per_unit else "-",
                tail,
                f"{where.smallest:.2f}-{where.largest:.2f}" if where else NOT_MEASURED,
                str(where.most_processes) if where else NOT_MEASURED,
            )
        )
    head = (
        *("stage", "million", "start, s", "serial, s", "parallel, s", "contention", "sent, MB"),
        *("each further rank, ms", "last unit, s", "millions measured", "processes"),
    )
    return f"{table(head, rows)}\n{model.mark}\n"


def validation(model: Model) -> str:
    """Return the table of predicted / measured times, of sizes that the terms do not know."""
    inside = leave_one_size_out(model.run.stage_runs)
    beyond = {row.stage: row for row in beyond_the_range(model.terms)}
    rows = []
    for stage in model.terms:
        ratios = [row.ratio for row in inside if row.stage == stage]
        limits = (number_text(value) for value in (min(ratios), max(ratios)))
        further = (NOT_MEASURED,) * 2
        if found := beyond.get(stage):
            further = (f"{found.measured:.0f}", number_text(found.ratio))
        rows.append((f"`{stage}`", str(len(ratios)), *limits, *further))
    head = (
        *("stage", "values left out", "least ratio", "greatest ratio"),
        *("measured at 10 million reads, s", "ratio there"),
    )
    source = quoted("times at 10 million reads", "[docs/scale.md](scale.md)")
    return f"{table(head, rows)}\n{model.mark} {source}\n"


def strong(model: Model) -> str:
    """Return the table of the numbers of workers from which more are of little use."""
    rows = []
    for name in model.terms:
        limits = [
            stops_at(name, terms_of_some[name], STRONG_READS, model.pairs, NODES)
            for terms_of_some in (model.terms, *model.terms_without_each_size)
        ]
        workers = [limit.workers or MOST_WORKERS for limit in limits]
        rows.append((f"`{name}`", _workers(workers), limits[0].reason or "-"))
    law = fit_usl(model.strong(WHOLE))
    head = ("stage", "workers from which twice as many gain less than 20 %", "because of")
    text = (
        f"\nThe universal scalability law that is nearest to the curve of all stages has"
        f" {law.alpha:.3f} for contention and {law.beta:.1e} for coherency, and differs from it by"
        f" up to {percent(law.error)}: it describes the model, nothing measured. {model.mark}\n"
    )
    return f"{table(head, rows)}\n{model.mark} {RANGES}\n{text}"


def memory(model: Model) -> str:
    """Return the table of the largest runs whose stages fit the memory of a node."""
    machine = NODES.machine(NODES.cores)
    rows = []
    for name, t in model.terms.items():
        if t.is_per_unit:
            continue
        per_read = model.pairs if name in BY_PAIRS else 1
        fits = largest_size(t, machine) / per_read
        rows.append(
            (
                f"`{name}`",
                f"{t.base / 1e6:,.0f}",
                f"{t.memory * per_read / 1e6:,.0f}",
                "no limit found" if fits == float("inf") else f"{fits:,.0f}",
            )
        )
    head = (
        *("stage", "MB of each process", "further MB per million reads"),
        "million reads that fit a node",
    )
    gigabytes = f"{NODES.memory / 1e9:.0f} GB and {NODES.cores} processes"
    note = f"A node has {gigabytes} ({MPI_NODE}); memory is taken not to divide among nodes."
    return f"{table(head, rows)}\n{model.mark} {note}\n"


def _workers(counts: Sequence[int]) -> str:
    """Return the first number, and the range of all."""
    first, low, high = (
        f"over {MOST_WORKERS - 1:,}" if count == MOST_WORKERS else f"{count:,}"
        for count in (counts[0], min(counts), max(counts))
    )
    return first if low == high else f"{first} ({low}-{high})"


def weak(model: Model) -> str:
    """Return the table of weak scaling of all stages."""
    rows = [
        (
            f"{point.workers:,}",
            f"{point.reads:,.0f}",
            f"{point.time / HOUR:.2f}",
            f"{point.efficiency:.3f}",
        )
        for point in model.weak(WHOLE)
    ]
    head = ("workers", "million reads", "hours", "time of one worker with its share / time")
    return f"{table(head, rows)}\n{model.mark}\n"


def curves_of(
    model: Model, curve: Callable[[str], list[Point]]
) -> Mapping[str, tuple[Sequence[float], Sequence[float]]]:
    """Return hours by workers, for each stage that takes long and for all together."""
    everything = curve(WHOLE)
    lines = {name: curve(name) for name in model.terms} | {WHOLE: everything}
    return {
        name: ([point.workers for point in line], [point.time / HOUR for point in line])
        for name, line in lines.items()
        if line[0].time >= LEAST_SHARE * everything[0].time
    }
