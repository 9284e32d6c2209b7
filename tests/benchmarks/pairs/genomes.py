"""Real genomes from Debian packages: those that figures are reported of, and those to tune on.

Thresholds are set on the genomes of TUNING and nothing else, figures reported of REPORTED.
"""

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.formats.fasta import encode, read_fasta

DOCUMENTS = Path("/usr/share/doc")
RAGOUT, SMALT = "ragout-examples", "smalt-examples"
RAGOUT_FILES = "ragout/examples"
CHROMOSOME_X = "smalt/test/data/hs37chrXtrunc.fa.gz"


class Source(NamedTuple):
    """A stretch of the first record of a FASTA file of a Debian package.

    Attributes:
        name: for tables; accession: of the sequence, and where in it, 0-based, half-open.
        is_circular: whole, and a circle.
        start, end: None takes the whole record.
    """

    name: str
    accession: str
    package: str
    file: str
    is_circular: bool
    start: int | None = None
    end: int | None = None

    @property
    def path(self) -> Path:
        return DOCUMENTS / self.file


class Genome(NamedTuple):
    """Base codes uint8 (length,), A 0, C 1, G 2, T 3, anything else 4, and where they are from."""

    name: str
    bases: np.ndarray
    is_circular: bool
    source: str

    def stretch(self, length: int) -> "Genome":
        """The first ``length`` bases, or all there are."""
        if length >= len(self.bases):
            return self
        return Genome(
            self.name, self.bases[:length], False, f"first {length:,} bp of {self.source}"
        )


E_COLI = Source(
    "E. coli",
    "K-12 MG1655, 4,639,675 bp",
    RAGOUT,
    f"{RAGOUT_FILES}/E.Coli/references/MG1655-K12.fasta.gz",
    True,
)
# More than half of chromosome X is interspersed repeats, most of them L1 (Ross 2005,
# doi:10.1038/nature03440). Both stretches lie in a run of the assembly without N.
HUMAN_X = Source(
    "human X",
    "NC_000023.10:12,000,000-16,640,000 (GRCh37)",
    SMALT,
    CHROMOSOME_X,
    False,
    12_000_000,
    16_640_000,
)
LAMBDA = Source(
    "lambda",
    "NC_001416.1",
    "bowtie2-examples",
    "bowtie2/examples/reference/lambda_virus.fa.gz",
    False,
)
REPORTED = (E_COLI, HUMAN_X)
TUNING = (
    Source(
        "S. aureus",
        "NC_002745.2 (N315)",
        RAGOUT,
        f"{RAGOUT_FILES}/S.Aureus/references/N315.fasta.gz",
        True,
    ),
    Source(
        "human X, other",
        "NC_000023.10:42,000,000-46,640,000 (GRCh37)",
        SMALT,
        CHROMOSOME_X,
        False,
        42_000_000,
        46_640_000,
    ),
)


def missing_packages(sources: Iterable[Source]) -> list[str]:
    """Debian packages to install for these."""
    return sorted({source.package for source in sources if not source.path.is_file()})


def load(source: Source) -> Genome:
    """Read a genome; of a stretch no more than lies before its end."""
    if source.start is None or source.end is None:
        bases = read_fasta(source.path)[0].bases
    else:
        bases = read_stretch(source.path, source.start, source.end)
    return Genome(source.name, bases, source.is_circular, f"{source.accession}, {source.package}")


def read_stretch(path: Path, start: int, end: int) -> np.ndarray:
    """Bases start:end of the first record of a gzipped FASTA file, without reading what follows."""
    lines: list[bytes] = []
    length = 0
    with gzip.open(path) as file:
        next(file)
        for line in file:
            length += len(line.rstrip())
            if length > start:
                lines.append(line.rstrip())
            if length >= end:
                break
    text = b"".join(lines)
    first = start - (length - len(text))
    return encode(text[first : first + end - start].decode("ascii"))
