"""Sets of long reads, and their simulation."""

import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks.clusters.genomes import genome_files
from benchmarks.launching import metered
from support.repository import SCRIPTS

GENOME = "e_coli"
SEED = 3


class LongReads(NamedTuple):
    """A set of long reads of one genome.

    Attributes:
        title: for tables.
        platform: of simulate_reads.
        length: mean, bp.
        error_rate: substitutions, insertions and deletions per base, mean.
        preset: of minimap2.
    """

    title: str
    platform: str
    length: int
    error_rate: float
    preset: str


SETS = {
    "hifi": LongReads("HiFi, 15 kb", "pacbio", 15_000, 0.002, "ava-pb"),
    "hifi_poor": LongReads("HiFi of 1 % errors, 10 kb", "pacbio", 10_000, 0.01, "ava-pb"),
    "ont": LongReads("ONT, 8 kb, 1 % errors", "ont", 8_000, 0.01, "ava-ont"),
    "ont_poor": LongReads("ONT, 8 kb, 5 % errors", "ont", 8_000, 0.05, "ava-ont"),
    "ultra_long": LongReads("ONT, 100 kb, 1 % errors", "ont", 100_000, 0.01, "ava-ont"),
}
"""All sets by name."""


def simulate(reads: LongReads, depth: float, folder: Path) -> None:
    """Write samples.tsv, truth.tsv.gz and FASTQ into a folder.

    Raises:
        DownloadError: the genome cannot be downloaded.
    """
    fasta = genome_files([GENOME])[GENOME]
    community = folder / "community.tsv"
    folder.mkdir(parents=True, exist_ok=True)
    community.write_text(f"genome\tfasta\tabundance\tshape\n{GENOME}\t{fasta}\t1\tcircular\n")
    options = ["--platform", reads.platform, "--coverage", depth, "--seed", SEED]
    options += ["--read-length", reads.length, "--error-rate", reads.error_rate]
    command = [sys.executable, SCRIPTS / "simulate_reads.py", "--community", community]
    metered([*command, *options, "--output", folder])
