"""Tools that cluster the same simulated reads in turn; measures of every run."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clusters import assembly_tool, metaprob_tool, readkin_tools
from benchmarks.clusters.chain import run_workflow
from benchmarks.clusters.contig_scores import contig_measures
from benchmarks.clusters.measures import Measures, cost_measures, measures_of, unit_of
from benchmarks.clusters.sets import ReadSet
from benchmarks.clusters.simulated import simulate
from benchmarks.clusters.tools import Contigs, Simulation, Tool, UnavailableError
from benchmarks.records import Record, record

STRAINS = "readkin, strains"
MAKERS: dict[str, Callable[[], Tool]] = {
    "connected components": readkin_tools.components_tool,
    "Leiden on kin graph": readkin_tools.leiden_tool,
    metaprob_tool.PROGRAM: metaprob_tool.metaprob_tool,
    assembly_tool.NAME: assembly_tool.assembly_tool,
}
"""Functions that return the peers."""


@dataclass
class Runner:
    """A tool on one set, and its measures.

    Attributes:
        tool: the tool.
        read_set: the set.
        runs: measures of each simulation.
        strain_runs: the same with strains as clusters; empty if the tool finds none.
        failure: why measures are missing; empty if none is.
    """

    tool: Tool
    read_set: ReadSet
    runs: list[Measures] = field(default_factory=list)
    strain_runs: list[Measures] = field(default_factory=list)
    failure: str = ""

    def run(self, simulation: Simulation) -> None:
        """Run the tool on one simulation, unless it is too large or an earlier run failed."""
        most = self.tool.most_reads
        if most is not None and len(simulation.read_ids) > most:
            self.failure = f"takes part up to {most:,} reads"
        if self.failure:
            return
        try:
            result = self.tool.run(simulation)
        except RuntimeError as error:
            self.failure = str(error)
            return
        if isinstance(result, Contigs):
            scores = contig_measures(result.files, simulation.genomes, simulation.scratch)
            self.runs.append(scores | dict(cost_measures(result.costs)))
            return
        truth, depths = simulation.truth, simulation.depths
        self.runs.append(measures_of(result, truth, depths))
        if result.strains is not None:
            self.strain_runs.append(measures_of(result.strains, truth, depths))

    def records(self) -> list[Record]:
        """Return the records of all measures; a measure may be missing in some runs."""
        named = [(self.tool.name, self.runs), (STRAINS, self.strain_runs)]
        return [
            record(
                self.read_set.name,
                name,
                measure,
                unit_of(measure),
                [run[measure] for run in runs if measure in run],
                title=self.read_set.title,
                settings=self.tool.settings,
                version=self.tool.version,
            )
            for name, runs in named
            for measure in dict.fromkeys(key for run in runs for key in run)
        ]


def find_peers() -> tuple[list[Tool], dict[str, str]]:
    """Return the available peers, and by name why the others are unavailable."""
    found: list[Tool] = []
    missing: dict[str, str] = {}
    for name, make in MAKERS.items():
        try:
            found.append(make())
        except UnavailableError as reason:
            missing[name] = str(reason)
    return found, missing


def race(
    read_set: ReadSet, tools: Sequence[Tool], seeds: Sequence[int], folder: Path | None = None
) -> list[Runner]:
    """Run all tools on several simulations of a set.

    Args:
        read_set: the set.
        tools: the tools; the first one runs the workflow, whose results the others use.
        seeds: one for each simulation.
        folder: if given, the files of the simulations are kept in it.

    Raises:
        DownloadError: a genome cannot be downloaded.
        RuntimeError: the reads cannot be simulated or aligned.
    """
    runners = [Runner(tool=tool, read_set=read_set) for tool in tools]
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="bench-clusters-") as temporary:
            home = folder / read_set.name / f"{seed}" if folder else Path(temporary)
            simulation = prepare(read_set, seed, home)
            for runner in runners:
                simulation.scratch.mkdir()
                runner.run(simulation)
                shutil.rmtree(simulation.scratch)
    return runners


def prepare(read_set: ReadSet, seed: int, folder: Path) -> Simulation:
    """Simulate the reads, and run the workflow up to align_pairs."""
    reads, scratch = folder / "reads", folder / "scratch"
    simulate(read_set, seed, reads)
    run_workflow(folder, reads, "align_pairs")
    shutil.rmtree(scratch, ignore_errors=True)
    return Simulation(folder=folder, truth_table=reads / "truth.tsv.gz", scratch=scratch)
