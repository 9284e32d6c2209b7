"""Blocks of simulated reads: each has a random generator of its own, so that any process makes it.

A block is simulated, formatted and compressed in one step. Its content depends on the seed and on
its position only, not on the process or on the other blocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from readkin.formats.atomic_write import gzip_member
from readkin.formats.community import Community
from readkin.formats.simulated_reads import SequenceLabels, fastq_records, origin_columns
from readkin.formats.truth_columns import (
    CHIMERIC,
    CIRCLE_LENGTH,
    DUPLICATE_OF,
    OFFSET,
    OTHER_PART,
    SEQUENCE,
    TRUTH_COLUMNS,
)
from readkin.formats.truth_table import truth_rows
from readkin.kernels.simulation.fragments import (
    Artefacts,
    PlatformModel,
    SequencePool,
    fragment_shares,
    pool_sequences,
    simulate_block,
)
from readkin.simulation.plan import Plan, sequence_copies
from readkin.simulation.platforms import PLATFORMS, ReadNumbers

NAMES = 1  # last word of the seed of a block's names


class Block(NamedTuple):
    """Consecutive fragments of one unit.

    Attributes:
        unit: index of the unit.
        number: of the block in the unit.
        first: number of the first fragment in the unit.
        n: number of fragments.
    """

    unit: int
    number: int
    first: int
    n: int


class BlockContent(NamedTuple):
    """Content of a block.

    Attributes:
        block: the block.
        fastq: one gzip member for each file of the unit.
        truth: gzip member of rows of the truth table.
        reads: int64 (sequences,), reads from each sequence.
        bases: int64 (sequences,), bases of each sequence that were read.
    """

    block: Block
    fastq: list[bytes]
    truth: bytes
    reads: np.ndarray
    bases: np.ndarray


def blocks_of_units(fragments: Sequence[int], fragments_per_block: int) -> Iterator[Block]:
    """Yield the blocks of all units in order.

    Args:
        fragments: number of fragments of each unit.
        fragments_per_block: number of fragments of each block except the last of a unit.
    """
    for unit, total in enumerate(fragments):
        for number, first in enumerate(range(0, total, fragments_per_block)):
            yield Block(unit, number, first, min(fragments_per_block, total - first))


@dataclass(frozen=True)
class BlockSimulator:
    """Function that makes the content of blocks, in any process.

    Attributes:
        platform: key of PLATFORMS.
        model: properties of fragments, reads and errors.
        artefacts: chimeras and duplicates.
        pool: sequences of all genomes.
        labels: their names.
        shares: float64 (sequences,) for each unit, fraction of the fragments of each sequence.
        columns: columns of the truth table.
        seed: seed of all random generators.
    """

    platform: str
    model: PlatformModel
    artefacts: Artefacts
    pool: SequencePool
    labels: SequenceLabels
    shares: Sequence[np.ndarray]
    columns: Sequence[str]
    seed: int

    def __call__(self, block: Block) -> BlockContent:
        """Simulate, format and compress a block."""
        lane = block.unit + 1
        seed = [self.seed, lane, block.number]
        fragments, mates = simulate_block(
            self.pool,
            self.shares[block.unit],
            self.model,
            block.n,
            np.random.default_rng(seed),
            self.artefacts,
        )
        platform = PLATFORMS[self.platform]
        numbers = ReadNumbers(lane, block.first, block.n)
        names = platform.names(numbers, np.random.default_rng([*seed, NAMES]))
        comments = [f" {mate}:N:0:1" if platform.has_casava_comment else "" for mate in (1, 2)]
        columns = origin_columns(names, fragments, mates, self.labels)
        n_sequences = len(self.pool.length)
        sequence = np.concatenate([reads.origin.sequence for reads in mates])
        length = np.concatenate([reads.origin.length for reads in mates])
        return BlockContent(
            block=block,
            fastq=[
                gzip_member(fastq_records(names, comment, reads))
                for comment, reads in zip(comments, mates, strict=False)
            ],
            truth=gzip_member(truth_rows({name: columns[name] for name in self.columns})),
            reads=np.bincount(sequence, minlength=n_sequences),
            bases=np.bincount(sequence, length, n_sequences).astype(np.int64),
        )


def block_simulator(community: Community, plan: Plan) -> BlockSimulator:
    """Return the function that makes the blocks of a plan."""
    sequences = [(genome, s) for genome in community.genomes for s in genome.sequences]
    pool = pool_sequences(
        [sequence.bases for _, sequence in sequences],
        np.array([sequence.is_circular for _, sequence in sequences]),
    )
    labels = SequenceLabels(
        genome=tuple(genome.name for genome, _ in sequences),
        sequence=tuple(sequence.name for _, sequence in sequences),
        circle_length=tuple(np.where(pool.is_circular, pool.length, 0).tolist()),
    )
    expected = plan.model.expected_bases(pool.length)
    copies = sequence_copies(community, plan.abundances)
    shares = [fragment_shares(pool.length, row, expected) for row in copies]
    return BlockSimulator(
        platform=plan.platform,
        model=plan.model,
        artefacts=plan.artefacts,
        pool=pool,
        labels=labels,
        shares=[shares[plan.sample_of(unit)] for unit in range(len(plan.units))],
        columns=truth_columns(bool(pool.is_circular.any()), plan.artefacts),
        seed=plan.seed,
    )


def truth_columns(has_circles: bool, artefacts: Artefacts) -> list[str]:
    """Return the columns of the truth table that a simulation needs."""
    columns = [*TRUTH_COLUMNS, SEQUENCE]
    if has_circles:
        columns.append(CIRCLE_LENGTH)
    if artefacts.chimera_fraction:
        columns += [CHIMERIC, OFFSET, OTHER_PART]
    if artefacts.duplicate_fraction:
        columns.append(DUPLICATE_OF)
    return columns
