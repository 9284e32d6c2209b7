"""Real genomes from Debian packages.

Thresholds are chosen on the genomes of TUNING only; results are reported for those of REPORTED.
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
    """A region of the first record of a FASTA file in a Debian package.

    Attributes:
        name: name in tables.
        accession: of the sequence, with the region, 0-based, half-open.
        package: Debian package.
        file: path of the file below /usr/share/doc.
        is_circular: True for a whole circular genome.
        start: first base; None: the whole record.
        end: base after the last; None: the whole record.
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
        """Path of the installed file."""
        return DOCUMENTS / self.file


class Genome(NamedTuple):
    """A genome: base codes, uint8 (length,), A 0, C 1, G 2, T 3, others 4, and their source."""

    name: str
    bases: np.ndarray
    is_circular: bool
    source: str

    def prefix(self, length: int) -> "Genome":
        """Return the first ``length`` bases, or all if the genome is shorter."""
        if length >= len(self.bases):
            return self
        return Genome(
            self.name, self.bases[:length], False, f"first {length:,} bp of {self.source}"
        )


E_COLI = Source(
    name="E. coli",
    accession="K-12 MG1655, 4,639,675 bp",
    package=RAGOUT,
    file=f"{RAGOUT_FILES}/E.Coli/references/MG1655-K12.fasta.gz",
    is_circular=True,
)
# More than half of chromosome X is interspersed repeats, most of them L1 (Ross 2005,
# doi:10.1038/nature03440). Neither region contains an N.
HUMAN_X = Source(
    name="human X",
    accession="NC_000023.10:12,000,000-16,640,000 (GRCh37)",
    package=SMALT,
    file=CHROMOSOME_X,
    is_circular=False,
    start=12_000_000,
    end=16_640_000,
)
LAMBDA = Source(
    name="lambda",
    accession="NC_001416.1",
    package="bowtie2-examples",
    file="bowtie2/examples/reference/lambda_virus.fa.gz",
    is_circular=False,
)
S_AUREUS = Source(
    name="S. aureus",
    accession="NC_002745.2 (N315)",
    package=RAGOUT,
    file=f"{RAGOUT_FILES}/S.Aureus/references/N315.fasta.gz",
    is_circular=True,
)
OTHER_HUMAN_X = Source(
    name="human X, other",
    accession="NC_000023.10:42,000,000-46,640,000 (GRCh37)",
    package=SMALT,
    file=CHROMOSOME_X,
    is_circular=False,
    start=42_000_000,
    end=46_640_000,
)
REPORTED = (E_COLI, HUMAN_X)
TUNING = (S_AUREUS, OTHER_HUMAN_X)


def missing_packages(sources: Iterable[Source]) -> list[str]:
    """Return the Debian packages that must be installed for these sources."""
    return sorted({source.package for source in sources if not source.path.is_file()})


def load(source: Source) -> Genome:
    """Read a genome, without reading beyond the end of its region."""
    if source.start is None or source.end is None:
        bases = read_fasta(source.path)[0].bases
    else:
        bases = read_region(source.path, source.start, source.end)
    return Genome(source.name, bases, source.is_circular, f"{source.accession}, {source.package}")


def read_region(path: Path, start: int, end: int) -> np.ndarray:
    """Return bases start:end of the first record of a gzipped FASTA file, reading no further."""
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
