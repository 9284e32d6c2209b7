"""The assemblers that assemble_clusters can run: programs, options, and how to install them.

Standard library only, so that the rules can import it as well.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Assembler:
    """An assembler of short reads.

    Attributes:
        package: its package in Debian and Bioconda.
        program: its program on PATH.
        settings: options of every assembly.
        single: option of the reads without mate.
        memory_unit: bytes of one unit of the option ``-m``.
        contigs: file of the contigs in the output folder.
    """

    package: str
    program: str
    settings: tuple[str, ...]
    single: str
    memory_unit: int
    contigs: str

    def command(
        self, files: Mapping[str, str], threads: int, memory_mb: int, output: str
    ) -> list[str]:
        """Return the words that assemble reads.

        Args:
            files: FASTQ files by part: R1 and R2, mates in the same order, and single.
            threads: number of threads.
            memory_mb: memory to use at most, MiB.
            output: folder, which must not exist.
        """
        options = {"R1": "-1", "R2": "-2", "single": self.single}
        reads = [word for part, file in files.items() for word in (options[part], file)]
        memory = max((memory_mb << 20) // self.memory_unit, 1)
        limits = ["-t", str(threads), "-m", str(memory)]
        return [self.program, *self.settings, *limits, *reads, "-o", output]

    def problem(self) -> tuple[str, str, str] | None:
        """Return what was found and expected, and what to do, if PATH lacks the program."""
        if shutil.which(self.program):
            return None
        return (
            f"no program {self.program} on PATH",
            "an installed assembler",
            f"install it: apt-get install {self.package}, or"
            f" conda install -c conda-forge -c bioconda {self.package}",
        )


ASSEMBLERS = {
    "megahit": Assembler(
        package="megahit",
        program="megahit",
        settings=(),
        single="-r",
        memory_unit=1,
        contigs="final.contigs.fa",
    ),
    # Clusters differ in depth, and so do the sequences of one cluster (plasmids, repeats). The
    # default mode assumes one depth and ends with an error if that is low; --meta takes pairs only.
    # The offset is that of all FASTQ here; SPAdes cannot see it in reads of equal qualities.
    "spades": Assembler(
        package="spades",
        program="spades.py",
        settings=("--sc", "--phred-offset", "33"),
        single="-s",
        memory_unit=1 << 30,
        contigs="contigs.fasta",
    ),
}
"""Assemblers by the values of cluster.assemble."""
