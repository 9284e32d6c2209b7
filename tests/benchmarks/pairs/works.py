"""The sets of reads: what is measured, and beside which peers."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.pairs.genomes import Genome
from benchmarks.pairs.reads import simulate, with_duplicates
from benchmarks.pairs.tools import Work

LENGTH = 150
SHALLOW = 3.2  # depth: 100,000 reads of 150 bp on 4.64 Mbp
SCALING_DEPTH = 32
DEEP, DEEP_LENGTH = 1000, 5000  # depth, bp of genome: true pairs grow with depth times reads
PROGRAMS = ("minimap2", "minimap2 default")
NOISY = ("minimap2 sensitive",)  # what minimap2 can do about errors
ALL_PEERS = (*PROGRAMS, "mmseqs2 linclust", "rensa", "datasketch", "faiss IndexLSH")
MANY_READS = 1_000_000


@dataclass(frozen=True)
class Size:
    """How many reads usual sets have, how often each is done, and if to leave most sets out."""

    reads: int
    repetitions: int
    is_quick: bool


QUICK, FULL = Size(10_000, 1, True), Size(100_000, 3, False)


@dataclass(frozen=True)
class Case:
    """A set of reads that can be made.

    Attributes:
        name: unique; place: what the reads come from.
        duplicates: share of the reads that are copies of others.
        ranks, repetitions, peers: as in Work.
    """

    name: str
    place: Genome
    n: int
    length: int
    error_rate: float
    seed: int
    repetitions: int
    peers: tuple[str, ...]
    ranks: tuple[int, ...] = (1,)
    duplicates: float = 0

    def work(self) -> Work:
        """Simulate the reads."""
        reads = simulate(self.place, self.n, self.length, self.error_rate, self.seed)
        if self.duplicates:
            reads = with_duplicates(reads, self.duplicates, self.seed)
        depth = reads.bases.size / len(self.place.bases)
        title = f"{self.n:,} reads, {depth:,.1f}-fold, of {self.place.source}"
        return Work(
            self.name, title, reads, self.error_rate, self.ranks, self.repetitions, self.peers
        )


def all_cases(
    genomes: list[Genome], small: Genome, size: Size, ranks: tuple[int, ...]
) -> Iterator[Case]:
    """All sets.

    Args:
        genomes: the first is the plain one, which scaling and duplicates are measured on.
        small: that of very deep coverage.
        ranks: MPI ranks for scaling.
    """
    yield from quality(genomes, size)
    yield deep(small, size)
    yield duplicates(genomes[0], size)
    yield from scaling(genomes[0], size, ranks)


def quality(genomes: list[Genome], size: Size) -> Iterator[Case]:
    """Each genome at each error rate and read length; all peers at 1 and at 5 %."""
    beside = {(0.01, LENGTH): ALL_PEERS, (0.05, LENGTH): ALL_PEERS + NOISY}
    if not size.is_quick:
        beside |= {(0.02, LENGTH): PROGRAMS + NOISY}
        beside |= dict.fromkeys([(0.005, LENGTH), (0.01, 100), (0.01, 250)], PROGRAMS)
    for (rate, length), peers in beside.items():
        for seed, genome in enumerate(genomes):
            place = genome.stretch(round(size.reads * length / SHALLOW))
            name = f"{genome.name}, {length} bp, {rate:.1%}"
            yield Case(name, place, size.reads, length, rate, seed, size.repetitions, peers)


def deep(small: Genome, size: Size) -> Case:
    """A thousandfold; the genome is short, for true pairs grow with the square of the depth."""
    place = small.stretch(DEEP_LENGTH // (10 if size.is_quick else 1))
    n = DEEP * len(place.bases) // LENGTH
    name = f"{small.name}, {DEEP:,}-fold"
    return Case(name, place, n, LENGTH, 0.01, 10, size.repetitions, ("minimap2",))


def duplicates(genome: Genome, size: Size) -> Case:
    """Every second read is an exact copy of another one, on either strand."""
    place = genome.stretch(round(size.reads * LENGTH / SHALLOW))
    name = f"{genome.name}, 50 % duplicates"
    beside = ("minimap2",)
    return Case(name, place, size.reads, LENGTH, 0.01, 11, size.repetitions, beside, duplicates=0.5)


def scaling(genome: Genome, size: Size, ranks: tuple[int, ...]) -> Iterator[Case]:
    """The same depth with more reads, each on more and more ranks."""
    for n in [size.reads] if size.is_quick else [size.reads, MANY_READS]:
        place = genome.stretch(round(n * LENGTH / SCALING_DEPTH))
        name = f"{genome.name}, {SCALING_DEPTH}-fold, {n:,} reads"
        times = 1 if n == MANY_READS else size.repetitions
        yield Case(name, place, n, LENGTH, 0.01, 12, times, ("minimap2",), ranks)
