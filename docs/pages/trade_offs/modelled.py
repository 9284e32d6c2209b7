"""Tables of docs/trade-offs.md that a model gives: scaling, costs, break-even points."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from benchmarks.records import number_text
from benchmarks.scale.model import StageTerms, largest_size
from benchmarks.scale.stages import BY_PAIRS, pairs_per_read, sizes_of, terms_of, units_of
from benchmarks.scale.validation import (
    beyond_the_range,
    leave_one_size_out,
    without_each_size,
)
from benchmarks.tradeoff.architectures import (
    LARGE_MACHINE,
    architectures,
    node_kind,
    workstation,
)
from benchmarks.tradeoff.break_even import cheaper_from, faster_from, standing_from
from benchmarks.tradeoff.costs import (
    HOUR,
    Architecture,
    RunCost,
    loss_of_all_spot_nodes,
    run_cost,
    usd_per_teracell,
)
from benchmarks.tradeoff.measurements import Run
from benchmarks.tradeoff.prices import Price, read_prices, spot_savings
from benchmarks.tradeoff.scaling import (
    MOST_WORKERS,
    Point,
    fit_usl,
    stops_at,
    strong_scaling,
    weak_scaling,
)
from benchmarks.tradeoff.sensitivity import sensitivity
from docs.pages.markdown import table
from docs.pages.trade_offs.provenance import NOT_MEASURED, PRICES, modelled, quoted

MILLION_READS = (1, 10, 100, 1000)
STRONG_READS, WEAK_READS = 100, 1  # millions: of a run, and of each worker
KIND = "hpc6a.48xlarge"
NODES = node_kind(KIND)
LEAST_SHARE = 0.02  # of the time of all stages on one worker, of a stage with a curve of its own
WHOLE = "all stages"


@dataclass(frozen=True)
class Model:
    """The model, with the terms that a run has measured."""

    run: Run

    @cached_property
    def terms(self) -> dict[str, StageTerms]:
        """Return the terms of each stage."""
        return terms_of(self.run.stage_runs)

    @cached_property
    def terms_without_each_size(self) -> list[dict[str, StageTerms]]:
        """Return the terms without the runs of each size in turn."""
        return [left_out.terms for left_out in without_each_size(self.run.stage_runs)]

    @cached_property
    def pairs(self) -> float:
        """Return the candidate pairs per read."""
        return pairs_per_read(self.run.stage_runs)

    @cached_property
    def prices(self) -> dict[str, Price]:
        """Return the quoted prices."""
        return read_prices()

    @cached_property
    def architectures(self) -> list[Architecture]:
        """Return the architectures that have a price."""
        return architectures(self.prices)

    @property
    def most_processes(self) -> int:
        """Return the largest number of processes that was measured."""
        return max(row.processes for row in self.run.stage_runs)

    @property
    def mark(self) -> str:
        """Return the mark of modelled values."""
        sizes = [row.size for row in self.run.stage_runs if row.stage not in BY_PAIRS]
        ranges = (
            f"from {min(sizes):g} to {max(sizes):g} million reads, up to {self.most_processes}"
            f" processes, {self.pairs:.1f} pairs per read"
        )
        return modelled(self.run, [1], ranges)

    @property
    def cost_mark(self) -> str:
        """Return the mark of modelled costs."""
        return f"{self.mark} {quoted('prices', PRICES)}"

    def cost(self, architecture: Architecture, reads: float) -> RunCost:
        """Return what a run with that many million reads costs."""
        return run_cost(architecture, self.terms, reads, self.pairs)

    def only(self, stage: str) -> dict[str, StageTerms]:
        """Return the terms of a stage, or of all."""
        return self.terms if stage == WHOLE else {stage: self.terms[stage]}

    def strong(self, stage: str) -> list[Point]:
        """Return the curve of a stage, or of all, for a constant number of reads."""
        return strong_scaling(self.only(stage), STRONG_READS, self.pairs, NODES)

    def weak(self, stage: str) -> list[Point]:
        """Return the curve of a stage, or of all, for a constant number of reads per worker."""
        return weak_scaling(self.only(stage), WEAK_READS, self.pairs, NODES)


def percent(share: float) -> str:
    """Return a share as text."""
    return f"{100 * share:.0f} %"


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
    note = "In parentheses: with terms from which one of the measured sizes is left out."
    return f"{table(head, rows)}\n{model.mark} {note}\n{text}"


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
    note = f"A node has {gigabytes} ({KIND}); memory is taken not to divide among nodes."
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


def costs(model: Model) -> str:
    """Return the tables of costs by size, their parts, and the price of a teracell."""
    each = model.architectures
    rows = []
    for reads in MILLION_READS:
        found = [model.cost(architecture, reads) for architecture in each]
        own = model.cost(workstation(), reads)
        cells = (f"{cost.usd / reads:.3f}; {_hours(cost)}" for cost in found)
        rows.append((f"{reads:,}", *cells, _hours(own)))
    names = [architecture.name for architecture in each]
    by_size = table(("million reads", *names, workstation().name), rows)
    reads = MILLION_READS[-2]
    parts = [
        (name, *(f"{value:.2f}" for value in model.cost(architecture, reads).shares))
        for name, architecture in zip(names, each, strict=True)
    ]
    head = (*("architecture", "compute", "lost work", "start of nodes", "idle nodes"), "fixed")
    by_part = table(head, parts)
    align, size = model.terms["align_pairs"], sizes_of(["align_pairs"], reads, model.pairs)
    cells_rows = [
        (name, f"{usd_per_teracell(model.cost(each_one, reads), align, size['align_pairs']):.4f}")
        for name, each_one in zip(names, each, strict=True)
    ]
    by_cell = table(("architecture", "USD per teracell of alignment, nodes at work"), cells_rows)
    return "\n".join(
        (
            f"{by_size}\n{model.cost_mark} USD per million reads; hours of a run.\n",
            f"{by_part}\n{model.cost_mark} USD of a run with {reads:,} million reads: nodes at"
            " work, repeating after losses, starting, waiting to be released; head"
            " node, storage and network.\n",
            f"{by_cell}\n{model.cost_mark} Cells are those of the whole DP matrices, of which most"
            " need not be computed.\n",
        )
    )


def _hours(cost: RunCost) -> str:
    """Return the hours of a run, and whether a stage needs more memory than a node has."""
    hours = number_text(cost.time / HOUR)
    return f"{hours} h, memory exceeded" if cost.too_large else f"{hours} h"


def break_even(model: Model) -> str:
    """Return the tables of sizes from which an architecture is better than another one."""
    rows = [
        (
            one.name,
            other.name,
            *(_from(f(one, other, model.terms, model.pairs)) for f in (cheaper_from, faster_from)),
        )
        for one, other in permutations(model.architectures, 2)
    ]
    head = ("this", "compared with", "costs less from", "is faster from")
    pairs = table((*head[:2], *(f"{name}, million reads" for name in head[2:])), rows)
    (large,) = [each for each in model.architectures if each.name == LARGE_MACHINE]
    standing = [
        (f"{reads:,}", other.name, number_text(found.runs_per_day), percent(found.utilisation))
        for reads in MILLION_READS[:3]
        for other in model.architectures
        if other is not large
        and (found := standing_from(large, other, model.terms, reads, model.pairs))
        and found.utilisation <= 1
    ]
    names = ("million reads", "instead of", "runs per day", "share of the day at work")
    always = table(names, standing) if standing else "It never does.\n"
    return (
        f"{pairs}\n{model.cost_mark}\n\n"
        "One large machine that is never stopped costs less than nodes that are started for each"
        f" run from this number of runs per day:\n\n{always}\n{model.cost_mark}\n"
    )


def _from(reads: float | None) -> str:
    if reads is None:
        return "never"
    return number_text(reads) if reads else "always"


def sensitivity_tables(model: Model) -> str:
    """Return the tables of costs with other interruptions, idle and start times."""
    each = model.architectures
    texts = []
    for reads in (MILLION_READS[1], MILLION_READS[3]):
        found = [sensitivity(one, model.terms, reads, model.pairs) for one in each]
        rows = [
            (row[0].what, row[0].value, *(f"{one.cost.usd / reads:.3f}" for one in row))
            for row in zip(*found, strict=True)
        ]
        rows.append(("all spot nodes lost at once", "once", *_with_loss(model, each, reads)))
        head = ("assumption", "value", *(one.name for one in each))
        texts.append(
            f"{table(head, rows)}\n{model.cost_mark} USD per million reads, of a run with"
            f" {reads:,} million.\n"
        )
    return "\n".join(texts)


def _with_loss(model: Model, each: Sequence[Architecture], reads: float) -> list[str]:
    sizes, units = sizes_of(model.terms, reads, model.pairs), units_of(reads)
    losses = [loss_of_all_spot_nodes(one, model.terms, sizes, units) for one in each]
    return [
        f"{(model.cost(one, reads).usd + loss.usd) / reads:.3f}"
        for one, loss in zip(each, losses, strict=True)
    ]


def discounts(model: Model) -> str:
    """Return the table of the savings of spot prices."""
    rows = [
        (sku, f"{model.prices[sku].usd:.4f}", percent(saving))
        for sku, saving in sorted(spot_savings(model.prices).items(), key=lambda item: item[1])
    ]
    head = ("type", "USD per hour on demand", "spot is cheaper by")
    return f"{table(head, rows)}\n{quoted('prices, from which the saving follows', PRICES)}\n"


def summary(model: Model) -> str:
    """Return the table of the cheapest and the fastest architecture by size."""
    rows = []
    for reads in MILLION_READS:
        found = {one.name: model.cost(one, reads) for one in model.architectures}
        fits = {name: cost for name, cost in found.items() if not cost.too_large} or found
        cheapest = min(fits, key=lambda name: fits[name].usd)
        fastest = min(fits, key=lambda name: fits[name].time)
        own = model.cost(workstation(), reads)
        rows.append(
            (
                f"{reads:,}",
                f"{cheapest}: {fits[cheapest].usd:.2f} USD, {_hours(fits[cheapest])}",
                f"{fastest}: {_hours(fits[fastest])}, {fits[fastest].usd:.2f} USD",
                ", ".join(name for name, cost in found.items() if cost.too_large) or "-",
                _hours(own),
            )
        )
    head = (
        *("million reads", "least cost of a run", "least time of a run"),
        *("memory of a node exceeded", workstation().name),
    )
    return f"{table(head, rows)}\n{model.cost_mark}\n\n{_conclusion(model)} {model.cost_mark}\n"


def _conclusion(model: Model) -> str:
    """Return the sizes from which machines that must be started are faster, and cluster cheaper."""
    faster, cheaper = [], []
    (large,) = [one for one in model.architectures if one.name == LARGE_MACHINE]
    for one in model.architectures:
        from_size = _from(faster_from(one, workstation(), model.terms, model.pairs))
        faster.append(f"{one.name}: {from_size}")
        if one is not large:
            from_size = _from(cheaper_from(one, large, model.terms, model.pairs))
            cheaper.append(f"{one.name}: {from_size}")
    return (
        "Faster than a machine with two cores that runs already, from this number of million reads:"
        f" {'; '.join(faster)}. Cheaper than one large machine: {'; '.join(cheaper)}."
    )


def cost_curves(model: Model) -> Mapping[str, tuple[Sequence[float], Sequence[float]]]:
    """Return USD per million reads by million reads, for each architecture."""
    sizes = [10 ** (step / 10) for step in range(31)]
    return {
        one.name: (sizes, [model.cost(one, reads).usd / reads for reads in sizes])
        for one in model.architectures
    }


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
