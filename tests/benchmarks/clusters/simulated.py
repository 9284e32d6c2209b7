"""Simulate the reads of a set: genomes from the cache, a community table, simulate_reads."""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.clusters.genomes import SOURCES, genome_files, read_any, write_fasta
from benchmarks.clusters.sets import SIMULATION, Member, ReadSet, depths_of
from benchmarks.launching import metered
from support.repository import SCRIPTS


class MemberSequence(NamedTuple):
    """FASTA file of a member, its length in bp, and its shape."""

    fasta: Path
    length: int
    shape: str


def simulate(read_set: ReadSet, seed: int, folder: Path) -> Path:
    """Simulate the reads of a set, unless the folder has them.

    Args:
        read_set: the set.
        seed: of depths and reads.
        folder: for reads, truth.tsv.gz, samples.tsv and depths.tsv.

    Returns:
        The sample sheet.

    Raises:
        DownloadError: a genome cannot be downloaded.
    """
    sheet = folder / "samples.tsv"
    if not sheet.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        table = write_community(read_set, seed, folder)
        options = [word for name, value in SIMULATION.items() for word in (f"--{name}", value)]
        command = [sys.executable, SCRIPTS / "simulate_reads.py", "--community", table]
        metered([*command, "--abundance-is-depth", *options, "--seed", seed, "--output", folder])
    return sheet


def write_community(read_set: ReadSet, seed: int, folder: Path) -> Path:
    """Write the community table of a set; return its path."""
    files = genome_files([member.genome for member in read_set.members])
    sequences = [member_sequence(m, files[m.genome], folder) for m in read_set.members]
    lengths = np.array([sequence.length for sequence in sequences])
    depths = depths_of(read_set, lengths, seed)
    samples = [f"abundance:s{number + 1}" for number in range(read_set.samples)]
    lines = ["\t".join(["genome", "fasta", "shape", *samples])]
    for member, sequence, row in zip(read_set.members, sequences, depths, strict=True):
        numbers = [f"{depth:.6g}" for depth in row]
        lines.append("\t".join([member.genome, str(sequence.fasta), sequence.shape, *numbers]))
    table = folder / "community.tsv"
    table.write_text("".join(f"{line}\n" for line in lines))
    return table


def member_sequence(member: Member, file: Path, folder: Path) -> MemberSequence:
    """Return the sequence of a member; a part of a genome is written to the folder."""
    source = SOURCES[member.genome]
    if member.length is None:
        return MemberSequence(file, source.bases, source.shape)
    first = next(read_any(file))[: member.length]
    part = folder / f"{member.genome}.fa.gz"
    write_fasta(part, member.genome, [first])
    return MemberSequence(part, len(first), "linear")
