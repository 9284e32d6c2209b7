"""Tables of docs/trade-offs.md on cost, as modelled: architectures, break-even points."""

from collections.abc import Mapping, Sequence
from itertools import permutations

from benchmarks.records import number_text
from benchmarks.scale.stages import sizes_of, units_of
from benchmarks.tradeoff.architectures import LARGE_MACHINE, workstation
from benchmarks.tradeoff.break_even import cheaper_from, faster_from, standing_from
from benchmarks.tradeoff.costs import (
    HOUR,
    Architecture,
    RunCost,
    loss_of_all_spot_nodes,
    usd_per_teracell,
)
from benchmarks.tradeoff.prices import spot_savings
from benchmarks.tradeoff.sensitivity import sensitivity
from docs.pages.markdown import table
from docs.pages.trade_offs.model import RANGES, Model, percent, with_range
from docs.pages.trade_offs.provenance import PRICES, quoted

MILLION_READS = (1, 10, 100, 1000)


def costs(model: Model) -> str:
    """Return the tables of costs by size, their parts, and the price of a teracell."""
    each = model.architectures
    names = [architecture.name for architecture in each]
    usd, hours = [], []
    for reads in MILLION_READS:
        found = [model.costs(architecture, reads) for architecture in each]
        of_usd = (with_range([one.usd / reads for one in costs], 3) for costs in found)
        usd.append((f"{reads:,}", *of_usd))
        everywhere = [*found, model.costs(workstation(), reads)]
        hours.append((f"{reads:,}", *map(_hours_with_range, everywhere)))
    by_usd = table(("million reads", *names), usd)
    by_hours = table(("million reads", *names, workstation().name), hours)
    reads = MILLION_READS[-2]
    parts = [
        (name, *(f"{value:.2f}" for value in model.cost(architecture, reads).shares))
        for name, architecture in zip(names, each, strict=True)
    ]
    head = (*("architecture", "compute", "lost work", "start of nodes", "idle nodes"), "fixed")
    by_part = table(head, parts)
    align, size = model.terms["align_pairs"], sizes_of(["align_pairs"], reads, model.pairs)
    cells_rows = [
        (one.name, f"{usd_per_teracell(model.cost(one, reads), align, size['align_pairs']):.4f}")
        for one in each
    ]
    by_cell = table(("architecture", "USD per teracell of alignment, nodes at work"), cells_rows)
    return "\n".join(
        (
            f"{by_usd}\n{model.cost_mark} USD per million reads. {RANGES}\n",
            f"{by_hours}\n{model.mark} Hours of a run. {RANGES}\n",
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


def _hours_with_range(costs: Sequence[RunCost]) -> str:
    text = with_range([cost.time / HOUR for cost in costs], 2)
    return f"{text}, memory exceeded" if costs[0].too_large else text


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


def agreement(older: Model, newer: Model) -> str:
    """Return the table of the modelled times with the terms of two runs."""
    rows = []
    for reads in MILLION_READS:
        for one in (*newer.architectures, workstation()):
            hours = [[c.time / HOUR for c in m.costs(one, reads)] for m in (older, newer)]
            overlap = max(map(min, hours)) <= min(map(max, hours))
            ratio = number_text(hours[1][0] / hours[0][0])
            texts = (with_range(values, 2) for values in hours)
            rows.append((f"{reads:,}", one.name, *texts, ratio, "yes" if overlap else "no"))
    head = ("million reads", "architecture", "older, h", "newer, h", "ratio", "ranges overlap")
    return f"{table(head, rows)}\n{older.mark} {newer.mark} {RANGES}\n"


def cost_curves(model: Model) -> Mapping[str, tuple[Sequence[float], Sequence[float]]]:
    """Return USD per million reads by million reads, for each architecture."""
    sizes = [10 ** (step / 10) for step in range(31)]
    return {
        one.name: (sizes, [model.cost(one, reads).usd / reads for reads in sizes])
        for one in model.architectures
    }
