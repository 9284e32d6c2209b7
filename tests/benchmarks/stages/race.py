"""Tools that run on the same reads in turn; their measurements as records and tables."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.records import Record, record, spread
from benchmarks.stages.tools import TO_BAM, YARDSTICK, Reads, RunResult, Tool

MEGABYTE = 1e6
COLUMNS = ("CPU s", "x cutadapt", "x cutadapt to BAM", "peak MB", "output MB", "reads")


@dataclass
class Runner:
    """A tool and its results, one per round.

    Attributes:
        tool: the tool.
        reads: the reads.
        results: one per round.
        failure: why there are none; empty if there are.
    """

    tool: Tool
    reads: Reads
    results: list[RunResult] = field(default_factory=list)
    failure: str = ""

    @property
    def cpu(self) -> np.ndarray:
        """Processor s of each round, all steps together."""
        return np.array([sum(c.cpu for c in result.steps.values()) for result in self.results])

    @property
    def memory(self) -> np.ndarray:
        """Peak bytes of the largest process, in each round."""
        return np.array([max(c.memory for c in result.steps.values()) for result in self.results])

    def run(self) -> None:
        """Run the tool once."""
        with tempfile.TemporaryDirectory(prefix="bench-stages-") as folder:
            try:
                self.results.append(self.tool.run(self.reads, Path(folder)))
            except RuntimeError as error:
                self.failure, self.results = str(error), []


def race(reads: Reads, tools: Sequence[Tool], rounds: int) -> list[Runner]:
    """Run all tools in turn, ``rounds`` times; those of the whole chain run once."""
    runners = [Runner(tool, reads, failure=tool.missing) for tool in tools]
    for number in range(rounds):
        for runner in runners:
            if not runner.failure and not (number and runner.tool.is_chain):
                runner.run()
    check_reads_written(runners)
    return runners


def check_reads_written(runners: Sequence[Runner]) -> None:
    """Let readkin fail if it writes other reads than cutadapt, whose settings it uses."""
    written = {r.tool.name: r.results[0].reads for r in runners if r.results}
    for runner in runners:
        own = written.get(runner.tool.name)
        if runner.tool.name == "readkin" and own != written.get(TO_BAM, own):
            runner.failure = f"reads written: {written}"


def ratios(runner: Runner, base: Runner | None) -> np.ndarray | None:
    """Return the processor time as multiples of another tool's, round by round."""
    if base is None or not base.results:
        return None
    return runner.cpu / base.cpu[: len(runner.cpu)]


def records_of(runners: Sequence[Runner]) -> Iterator[Record]:
    """Yield the records of all tools that have run."""
    named = {runner.tool.name: runner for runner in runners}
    for runner in runners:
        if runner.failure:
            continue
        of_tool = runner.reads.name, runner.tool.name

        def row(
            metric: str,
            unit: str,
            values: Sequence[float] | np.ndarray,
            of_tool: tuple[str, str] = of_tool,
        ) -> Record:
            return record(*of_tool, metric, unit, values, reads=runners[0].reads.number)

        yield row("cpu", "s", runner.cpu)
        yield row("peak_memory", "MB", runner.memory / MEGABYTE)
        yield row("output", "MB", [r.output_bytes / MEGABYTE for r in runner.results])
        for metric, name in (("cpu_by_cutadapt", YARDSTICK), ("cpu_by_cutadapt_to_bam", TO_BAM)):
            multiples = ratios(runner, named.get(name))
            if multiples is not None:
                yield row(metric, "x", multiples)
        yardstick = named.get(YARDSTICK)
        for step in runner.results[0].steps if len(runner.results[0].steps) > 1 else ():
            costs = [result.steps[step] for result in runner.results]
            cpu = np.array([cost.cpu for cost in costs])
            yield row(f"{step}_cpu", "s", cpu)
            yield row(f"{step}_peak_memory", "MB", [cost.memory / MEGABYTE for cost in costs])
            if yardstick and yardstick.results:
                yield row(f"{step}_cpu_by_cutadapt", "x", cpu / yardstick.cpu[: len(cpu)])


def work_table(runners: Sequence[Runner]) -> Table:
    """Return a table of one set of reads, one tool or step per row."""
    table = Table(title=runners[0].reads.name, title_justify="left", expand=False)
    for name in ("tool", *COLUMNS):
        table.add_column(name, justify="left" if name == "tool" else "right")
    named = {runner.tool.name: runner for runner in runners}
    for runner in runners:
        if runner.failure:
            table.add_row(runner.tool.name, f"not measured: {runner.failure.splitlines()[-1]}")
            continue
        multiples = [ratios(runner, named.get(name)) for name in (YARDSTICK, TO_BAM)]
        table.add_row(
            runner.tool.name,
            spread(runner.cpu),
            *("" if values is None else spread(values) for values in multiples),
            spread(runner.memory / MEGABYTE),
            spread([result.output_bytes / MEGABYTE for result in runner.results]),
            str(runner.results[0].reads or ""),
        )
        for step in runner.results[0].steps if len(runner.results[0].steps) > 1 else ():
            costs = [result.steps[step] for result in runner.results]
            cpu = np.array([cost.cpu for cost in costs])
            table.add_row(
                f"  {step}",
                spread(cpu),
                *(
                    "" if base is None or not base.results else spread(cpu / base.cpu[: len(cpu)])
                    for base in (named.get(YARDSTICK), named.get(TO_BAM))
                ),
                spread([cost.memory / MEGABYTE for cost in costs]),
            )
    return table
