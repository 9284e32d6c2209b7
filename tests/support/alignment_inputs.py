"""Input of align_pairs: embedded reads from one small genome, and the pairs that overlap."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pysam

from readkin.kernels.join.candidates import Candidates
from support.embedded_reads import embed_bams
from support.pair_files import write_pairs


@dataclass(frozen=True)
class AlignmentInputs:
    """Files in a folder of their own.

    Attributes:
        folder: folder of the input and the output.
        n_pairs: number of candidate pairs.
    """

    folder: Path
    n_pairs: int

    @property
    def bam(self) -> Path:
        return self.folder / "reads.bam"

    @property
    def embeddings(self) -> Path:
        return self.folder / "embeddings.h5"

    @property
    def outputs(self) -> list[Path]:
        """alignments, alignments.paf.gz, counts.json"""
        names = ("alignments", "alignments.paf.gz", "counts.json")
        return [self.folder / name for name in names]

    def arguments(self, **changes: object) -> list[str]:
        """Return the command line with the default settings and tiles of one million cells."""
        alignments, paf, counts = self.outputs
        settings: dict[str, object] = {
            "pairs": self.folder / "pairs.h5",
            "embeddings": self.embeddings,
            "reads": self.folder / "reads.parquet",
            "match": 2,
            "mismatch": -3,
            "gap_open": 5,
            "gap_extend": 2,
            "min_score": 60,
            "min_identity": 0.9,
            "min_overlap_bp": 40,
            "tile_megacells": 1,
            "partial_dir": self.folder / "partial",
            "alignments": alignments,
            "paf": paf,
            "counts": counts,
            "ranks": 1,
        }
        return [
            f"--{name.replace('_', '-')}={value}" for name, value in (settings | changes).items()
        ]


def write_alignment_inputs(
    folder: Path, n_reads: int = 120, length: int = 150, seed: int = 5
) -> AlignmentInputs:
    """Write reads of either strand with 1 % errors, and all pairs that share at least 20 bp."""
    rng = np.random.default_rng(seed)
    genome = rng.integers(0, 4, 10 * length)
    start = rng.integers(0, 9 * length, n_reads)
    is_reversed = rng.integers(0, 2, n_reads)
    header = {"HD": {"VN": "1.6"}, "RG": [{"ID": "a.b", "SM": "a"}]}
    with pysam.AlignmentFile(str(folder / "reads.bam"), "wb", header=header) as bam:
        for read in range(n_reads):
            codes = genome[start[read] : start[read] + length].copy()
            is_error = rng.random(length) < 0.01
            codes[is_error] = rng.integers(0, 5, is_error.sum())
            if is_reversed[read]:
                codes = np.where(codes < 4, 3 - codes, 4)[::-1]
            bam.write(record(bam, read, "".join("ACGTN"[code] for code in codes)))
    read_a, read_b = np.triu_indices(n_reads, 1)
    chosen = np.abs(start[read_a] - start[read_b]) <= length - 20
    read_a, read_b = read_a[chosen], read_b[chosen]
    is_reverse = is_reversed[read_a] ^ is_reversed[read_b]
    pairs = Candidates(
        read_a=read_a,
        read_b=read_b,
        votes=np.arange(read_a.size) % 7 + 2,
        is_reverse=is_reverse,
        diagonal=(start[read_b] - start[read_a]) * np.where(is_reversed[read_a], -1, 1),
    )
    with h5py.File(embed_bams([folder / "reads.bam"], folder)) as embeddings:
        attributes = dict(embeddings.attrs)
    write_pairs(
        folder / "pairs.h5",
        n_reads,
        pairs,
        edges=(n_reads // 3, n_reads // 2),
        reads_fingerprint=attributes["reads_fingerprint"],
        embeddings_fingerprint=attributes["fingerprint"],
    )
    return AlignmentInputs(folder, read_a.size)


def record(bam: pysam.AlignmentFile, read: int, sequence: str) -> pysam.AlignedSegment:
    segment = pysam.AlignedSegment(bam.header)
    segment.query_name = f"pair{read // 2}"
    segment.flag = 141 if read % 2 else 77
    segment.query_sequence = sequence
    segment.query_qualities_str = "I" * len(sequence)
    return segment
