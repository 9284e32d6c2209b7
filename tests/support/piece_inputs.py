"""Input of join_reads: reads of small genomes, embedded, joined and aligned by the real stages."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import align_pairs
import find_pairs
from support.alignment_inputs import AlignmentInputs
from support.embedded_reads import embed
from support.naive_kmers import reverse_complement

ERROR_RATE = 0.001


@dataclass(frozen=True)
class PieceInputs:
    """Input and output files of join_reads in one folder."""

    folder: Path

    @property
    def outputs(self) -> list[Path]:
        """pieces.h5, pieces.fasta.gz, pieces.gfa, pieces.json"""
        return [self.folder / f"pieces.{kind}" for kind in ("h5", "fasta.gz", "gfa", "json")]

    def arguments(self, **changes: object) -> list[str]:
        """Return the command line; ``changes`` replace default settings."""
        pieces, fasta, gfa, counts = self.outputs
        settings: dict[str, object] = {
            "alignments": self.folder / "alignments",
            "pairs": self.folder / "pairs.h5",
            "bam": self.folder / "reads.bam",
            "min_overlap_bp": 40,
            "max_evidence": 8,
            "pieces": pieces,
            "fasta": fasta,
            "gfa": gfa,
            "counts": counts,
            "ranks": 1,
        }
        words = (settings | changes).items()
        return [f"--{name.replace('_', '-')}={value}" for name, value in words]


def write_piece_inputs(folder: Path, reads: list[str], paired: bool) -> PieceInputs:
    """Run the stages before join_reads; adjacent reads are mates if ``paired``."""
    settings = {
        "embeddings": embed(folder, reads, paired=paired),
        "max-bucket-size": 100,
        "min-votes": 2,
        "min-overlap-bp": 20,
        "max-mismatch-rate": 0.1,
        "max-pairs-per-read": 1000,
        "output": folder / "pairs.h5",
        "shards-dir": folder / "pairs_shards",
        "counts": folder / "find_pairs.json",
    }
    assert find_pairs.main([f"--{name}={value}" for name, value in settings.items()]) == 0
    inputs = AlignmentInputs(folder, n_pairs=0)
    assert align_pairs.main(inputs.arguments(tile_megacells=500)) == 0
    return PieceInputs(folder)


def random_genome(length: int, seed: int) -> str:
    """Return a random sequence."""
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def mates_of(genome: str, depth: float, seed: int, length: int = 100, fragment: int = 300):
    """Return R1 and R2 in turn of fragments of either strand, with 0.1 % substitutions."""
    generator = np.random.default_rng(seed)
    reads = []
    for _ in range(round(depth * len(genome) / length / 2)):
        size = max(length, round(generator.normal(fragment, fragment / 10)))
        start = generator.integers(0, len(genome) - size + 1)
        whole = genome[start : start + size]
        if generator.random() < 0.5:
            whole = reverse_complement(whole)
        for mate in (whole[:length], reverse_complement(whole)[:length]):
            codes = np.frombuffer(mate.encode(), np.uint8).copy()
            wrong = generator.random(length) < ERROR_RATE
            codes[wrong] = generator.choice(list(b"ACGT"), wrong.sum())
            reads.append(codes.tobytes().decode())
    return reads
