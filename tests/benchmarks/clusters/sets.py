"""The sets of the benchmark: which genomes, how deep, in how many samples."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

MEGABASE = 1_000_000
SAMPLE_SD = 1.0  # of ln(depth) of a genome in the samples of a set
READ_LENGTH = 150
SIMULATION = {
    "read-length": READ_LENGTH,
    "fragment-mean": 350,
    "fragment-sd": 60,
    "substitution-rate-start": 0.001,
    "substitution-rate-end": 0.01,
    "chimera-fraction": 0.01,
    "duplicate-fraction": 0.02,
}
"""Options of simulate_reads that all sets share."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A genome of a set.

    Attributes:
        genome: name in genomes.SOURCES.
        depth: bases read / bases of the genome, of all samples together.
        length: bases from the start of its first sequence; None: the whole genome.
    """

    genome: str
    depth: float
    length: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReadSet:
    """A community of which reads are simulated.

    Attributes:
        name: short and unique.
        title: description for tables.
        members: the genomes.
        samples: number of samples, among which the reads are distributed.
        depth_sd: standard deviation of ln(factor) by which each depth is multiplied; each
            simulation draws its own, and keeps the number of reads.
    """

    name: str
    title: str
    members: tuple[Member, ...]
    samples: int = 1
    depth_sd: float = 0


def members_of(
    depths: Mapping[str, float] | Iterable[str], depth: float = 0, length: int | None = None
) -> tuple[Member, ...]:
    """Return members of given depths, or of one depth."""
    pairs = depths.items() if isinstance(depths, Mapping) else [(name, depth) for name in depths]
    return tuple(Member(genome=name, depth=each, length=length) for name, each in pairs)


SIX = ("e_coli", "k_pneumoniae", "s_aureus_n315", "h_pylori_g27", "v_cholerae", "s_suis")
MOCK = {
    "h_pylori_g27": 18.6,
    "s_aureus_n315": 11.2,
    "s_suis": 7.6,
    "e_coli": 6.8,
    "v_cholerae": 4.6,
    "s_aureus_rf122": 3.7,
    "k_pneumoniae": 1.9,
}
OTHER = {
    "h_pylori_g27": 14,
    "s_pyogenes": 12,
    "a_baumannii": 9,
    "enterobacterium": 7,
    "c_diphtheriae": 6,
    "h_pylori_sjm180": 5,
    "p_suwonensis": 4,
}
"""Its simulations with seed 1 showed which conflicts between strains count; no other constant."""
TWENTY = (
    *SIX,
    *("s_aureus_rf122", "h_pylori_sjm180", "s_pyogenes", "v_anguillarum", "klebsiella_draft"),
    *("enterobacterium", "a_baumannii", "c_diphtheriae", "l_kirschneri", "p_suwonensis"),
    *("pseudomonadaceae", "t_indicus", "saccharibacterium", "shapirobacterium"),
)
TWENTY_DEPTH, TWENTY_DEPTH_SD = 8, 0.7
SAMPLES = (1, 5, 10)


def _with_samples(
    name: str,
    title: str,
    members: tuple[Member, ...],
    sd: float,
    samples: tuple[int, ...] = SAMPLES,
) -> list[ReadSet]:
    """Return a set of the same reads in different numbers of samples."""
    return [
        ReadSet(
            name=f"{name}_{n}",
            title=f"{title}, {n} sample{'s' if n > 1 else ''}",
            members=members,
            samples=n,
            depth_sd=sd,
        )
        for n in samples
    ]


def _set(name: str, title: str, members: tuple[Member, ...]) -> ReadSet:
    return ReadSet(name=name, title=title, members=members)


_SETS = (
    *(
        _set(f"six1m_{depth}x", f"1 Mb of six genomes, {depth}x", members_of(SIX, depth, MEGABASE))
        for depth in (2, 5, 10, 30)
    ),
    _set("six_5x", "six whole genomes, 5x", members_of(SIX, 5)),
    _set("ec_kp", "E. coli and K. pneumoniae, 10x", members_of(SIX[:2], 10)),
    _set(
        "sa_pair",
        "two strains of S. aureus, 10x",
        members_of(("s_aureus_n315", "s_aureus_rf122"), 10),
    ),
    _set(
        "hp_pair",
        "two strains of H. pylori, 20x",
        members_of(("h_pylori_g27", "h_pylori_sjm180"), 20),
    ),
    *_with_samples("mock", "seven genomes, 2-19x", members_of(MOCK), 0),
    *_with_samples("other", "seven other genomes, 4-14x", members_of(OTHER), 0.3, (1, 4)),
    *_with_samples(
        "twenty",
        f"20 genomes of 18 species, mean {TWENTY_DEPTH}x",
        members_of(TWENTY, TWENTY_DEPTH),
        TWENTY_DEPTH_SD,
    ),
)
SETS = {read_set.name: read_set for read_set in _SETS}
"""All sets by name."""

_QUICK = members_of(("e_coli", "s_aureus_n315", "h_pylori_g27", "v_cholerae"), 8, 250_000)
QUICK_SETS = {
    f"quick_{n}": ReadSet(name=f"quick_{n}", title=title, members=_QUICK, samples=n, depth_sd=0.5)
    for n, title in ((1, "250 kb of four genomes"), (2, "the same in two samples"))
}
"""The small sets of QUICK=1 by name."""


def six_of(reads: int) -> ReadSet:
    """Return a set of about this number of reads: the starts of six genomes, at depth 10."""
    length = reads * READ_LENGTH // (10 * len(SIX))
    return ReadSet(name=f"six_{reads}", title="", members=members_of(SIX, 10, length))


def depths_of(read_set: ReadSet, lengths: np.ndarray, seed: int) -> np.ndarray:
    """Return the depths of the members in each sample.

    Args:
        read_set: the set.
        lengths: int64 (members,), bp.
        seed: of the simulation.

    Returns:
        float64 (members, samples). The bases read, of all genomes and samples together, do not
        depend on the seed.
    """
    random = np.random.default_rng(seed)
    mean = np.array([member.depth for member in read_set.members])
    n = len(mean)
    depths = mean * np.exp(random.normal(0, read_set.depth_sd, n))
    if read_set.samples > 1:
        factors = np.exp(random.normal(0, SAMPLE_SD, (n, read_set.samples)))
        depths = depths[:, None] * factors
    else:
        depths = depths[:, None]
    return depths * (lengths @ mean) / (lengths @ depths.sum(axis=1))
