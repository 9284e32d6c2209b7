"""Pieces of simulated genomes, without the stages before them."""

from typing import NamedTuple

import numpy as np

from support.some_pieces import some_pieces

READ_BP = 150
NO_CONTACTS = dict.fromkeys(
    ("contact_a", "contact_b", "contact_alignments", "contact_against", "contact_unclear"),
    np.zeros(0, np.uint32),
)
NO_LINKS = dict.fromkeys(("link_a", "link_b", "link_count"), np.zeros(0, np.uint32)) | {
    "link_is_flipped": np.zeros(0, bool),
    "link_shift": np.zeros(0, np.int64),
}


class Stretch(NamedTuple):
    """A piece to be: its bases, its depth in each sample, and the number of its genome."""

    bases: np.ndarray
    depths: tuple[float, ...]
    genome: int


class Simulated(NamedTuple):
    """Pieces, the sample of each read, and the genome of each piece."""

    pieces: object
    sample: np.ndarray
    genome: np.ndarray

    def genome_of_reads(self) -> np.ndarray:
        """Return the genome of each read."""
        return self.genome[self.pieces.piece]


def random_genome(length: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent codons with frequencies of their own as bases, uint8 (length,)."""
    codons = rng.choice(64, length // 3 + 1, p=rng.dirichlet(np.full(64, 3.0)))
    bases = np.stack([codons // 16, codons // 4 % 4, codons % 4], axis=1)
    return bases.ravel()[:length].astype(np.uint8)


def cut(
    genome: np.ndarray,
    number: int,
    depths: tuple[float, ...],
    rng: np.random.Generator,
    mean_bp: int = 8000,
    least_bp: int = 300,
) -> list[Stretch]:
    """Cut a genome into stretches of random lengths."""
    stretches, start = [], 0
    while start < len(genome) - least_bp:
        length = least_bp + int(rng.exponential(mean_bp))
        stretches.append(Stretch(genome[start : start + length], depths, number))
        start += length
    return stretches


def pieces_of(stretches: list[Stretch], rng: np.random.Generator, **changes) -> Simulated:
    """Lay reads on stretches at random; stretches become pieces by falling number of reads.

    Args:
        stretches: the pieces.
        rng: source of randomness.
        changes: attributes of the pieces to replace, such as contacts.
    """
    samples = len(stretches[0].depths)
    expected = np.array([[d * len(s.bases) / READ_BP for d in s.depths] for s in stretches])
    reads = rng.poisson(expected)
    reads[reads.sum(axis=1) == 0, 0] = 1
    stretches = [stretches[i] for i in np.argsort(-reads.sum(axis=1), kind="stable")]
    reads = reads[np.argsort(-reads.sum(axis=1), kind="stable")]
    n_reads = reads.sum(axis=1)
    piece = np.repeat(np.arange(len(stretches)), n_reads)
    sample = np.repeat(np.tile(np.arange(samples), len(stretches)), reads.ravel())
    span = np.array([len(stretch.bases) for stretch in stretches])
    room = np.maximum(span - READ_BP, 0) + 1
    order = rng.permutation(len(piece))
    values = {
        "piece": piece[order].astype(np.uint32),
        "position": (rng.random(len(piece)) * room[piece]).astype(np.int32)[order],
        "is_forward": np.ones(len(piece), bool),
        "is_shared": np.zeros(len(piece), bool),
        "span": span.astype(np.uint32),
        "bases": (n_reads * READ_BP).astype(np.uint64),
        "is_shared_piece": np.zeros(len(span), bool),
        "consensus": np.concatenate([stretch.bases for stretch in stretches]),
        "fragment_length": 350.0,
        "fragment_spread": 50.0,
    }
    pieces = some_pieces(**values | NO_CONTACTS | NO_LINKS | changes)
    return Simulated(pieces, sample[order], np.array([s.genome for s in stretches]))
