"""Scores of contigs against the genomes of the reads, as QUAST defines them.

Contigs are aligned with minimap2 (mappy, preset asm5). Where neighbouring alignments of a contig
do not follow each other in a genome, within 1 kb, the contig is misassembled (Gurevich 2013,
doi:10.1093/bioinformatics/btt086).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import mappy
import numpy as np

from readkin.formats.community import Genome
from readkin.formats.fasta import decode

MIN_CONTIG_BP = 500
MIN_ALIGNED_BP = 200
INSERTION, DELETION = 1, 2  # operations of CIGAR
MAX_SHIFT_BP = 1000  # of neighbouring alignments that belong together


class Block(NamedTuple):
    """An alignment of a part of a contig.

    Attributes:
        genome, sequence: where it lies.
        start, end: on the sequence.
        query_start, query_end: on the contig.
        strand: 1 or -1.
        errors: mismatches and bases of gaps; those of a divided alignment count in its last part.
        length: bases of the sequence, if it is circular; else 0.
    """

    genome: str
    sequence: str
    start: int
    end: int
    query_start: int
    query_end: int
    strand: int
    errors: int
    length: int


@dataclass
class Assembled:
    """What the contigs cover.

    Attributes:
        blocks: alignments by genome.
        contigs, bases: number and total length of the contigs of at least MIN_CONTIG_BP.
        misassemblies: places where a contig is misassembled.
        between_genomes: those that join two genomes.
    """

    blocks: dict[str, list[Block]] = field(default_factory=dict)
    contigs: int = 0
    bases: int = 0
    misassemblies: int = 0
    between_genomes: int = 0


def contig_measures(
    contigs: Iterable[Path], genomes: Iterable[Genome], folder: Path
) -> dict[str, float]:
    """Return the scores of contigs.

    Args:
        contigs: FASTA files.
        genomes: the genomes of the reads.
        folder: for a file of the genomes.

    Returns:
        contigs, assembled bases, genome fraction (mean over the genomes of the share of bases that
        contigs cover), NGA50 (median over the genomes, bp; 0 where contigs cover less than half),
        misassemblies, misassemblies between genomes, errors per 100 kb; and genome fraction and
        NGA50 of each genome.
    """
    genomes = list(genomes)
    found = align_contigs(contigs, genomes, folder)
    fractions, nga50s = {}, {}
    for genome in genomes:
        blocks = found.blocks.get(genome.name, [])
        length = sum(len(sequence.bases) for sequence in genome.sequences)
        fractions[genome.name] = covered(blocks) / length
        nga50s[genome.name] = nga50([block.end - block.start for block in blocks], length)
    aligned = [block for blocks in found.blocks.values() for block in blocks]
    n_aligned = sum(block.end - block.start for block in aligned)
    measures = {
        "contigs": found.contigs,
        "assembled bases": found.bases,
        "genome fraction": float(np.mean(list(fractions.values()))),
        "NGA50": float(np.median(list(nga50s.values()))),
        "misassemblies": found.misassemblies,
        "misassemblies between genomes": found.between_genomes,
        "errors per 100 kb": 1e5 * sum(block.errors for block in aligned) / max(n_aligned, 1),
    }
    measures |= {f"{name}: genome fraction": value for name, value in fractions.items()}
    return measures | {f"{name}: NGA50": value for name, value in nga50s.items()}


def align_contigs(contigs: Iterable[Path], genomes: Iterable[Genome], folder: Path) -> Assembled:
    """Align all contigs with all genomes."""
    reference, found, circles = folder / "genomes.fa", Assembled(), {}
    with reference.open("w") as file:
        for genome in genomes:
            for number, sequence in enumerate(genome.sequences):
                name = f"{genome.name} {number}".replace(" ", "|")
                circles[name] = len(sequence.bases) if sequence.is_circular else 0
                file.write(f">{name}\n{decode(sequence.bases)}\n")
    aligner = mappy.Aligner(str(reference), preset="asm5")
    for path in contigs:
        for _, bases, _ in mappy.fastx_read(str(path)):
            if len(bases) >= MIN_CONTIG_BP:
                found.contigs += 1
                found.bases += len(bases)
                add_blocks(found, sorted(blocks_of(aligner, bases, circles), key=query_start))
    return found


def query_start(block: Block) -> int:
    """Return where the alignment starts on the contig."""
    return block.query_start


def blocks_of(aligner: mappy.Aligner, bases: str, circles: Mapping[str, int]) -> Iterator[Block]:
    """Yield the primary alignments of a contig, divided at gaps of more than MAX_SHIFT_BP."""
    for hit in aligner.map(bases):
        if hit.is_primary and hit.blen >= MIN_ALIGNED_BP:
            errors = hit.NM
            for start, end, before, after, gap in parts_of(hit.cigar):
                errors -= gap
                yield Block(
                    genome=hit.ctg.partition("|")[0],
                    sequence=hit.ctg,
                    start=hit.r_st + start,
                    end=hit.r_st + end,
                    query_start=hit.q_st + before if hit.strand > 0 else hit.q_en - after,
                    query_end=hit.q_st + after if hit.strand > 0 else hit.q_en - before,
                    strand=hit.strand,
                    errors=0 if gap else errors,
                    length=circles[hit.ctg],
                )


def parts_of(cigar: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield start and end on the sequence, start and end on the contig, and the gap that follows.

    All of them are relative to the start of the alignment; the gap is 0 after the last part.
    """
    target = query = start = before = 0
    for length, operation in cigar:
        gap = length if operation in (INSERTION, DELETION) and length > MAX_SHIFT_BP else 0
        if gap:
            yield start, target, before, query, gap
        target += length if operation != INSERTION else 0
        query += length if operation != DELETION else 0
        if gap:
            start, before = target, query
    yield start, target, before, query, 0


def add_blocks(found: Assembled, blocks: list[Block]) -> None:
    """Add the alignments of a contig, in their order on it."""
    for block in blocks:
        found.blocks.setdefault(block.genome, []).append(block)
    for one, other in pairwise(blocks):
        if not follows(one, other):
            found.misassemblies += 1
            found.between_genomes += one.genome != other.genome


def follows(one: Block, other: Block) -> bool:
    """Return whether the second alignment continues the first one on the same sequence."""
    if (one.sequence, one.strand) != (other.sequence, other.strand):
        return False
    on_contig = other.query_start - one.query_end
    on_sequence = other.start - one.end if one.strand > 0 else one.start - other.end
    shift = on_sequence - on_contig
    if one.length:
        shift = (shift + one.length // 2) % one.length - one.length // 2
    return abs(shift) <= MAX_SHIFT_BP


def covered(blocks: Iterable[Block]) -> int:
    """Return the number of bases that at least one alignment covers."""
    total, reached, sequence = 0, 0, ""
    for block in sorted(blocks, key=lambda block: (block.sequence, block.start)):
        if block.sequence != sequence:
            sequence, reached = block.sequence, 0
        total += max(0, block.end - max(block.start, reached))
        reached = max(reached, block.end)
    return total


def nga50(lengths: Iterable[int], genome_length: int) -> int:
    """Return the length such that alignments of at least this length cover half of the genome."""
    total = 0
    for length in sorted(lengths, reverse=True):
        total += length
        if 2 * total >= genome_length:
            return length
    return 0
