"""Contigs of clusters as FASTA, and the table of the assemblies as tab-separated text."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import dnaio
import pyarrow as pa

from readkin.formats.atomic_write import atomic_gzip, atomic_write
from readkin.formats.tsv_tables import read_tsv, write_tsv

# name: type, unit, meaning
COLUMNS = {
    "cluster": (pa.int64(), "", "number of the cluster"),
    "name": (pa.string(), "", "name of the cluster"),
    "reads": (pa.int64(), "reads", "reads that cluster.export would write"),
    "contigs": (pa.int64(), "contigs", "contigs of 200 bp or more"),
    "total_bp": (pa.int64(), "bp", "length of all contigs together"),
    "largest_bp": (pa.int64(), "bp", "length of the largest contig"),
    "n50_bp": (pa.int64(), "bp", "contigs of this length or more have half of all bases"),
    "peak_memory_mb": (pa.float64(), "MiB", "memory of the assembler's largest process"),
    "cpu_s": (pa.float64(), "s", "processor time of the assembler"),
    "wall_s": (pa.float64(), "s", "elapsed time of the assembler"),
    "reason": (pa.string(), "", "why there are no contigs; empty if there are"),
}
TYPES = {name: kind for name, (kind, *_) in COLUMNS.items()}


class Contig(NamedTuple):
    """A contig: the header that its assembler wrote, and its bases as text."""

    header: str
    bases: str


class Assembly(NamedTuple):
    """A finished assembly.

    Attributes:
        contigs: longest first.
        cpu: processor time, s.
        wall: elapsed time, s.
        memory: peak memory, bytes.
    """

    contigs: list[Contig]
    cpu: float
    wall: float
    memory: int


def read_contigs(path: Path, min_bp: int) -> list[Contig]:
    """Read the contigs of ``min_bp`` or more that an assembler wrote, longest first.

    Without the file, which SPAdes may omit, there are none.
    """
    if not path.exists():
        return []
    with dnaio.open(path, fileformat="fasta") as reader:
        contigs = [Contig(record.name, record.sequence) for record in reader]
    long = (contig for contig in contigs if len(contig.bases) >= min_bp)
    return sorted(long, key=lambda contig: (-len(contig.bases), contig.bases))


def write_contigs(path: Path, name: str, contigs: Iterable[Contig]) -> None:
    """Write contigs as FASTA, compressed by gzip; they are numbered: ``<name>_1`` and so on.

    The header of the assembler follows after a space.
    """
    with atomic_gzip(path) as file:
        for number, contig in enumerate(contigs, start=1):
            text = f">{name}_{number} {contig.header}\n{contig.bases}\n"
            file.write(text.encode("ascii"))


def write_assemblies(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one row per cluster; missing values are empty."""
    write_tsv(path, pa.Table.from_pylist(list(rows), pa.schema(list(TYPES.items()))))


def read_assemblies(path: Path) -> pa.Table:
    """Read a file that ``write_assemblies`` wrote.

    Raises:
        InputError: if the file is another one.
    """
    return read_tsv(path, TYPES, "make it again with assemble_clusters")


class FinishedAssemblies:
    """Finished assemblies of a run, from which it resumes after it was stopped.

    Args:
        folder: of their files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: str) -> Assembly | None:
        """Return the assembly of a key (reads, assembler and code); None if there is none yet."""
        path = self.folder / f"{key}.json"
        if not path.exists():
            return None
        contigs, *cost = json.loads(path.read_text())
        return Assembly([Contig(*contig) for contig in contigs], *cost)

    def write(self, key: str, assembly: Assembly) -> None:
        """Write a finished assembly."""
        with atomic_write(self.folder / f"{key}.json") as temporary:
            temporary.write_text(json.dumps(assembly))
