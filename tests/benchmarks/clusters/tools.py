"""What every tool gets and returns: the reads of a simulation, and their clusters."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.launching import Cost
from readkin.formats.community import Genome, read_community
from readkin.formats.reads import load_reads
from readkin.formats.truth_table import Truth, read_truth

NOT_PLACED = -1


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Trimmed reads of known origin, in the working directory of a run of the workflow.

    Attributes:
        folder: the working directory, which the workflow has run in up to align_pairs.
        truth_table: origins of the reads.
        scratch: an empty folder for the files of a tool.
    """

    folder: Path
    truth_table: Path
    scratch: Path

    @property
    def bams(self) -> list[Path]:
        """Unaligned BAM of each unit, in the order of read_index."""
        lines = (self.folder / "work" / "lists" / "bams.txt").read_text().splitlines()
        return [self.folder / line for line in lines]

    @property
    def fastqs(self) -> list[Path]:
        """Trimmed reads of each unit, mates in turn, in the order of read_index."""
        names = (bam.name.removesuffix(".unaligned.bam") for bam in self.bams)
        return [self.folder / "work" / "trimmed" / f"{name}.fastq.gz" for name in names]

    @cached_property
    def read_ids(self) -> pa.Array:
        """Names of the n reads, with /1 or /2 for mates, in the order of read_index."""
        return pa.array(load_reads(self.bams).ids())

    @cached_property
    def truth(self) -> Truth:
        """Origins of the n reads, in the order of read_index."""
        return read_truth(self.truth_table, pa.chunked_array([self.read_ids]))

    @property
    def genomes(self) -> tuple[Genome, ...]:
        """The genomes that the reads are of."""
        return read_community(self.truth_table.with_name("community.tsv")).genomes

    @property
    def depths(self) -> dict[str, float]:
        """Bases read / bases of each genome, of all samples together."""
        bases: dict[str, int] = {}
        lengths: dict[str, dict[str, int]] = {}
        with self.truth_table.with_name("depths.tsv").open(newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                genome = row["genome"]
                bases[genome] = bases.get(genome, 0) + int(row["bases"])
                lengths.setdefault(genome, {})[row["sequence"]] = int(row["length"])
        return {genome: n / sum(lengths[genome].values()) for genome, n in bases.items()}


@dataclass(frozen=True, eq=False, kw_only=True)
class Clustering:
    """Clusters that a tool found.

    Attributes:
        label: int64 (n,), any number for each cluster; NOT_PLACED for reads without one.
        confidence: float64 (n,), probability of the cluster; 1 for tools that state none.
        costs: cost of each step by name.
        strains: the same with strains as clusters; None if the tool looks for none.
    """

    label: np.ndarray
    confidence: np.ndarray
    costs: Mapping[str, Cost]
    strains: "Clustering | None" = None


@dataclass(frozen=True, kw_only=True)
class Contigs:
    """Contigs that a tool assembled.

    Attributes:
        files: FASTA files.
        costs: cost of each step by name.
    """

    files: Sequence[Path]
    costs: Mapping[str, Cost]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program or method that clusters or assembles reads.

    Attributes:
        name: name in tables.
        settings: arguments that matter.
        version: version of the program.
        run: finds clusters or contigs; raises RuntimeError if it fails.
        most_reads: size of the largest set in which it takes part; None: no limit.
    """

    name: str
    settings: str
    version: str
    run: Callable[[Simulation], Clustering | Contigs]
    most_reads: int | None = None


class UnavailableError(Exception):
    """A peer that cannot take part; the message is what to install."""


def certain(label: np.ndarray, costs: Mapping[str, Cost]) -> Clustering:
    """Return the clusters of a tool that states no confidence."""
    return Clustering(label=label, confidence=(label != NOT_PLACED).astype(np.float64), costs=costs)
