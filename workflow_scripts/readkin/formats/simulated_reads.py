"""Output files of the simulator: FASTQ of each unit, origins of the reads, and sample sheet."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.formats.atomic_write import atomic_write
from readkin.formats.fasta import LETTERS
from readkin.formats.truth_table import TruthWriter
from readkin.kernels.simulation import SimulatedReads

PHRED_OFFSET = 33
TILE_COLUMNS = TILE_ROWS = 2000  # clusters of a simulated tile


class SequencingUnit(NamedTuple):
    """One row of the sample sheet: reads of one sample from one lane."""

    sample: str
    unit: str

    def fastq_names(self, is_paired: bool) -> list[str]:
        """Return the file names of the reads of this unit."""
        stem = f"{self.sample}.{self.unit}"
        return [f"{stem}_R1.fastq.gz", f"{stem}_R2.fastq.gz"] if is_paired else [f"{stem}.fastq.gz"]


class UnitWriter:
    """Writer of the reads of one unit, block by block; it names the reads.

    Args:
        lane: number of the lane in the read names, different for each unit.
        fastq_files: open files, one for single reads, two for pairs.
        truth: table of the origins of all units.
        genomes: names of the genomes, by their index in the kernel.
    """

    def __init__(
        self,
        lane: int,
        fastq_files: Sequence[gzip.GzipFile],
        truth: TruthWriter,
        genomes: Sequence[str],
    ) -> None:
        self.lane = lane
        self.fastq_files = fastq_files
        self.truth = truth
        self.genomes = genomes
        self.written = 0

    def write(self, genome: np.ndarray, mates: Sequence[SimulatedReads]) -> None:
        """Append n fragments.

        Args:
            genome: int64 (n,), index of the genome of each fragment.
            mates: reads of the fragments, one array of single reads or two of mates.
        """
        n = len(genome)
        names = cluster_names(self.lane, self.written, n)
        for number, (file, reads) in enumerate(zip(self.fastq_files, mates, strict=True), start=1):
            write_fastq(file, names, number, reads)
        endings = ("/1", "/2") if len(mates) == 2 else ("",)
        origins = [(m.start.tolist(), m.end.tolist(), m.is_reverse.tolist()) for m in mates]
        self.truth.write(
            (names[i] + ending, self.genomes[number], start[i], end[i], is_reverse[i])
            for i, number in enumerate(genome.tolist())
            for ending, (start, end, is_reverse) in zip(endings, origins, strict=True)
        )
        self.written += n


def cluster_names(lane: int, first: int, n: int) -> list[str]:
    """Return names in Illumina's form for clusters ``first`` to ``first + n - 1`` of a lane.

    Their coordinates (instrument:run:flow cell:lane:tile:x:y) are numbered consecutively, so they
    are unique and reveal nothing about the origin of a read.
    """
    names = []
    for number in range(first, first + n):
        row, column = divmod(number, TILE_COLUMNS)
        tile, row = divmod(row, TILE_ROWS)
        names.append(f"SIMULATOR:1:FLOWCELL:{lane}:{1101 + tile}:{1000 + column}:{1000 + row}")
    return names


def write_fastq(
    file: gzip.GzipFile, names: Sequence[str], mate: int, reads: SimulatedReads
) -> None:
    """Append reads to an open FASTQ file, with ``mate`` (1 or 2) in a comment in Casava's form."""
    length = reads.bases.shape[1]
    letters = LETTERS[reads.bases].tobytes().decode("ascii")
    phred = (reads.qualities + np.uint8(PHRED_OFFSET)).tobytes().decode("ascii")
    records = [
        f"@{name} {mate}:N:0:1\n{letters[i : i + length]}\n+\n{phred[i : i + length]}\n"
        for name, i in zip(names, range(0, len(letters), length), strict=True)
    ]
    file.write("".join(records).encode("ascii"))


def write_sample_sheet(
    path: Path, folder: Path, units: Sequence[SequencingUnit], is_paired: bool
) -> None:
    """Write the sample sheet of the FASTQ files in ``folder``, whose path is written as given."""
    lines = ["sample\tunit\tfastq_1\tfastq_2"]
    for unit in units:
        paths = [str(folder / name) for name in unit.fastq_names(is_paired)]
        second = paths[1] if is_paired else ""
        lines.append(f"{unit.sample}\t{unit.unit}\t{paths[0]}\t{second}")
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")
