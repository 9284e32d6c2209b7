"""Small sets of reads for tests: strings from a random genome, and BAM files of them."""

import numpy as np
import pysam

from support import naive_kmers


def genome_reads(n, length, error_rate, seed, genome_length=2000):
    """Return ``n`` reads of both strands of one random genome, with substitutions."""
    generator = np.random.default_rng(seed)
    genome = generator.integers(0, 4, genome_length)
    reads = []
    for start in generator.integers(0, genome_length - length, n):
        bases = genome[start : start + length].copy()
        wrong = generator.random(length) < error_rate
        bases[wrong] = (bases[wrong] + generator.integers(1, 4, wrong.sum())) % 4
        text = "".join("ACGT"[base] for base in bases)
        reads.append(text if generator.random() < 0.5 else naive_kmers.reverse_complement(text))
    return reads


def write_bam(path, reads, paired, unit="a.b"):
    """Write reads, given as strings, as unaligned BAM; adjacent reads are mates if ``paired``."""
    header = {"HD": {"VN": "1.6"}, "RG": [{"ID": unit, "SM": unit.partition(".")[0]}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for number, read in enumerate(reads):
            segment = pysam.AlignedSegment(bam.header)
            segment.query_name = f"{path.stem}{number // 2 if paired else number}"
            segment.flag = (77, 141)[number % 2] if paired else 4
            segment.query_sequence = read
            segment.query_qualities_str = "I" * len(read)
            segment.set_tag("RG", unit)
            bam.write(segment)
    return path
