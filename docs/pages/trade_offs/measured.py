"""Tables of docs/trade-offs.md of what was measured: engines, executors, kernels, storage."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.records import Record, number_text, spread
from benchmarks.tradeoff.architectures import MPI_NODE
from benchmarks.tradeoff.costs import HOUR
from benchmarks.tradeoff.measurements import Run
from benchmarks.tradeoff.prices import read_prices
from docs.pages.markdown import NOT_MEASURED, table
from docs.pages.trade_offs.provenance import PRICES, measured, quoted

ENGINES = {
    "one_process": "one process",
    "threads": "threads",
    "processes": "processes (forkserver)",
    "mpi": "MPI",
    "ray_tasks": "Ray tasks",
    "ray_actors": "Ray actors",
    "ray_data": "Ray Data",
    "dask_tasks": "Dask",
    "slurm_array": "Slurm job array",
}
LOCAL = "local"
WALL, EFFICIENCY = "wall", "efficiency"


def text_of(row: Record | None) -> str:
    """Return median and range of a value."""
    if row is None:
        return NOT_MEASURED
    if row["n"] == 1:
        value = row["median"]
        return f"{value:,.0f}" if float(value).is_integer() else number_text(value)
    return spread([row["min"], row["median"], row["max"]])


def with_mark(run: Run, work: str, text: str) -> str:
    """Return a table with the mark of an experiment below; without one if it has no values."""
    if not run.of(work):
        return f"{NOT_MEASURED.capitalize()}.\n"
    return f"{text}\n{measured(run, run.counts(work))}\n"


def metric_rows(run: Run, work: str, columns: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each tool and its values, the tool with the least first value first.

    Args:
        run: what was measured.
        work: name of the experiment.
        columns: metric by head of its column.
    """
    first = next(iter(columns.values()))

    def place(tool: str) -> float:
        row = run.find(work, tool, first)
        return row["median"] if row else float("inf")

    for tool in sorted(run.tools(work), key=place):
        yield tool, [text_of(run.find(work, tool, metric)) for metric in columns.values()]


def metrics_table(run: Run, work: str, head: str, columns: Mapping[str, str]) -> str:
    """Return a table with a row per tool; arguments as of ``metric_rows``."""
    rows = [(tool, *cells) for tool, cells in metric_rows(run, work, columns)]
    return with_mark(run, work, table((head, *columns), rows))


def engines(work: str) -> Callable[[Run], str]:
    """Return the function that makes the table of the engines on a work."""
    columns = {
        "elapsed, s": WALL,
        "CPU, s": "cpu",
        "first result, s": "first result",
        "efficiency": EFFICIENCY,
        "peak MB": "memory",
        "loopback MB": "loopback",
    }
    if work == "align":
        columns["GCUPS"] = "speed"

    def text(run: Run) -> str:
        rows = [
            (ENGINES[tool], *cells, without_start(run, work, tool))
            for tool, cells in metric_rows(run, work, columns)
        ]
        return with_mark(run, work, table(("engine", *columns, "without start, s"), rows))

    return text


def without_start(run: Run, work: str, tool: str) -> str:
    """Return the elapsed time of an engine less that of one empty item."""
    wall, start = run.find(work, tool, WALL), run.find("empty", tool, WALL, items=1)
    if wall is None or start is None:
        return NOT_MEASURED
    return number_text(max(0.0, wall["median"] - start["median"]))


def empty(run: Run) -> str:
    """Return the table of empty items: elapsed time by their number, and each further one."""
    numbers = sorted({row["items"] for row in run.of("empty")})
    rows = []
    for tool in run.tools("empty"):
        found = {n: run.find("empty", tool, WALL, items=n) for n in numbers}
        times = [(n, row["median"]) for n, row in found.items() if row]
        each = [
            number_text(max(0.0, (last - first) / (most - fewest) * 1e3))
            for (fewest, first), (most, last) in [(times[0], times[-1])]
            if most > fewest
        ]
        cells = (text_of(row) for row in found.values())
        rows.append((ENGINES[tool], *cells, each[0] if each else NOT_MEASURED))
    heads = ("1 item, s" if n == 1 else f"{n:,} items, s" for n in numbers)
    head = ("engine", *heads, "each further item, ms")
    return with_mark(run, "empty", table(head, rows))


def killed(run: Run) -> str:
    """Return the table of a worker killed half-way."""
    rows = []
    an_hour = read_prices()[MPI_NODE].usd
    for tool in run.tools("killed"):
        lost = run.find("killed", tool, "time lost")
        if lost is None:
            continue
        ends, same = ("yes" if lost[key] else "no" for key in ("survived", "same_files"))
        usd = number_text(1000 * lost["median"] * an_hour / HOUR)
        rows.append((ENGINES[tool], ends, same, text_of(lost), usd))
    head = ("engine", "finishes by itself", "same files in the end", "time lost, s")
    text = with_mark(run, "killed", table((*head, f"USD of 1,000 kills on {MPI_NODE}"), rows))
    return f"{text}\n{quoted('price of a node', PRICES)}\n"


def code(run: Run) -> str:
    """Return the table of the code and the packages that each engine needs."""
    columns = {"lines of code": "lines", "further packages, MB": "packages"}
    rows = [(ENGINES[tool], *cells) for tool, cells in metric_rows(run, "code", columns)]
    return with_mark(run, "code", table(("engine", *columns), rows))


def executors(run: Run) -> str:
    """Return the table of the whole demo on each executor."""
    alone = run.find("executors", LOCAL, WALL)
    columns = {"elapsed, s": WALL, "CPU, s": "cpu", "loopback MB": "loopback"}
    rows = []
    for tool in run.tools("executors"):
        cells = (text_of(run.find("executors", tool, key)) for key in columns.values())
        wall = run.find("executors", tool, WALL)
        ratio = f"{wall['median'] / alone['median']:.2f}" if wall and alone else NOT_MEASURED
        rows.append((tool, *cells, ratio))
    head = ("executor", *columns, "elapsed / local")
    return with_mark(run, "executors", table(head, rows))


def grid(run: Run) -> str:
    """Return the table of ranks x threads."""
    columns = {"elapsed, s": WALL, "CPU, s": "cpu", "efficiency": EFFICIENCY, "peak MB": "memory"}
    return metrics_table(run, "grid", "ranks x threads", columns)


def instructions(run: Run) -> str:
    """Return the table of instruction sets, and of a GPU where there is one."""
    columns = {"elapsed, s": WALL, "GCUPS": "speed"}
    text = metrics_table(run, "instructions", "instructions", columns)
    if tiles := {row["items"] for row in run.of("instructions")}:
        text = (
            f"{text[:-2]}; {max(tiles)} tiles, GCUPS after the first one. They are too low, as"
            " the end of the process is part of the time, and lower the fewer tiles there are.\n"
        )
    return text if run.of("gpu") else f"{text}\nOn a GPU: {NOT_MEASURED} (the machine has none).\n"


def formats(run: Run) -> str:
    """Return the table of file formats."""
    columns = {
        "write, s": "write",
        "read all, s": "read all",
        "one row, ms": "read one row",
        "size, MB": "size",
    }
    reads = {row["reads"] for row in run.of("formats")}
    text = metrics_table(run, "formats", "format", columns)
    return text if not reads else f"{text[:-2]}; embeddings of {max(reads):,} reads.\n"


def stores(run: Run) -> str:
    """Return the table of the disk and an object store."""
    columns = {"write, MB/s": "write", "read, MB/s": "read"}
    return metrics_table(run, "stores", "store", columns)


def agreement(older: Run, newer: Run) -> str:
    """Return the table of the elapsed times of two runs, and how far they differ."""
    rows = []
    for work in ("embed", "align", "executors", "grid", "instructions", "formats"):
        metric = "read all" if work == "formats" else WALL
        pairs = [
            (first["median"], second["median"], within(first, second))
            for tool in newer.tools(work)
            if (first := older.find(work, tool, metric))
            and (second := newer.find(work, tool, metric))
            and first.get("items") == second.get("items")
        ]
        if pairs:
            ratios = [second / first for first, second, _ in pairs]
            inside = sum(is_within for *_, is_within in pairs)
            cells = (number_text(value) for value in (min(ratios), max(ratios)))
            rows.append((work, str(len(pairs)), *cells, f"{inside} of {len(pairs)}"))
    head = ("experiment", "values", "least ratio", "greatest ratio", "agree")
    counts = [*older.counts("embed"), *newer.counts("embed")]
    note = (
        "Medians of the elapsed times (of formats: to read all), newer / older. Two values agree if"
        f" their ranges overlap or their medians differ by at most {100 * TOLERANCE:.0f} %; those"
        " of different numbers of items are not compared."
    )
    return f"{table(head, rows)}\n{measured(older, counts)} {measured(newer, counts)} {note}\n"


TOLERANCE = 0.1


def within(first: Record, second: Record) -> bool:
    """Return whether the ranges of a value in two runs overlap, or its medians nearly agree."""
    overlap = max(first["min"], second["min"]) <= min(first["max"], second["max"])
    return overlap or abs(second["median"] / first["median"] - 1) <= TOLERANCE


def runs_table(runs: Sequence[Run]) -> str:
    """Return the table of the runs to which the marks refer."""
    rows = [
        (run.id, run.date, run.commit, run.processor, str(run.cores), f"{run.minutes:.1f}")
        for run in reversed(runs)
    ]
    head = ("run", "date", "commit", "processor", "cores", "minutes")
    return f"{table(head, rows)}\n{measured(runs[-1], [1])}\n"
