"""Tools in turn on the same reads: costs of every run, and the score of the pairs they keep."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.launching import Cost
from benchmarks.pairs.reads import write_bam, write_fasta
from benchmarks.pairs.scoring import Score, score
from benchmarks.pairs.tools import Files, Finding, Tool, Work

SLOW = 30.0  # s of processor time from which a tool runs but once


@dataclass
class Runner:
    """A tool on one work set.

    Attributes:
        score: of the pairs of the first run.
        stages: by name the cost of each run; join_cpu: s of each run, where measured.
        failure: why it has no figures; empty if it has.
    """

    tool: Tool
    work: Work
    score: Score | None = None
    stages: dict[str, list[Cost]] = field(default_factory=dict)
    join_cpu: list[float] = field(default_factory=list)
    failure: str = ""

    def keep(self, finding: Finding) -> None:
        """Add what a run cost; score the first."""
        for name, cost in finding.stages.items():
            self.stages.setdefault(name, []).append(cost)
        if finding.join_cpu is not None:
            self.join_cpu.append(finding.join_cpu)
        if self.score is None:
            self.score = score(self.work.reads.origins, finding.pairs, finding.original)

    @property
    def cpu(self) -> np.ndarray:
        """Processor s of all stages together, of each run."""
        return np.sum([[cost.cpu for cost in costs] for costs in self.stages.values()], axis=0)

    @property
    def memory(self) -> np.ndarray:
        """Peak bytes of the largest stage, of each run."""
        return np.max([[cost.memory for cost in costs] for costs in self.stages.values()], axis=0)

    @property
    def last_stage(self) -> list[Cost]:
        """The stage that finds pairs."""
        return list(self.stages.values())[-1]


def race(work: Work, tools: list[Tool], folder: Path) -> list[Runner]:
    """Run the tools on the work in turn, as often as it says, slow ones once."""
    files = Files(folder / "reads.fasta", folder / "reads.bam", folder / "reads.npy", folder)
    write_fasta(work.reads, files.fasta)
    write_bam(work.reads, files.bam)
    np.save(files.array, work.reads.bases)
    runners = [Runner(tool, work) for tool in tools]
    for runner in runners:
        most = runner.tool.most_reads
        if most is not None and len(work.reads) > most:
            runner.failure = f"takes part up to {most:,} reads"
    for repetition in range(work.repetitions):
        for runner in runners:
            if runner.failure or (repetition and runner.cpu[0] > SLOW):
                continue
            try:
                runner.keep(runner.tool.run(work, files))
            except RuntimeError as error:
                runner.failure = str(error)
    return runners
