"""The workloads of the benchmark, and the peers that take part in each."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.pairs.genomes import Genome
from benchmarks.pairs.reads import simulate, with_duplicates
from benchmarks.pairs.tools import Workload

LENGTH = 150
SHALLOW_DEPTH = 3.2  # 100,000 reads of 150 bp on 4.64 Mbp
SCALING_DEPTH = 32
DEEP, DEEP_LENGTH = 1000, 5000  # depth, bp of genome; true pairs grow with depth times reads
PROGRAMS = ("minimap2", "minimap2 default")
SENSITIVE = ("minimap2 sensitive",)  # minimap2 settings for high error rates
ALL_PEERS = (*PROGRAMS, "mmseqs2 linclust", "rensa", "datasketch", "faiss IndexLSH")
MANY_READS = 1_000_000


@dataclass(frozen=True)
class Size:
    """Number of reads of most workloads, repetitions, and whether most workloads are skipped."""

    reads: int
    repetitions: int
    is_quick: bool


QUICK, FULL = Size(10_000, 1, True), Size(100_000, 3, False)


@dataclass(frozen=True)
class Case:
    """A workload that can be simulated.

    Attributes:
        name: short and unique.
        genome: origin of the reads.
        n: number of reads.
        length: of a read, bp.
        error_rate: errors per base.
        seed: for the simulation.
        duplicates: share of the reads that are copies of others.
        ranks, repetitions, peers: as in Workload.
    """

    name: str
    genome: Genome
    n: int
    length: int
    error_rate: float
    seed: int
    repetitions: int
    peers: tuple[str, ...]
    ranks: tuple[int, ...] = (1,)
    duplicates: float = 0

    def simulate(self) -> Workload:
        """Simulate the reads and return the workload."""
        reads = simulate(self.genome, self.n, self.length, self.error_rate, self.seed)
        if self.duplicates:
            reads = with_duplicates(reads, self.duplicates, self.seed)
        depth = reads.bases.size / len(self.genome.bases)
        title = f"{self.n:,} reads, {depth:,.1f}-fold, of {self.genome.source}"
        return Workload(
            name=self.name,
            title=title,
            reads=reads,
            error_rate=self.error_rate,
            ranks=self.ranks,
            repetitions=self.repetitions,
            peers=self.peers,
        )


def all_cases(
    genomes: list[Genome], small: Genome, size: Size, ranks: tuple[int, ...]
) -> Iterator[Case]:
    """Yield all cases.

    Args:
        genomes: genomes; the first one, without many repeats, is used for scaling and duplicates.
        small: genome for very deep coverage.
        size: full or quick.
        ranks: numbers of MPI ranks for scaling.
    """
    yield from quality(genomes, size)
    yield deep(small, size)
    yield duplicates(genomes[0], size)
    yield from scaling(genomes[0], size, ranks)


def quality(genomes: list[Genome], size: Size) -> Iterator[Case]:
    """Yield each genome at each error rate and read length, with all peers at 1 and 5 %."""
    peers_by_case = {(0.01, LENGTH): ALL_PEERS, (0.05, LENGTH): ALL_PEERS + SENSITIVE}
    if not size.is_quick:
        peers_by_case |= {(0.02, LENGTH): PROGRAMS + SENSITIVE}
        peers_by_case |= dict.fromkeys([(0.005, LENGTH), (0.01, 100), (0.01, 250)], PROGRAMS)
    for (rate, length), peers in peers_by_case.items():
        for seed, genome in enumerate(genomes):
            yield Case(
                name=f"{genome.name}, {length} bp, {rate:.1%}",
                genome=genome.prefix(round(size.reads * length / SHALLOW_DEPTH)),
                n=size.reads,
                length=length,
                error_rate=rate,
                seed=seed,
                repetitions=size.repetitions,
                peers=peers,
            )


def deep(small: Genome, size: Size) -> Case:
    """Return a case of depth 1000; its genome is short, as true pairs grow with depth squared."""
    genome = small.prefix(DEEP_LENGTH // (10 if size.is_quick else 1))
    return Case(
        name=f"{small.name}, {DEEP:,}-fold",
        genome=genome,
        n=DEEP * len(genome.bases) // LENGTH,
        length=LENGTH,
        error_rate=0.01,
        seed=10,
        repetitions=size.repetitions,
        peers=("minimap2",),
    )


def duplicates(genome: Genome, size: Size) -> Case:
    """Return a case in which every second read is an exact copy of another, on either strand."""
    return Case(
        name=f"{genome.name}, 50 % duplicates",
        genome=genome.prefix(round(size.reads * LENGTH / SHALLOW_DEPTH)),
        n=size.reads,
        length=LENGTH,
        error_rate=0.01,
        seed=11,
        repetitions=size.repetitions,
        peers=("minimap2",),
        duplicates=0.5,
    )


def scaling(genome: Genome, size: Size, ranks: tuple[int, ...]) -> Iterator[Case]:
    """Yield cases of the same depth with more reads, each on several numbers of ranks."""
    for n in [size.reads] if size.is_quick else [size.reads, MANY_READS]:
        yield Case(
            name=f"{genome.name}, {SCALING_DEPTH}-fold, {n:,} reads",
            genome=genome.prefix(round(n * LENGTH / SCALING_DEPTH)),
            n=n,
            length=LENGTH,
            error_rate=0.01,
            seed=12,
            repetitions=1 if n == MANY_READS else size.repetitions,
            peers=("minimap2",),
            ranks=ranks,
        )
