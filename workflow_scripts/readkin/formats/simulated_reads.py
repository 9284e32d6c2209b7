"""Output of the simulator: FASTQ records, rows of the truth table, sample sheet and depths."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.formats.atomic_write import atomic_write
from readkin.formats.fasta import LETTERS
from readkin.formats.truth_columns import (
    CHIMERIC,
    CIRCLE_LENGTH,
    DUPLICATE_OF,
    OFFSET,
    OTHER_PART,
    SEQUENCE,
    TRUTH_COLUMNS,
)
from readkin.kernels.simulation.fragments import Fragments, Parts, SimulatedReads

PHRED_OFFSET = 33
ILLUMINA = "ILLUMINA"  # platform of sheets without the column
DEPTH_COLUMNS = (
    *("sample", "genome", "sequence", "length", "abundance", "copies", "reads", "bases", "depth"),
)


class SequencingUnit(NamedTuple):
    """One row of the sample sheet: reads of one sample from one lane."""

    sample: str
    unit: str

    def fastq_names(self, is_paired: bool) -> list[str]:
        """Return the file names of the reads of this unit."""
        stem = f"{self.sample}.{self.unit}"
        return [f"{stem}_R1.fastq.gz", f"{stem}_R2.fastq.gz"] if is_paired else [f"{stem}.fastq.gz"]


class SequenceLabels(NamedTuple):
    """What the truth table contains of each sequence of the pool.

    Attributes:
        genome, sequence: names of n sequences and of their genomes.
        circle_length: lengths of the circular ones, else 0.
    """

    genome: tuple[str, ...]
    sequence: tuple[str, ...]
    circle_length: tuple[int, ...]


def fastq_records(names: Sequence[str], comment: str, reads: SimulatedReads) -> bytes:
    """Return reads in FASTQ format, with ``comment`` after each name."""
    letters = LETTERS[reads.bases].tobytes().decode("ascii")
    phred = (reads.qualities + np.uint8(PHRED_OFFSET)).tobytes().decode("ascii")
    ends = np.cumsum(reads.length).tolist()
    records = [
        f"@{name}{comment}\n{letters[start:end]}\n+\n{phred[start:end]}\n"
        for name, start, end in zip(names, [0, *ends[:-1]], ends, strict=True)
    ]
    return "".join(records).encode("ascii")


def origin_columns(
    names: Sequence[str],
    fragments: Fragments,
    mates: Sequence[SimulatedReads],
    labels: SequenceLabels,
) -> dict[str, list[str | int]]:
    """Return all columns of the truth table, mates next to each other.

    Args:
        names: names of n fragments.
        fragments: the fragments.
        mates: reads of the fragments, one item of single reads or two of mates.
        labels: names of the sequences.
    """
    endings = ("/1", "/2") if len(mates) == 2 else ("",)
    ids = [[name + ending for ending in endings] for name in names]
    origins = [_places(reads.origin, labels) for reads in mates]
    number = _interleaved([reads.origin.sequence for reads in mates])
    is_chimeric = (fragments.second.length > 0).astype(int)
    originals = fragments.original.tolist()
    return {
        "read_id": [read_id for pair in ids for read_id in pair],
        **{
            name: _interleaved([origin[name] for origin in origins])
            for name in (*TRUTH_COLUMNS[1:], SEQUENCE)
        },
        CIRCLE_LENGTH: [labels.circle_length[i] for i in number],
        CHIMERIC: np.repeat(is_chimeric, len(mates)).tolist(),
        OFFSET: _interleaved([reads.offset for reads in mates]),
        OTHER_PART: _interleaved([_other_parts(reads.other, labels) for reads in mates]),
        DUPLICATE_OF: [
            read_id if original != i else ""
            for i, original in enumerate(originals)
            for read_id in ids[original]
        ],
    }


def _interleaved(columns: Sequence[Iterable]) -> list:
    """Return the first values of all columns, then the second ones, and so on."""
    lists = [c.tolist() if isinstance(c, np.ndarray) else c for c in columns]
    return [value for row in zip(*lists, strict=True) for value in row]


def _places(parts: Parts, labels: SequenceLabels) -> dict[str, list]:
    """Return columns genome, sequence, start, end and strand of parts."""
    sequence = parts.sequence.tolist()
    return {
        "genome": [labels.genome[i] for i in sequence],
        SEQUENCE: [labels.sequence[i] for i in sequence],
        "start": parts.start.tolist(),
        "end": (parts.start + parts.length).tolist(),
        "strand": ["+-"[is_reverse] for is_reverse in parts.is_reverse.tolist()],
    }


def _other_parts(parts: Parts, labels: SequenceLabels) -> list[str]:
    """Return the column other_part."""
    texts = [""] * len(parts.length)
    present = np.flatnonzero(parts.length)
    places = _places(Parts(*(column[present] for column in parts)), labels)
    for i, *place in zip(present.tolist(), *places.values(), strict=True):
        texts[i] = " ".join(map(str, place))
    return texts


def write_sample_sheet(
    path: Path, folder: Path, units: Sequence[SequencingUnit], is_paired: bool, platform: str
) -> None:
    """Write the sample sheet of the FASTQ files in ``folder``, whose path is written as given."""
    lines = ["sample\tunit\tfastq_1\tfastq_2" + ("\tplatform" if platform != ILLUMINA else "")]
    for unit in units:
        paths = [str(folder / name) for name in unit.fastq_names(is_paired)]
        cells = [unit.sample, unit.unit, paths[0], paths[1] if is_paired else ""]
        lines.append("\t".join([*cells, *([platform] if platform != ILLUMINA else [])]))
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


def write_depths(path: Path, rows: Iterable[Mapping[str, str | int | float]]) -> None:
    """Write the table of depths; ``rows`` have the keys DEPTH_COLUMNS."""
    lines = ["\t".join(DEPTH_COLUMNS)]
    for row in rows:
        values = (row[name] for name in DEPTH_COLUMNS)
        lines.append("\t".join(f"{v:.6g}" if isinstance(v, float) else str(v) for v in values))
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
