"""Tools that run the same workload in turn: costs of every run, and the score of the pairs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.launching import Cost
from benchmarks.pairs import package_tools, program_tools
from benchmarks.pairs.reads import write_bam, write_fasta
from benchmarks.pairs.scoring import Score, score
from benchmarks.pairs.tools import ReadFiles, RunResult, Tool, UnavailableError, Workload

SLOW = 30.0  # s of processor time; slower tools run only once


@dataclass
class Runner:
    """A tool with one workload, and its measurements.

    Attributes:
        tool: the tool.
        work: the workload.
        score: of the pairs of the first run.
        stages: costs of all runs by stage.
        join_cpu: processor s of the join in each run; empty if not measured.
        failure: why there are no measurements; empty if there are.
    """

    tool: Tool
    work: Workload
    score: Score | None = None
    stages: dict[str, list[Cost]] = field(default_factory=dict)
    join_cpu: list[float] = field(default_factory=list)
    failure: str = ""

    def add(self, result: RunResult) -> None:
        """Add the costs of a run; score the pairs of the first one."""
        for name, cost in result.stages.items():
            self.stages.setdefault(name, []).append(cost)
        if result.join_cpu is not None:
            self.join_cpu.append(result.join_cpu)
        if self.score is None:
            self.score = score(self.work.reads.origins, result.pairs, result.original)

    @property
    def cpu(self) -> np.ndarray:
        """Processor s of each run, all stages together."""
        return np.sum([[cost.cpu for cost in costs] for costs in self.stages.values()], axis=0)

    @property
    def memory(self) -> np.ndarray:
        """Peak bytes of each run, in its largest stage."""
        return np.max([[cost.memory for cost in costs] for costs in self.stages.values()], axis=0)

    @property
    def last_stage(self) -> list[Cost]:
        """Costs of the stage that finds pairs, one per run."""
        return list(self.stages.values())[-1]


def find_peers() -> tuple[dict[str, Tool], dict[str, str]]:
    """Return the available peers by name, and by name why the others are unavailable."""
    makers: dict[str, Callable[[], list[Tool]]] = {
        "minimap2": program_tools.minimap2_tools,
        "mmseqs2 linclust": lambda: [program_tools.mmseqs_tool()],
    }
    for name in package_tools.PACKAGES:
        makers[name] = lambda name=name: [package_tools.tool(name)]
    found: dict[str, Tool] = {}
    missing: dict[str, str] = {}
    for name, make in makers.items():
        try:
            found |= {tool.name: tool for tool in make()}
        except UnavailableError as reason:
            missing[name] = str(reason)
    return found, missing


def race(work: Workload, tools: list[Tool], folder: Path) -> list[Runner]:
    """Run all tools in turn, for the workload's number of repetitions; slow ones run once."""
    files = ReadFiles(folder / "reads.fasta", folder / "reads.bam", folder / "reads.npy", folder)
    write_fasta(work.reads, files.fasta)
    write_bam(work.reads, files.bam)
    np.save(files.array, work.reads.bases)
    runners = [Runner(tool=tool, work=work) for tool in tools]
    for runner in runners:
        most = runner.tool.most_reads
        if most is not None and len(work.reads) > most:
            runner.failure = f"takes part up to {most:,} reads"
    for repetition in range(work.repetitions):
        for runner in runners:
            if runner.failure or (repetition and runner.cpu[0] > SLOW):
                continue
            try:
                runner.add(runner.tool.run(work, files))
            except RuntimeError as error:
                runner.failure = str(error)
    return runners
