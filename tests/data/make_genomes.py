"""Cut the test genomes from the example data of two Debian packages.

in:  files of Debian's ragout-examples and bowtie2-examples packages, installed or unpacked below
     --root (``dpkg-deb -x package.deb ROOT``)
out: OUTPUT/<genome>.fa.gz, one sequence each; the bytes are reproducible

    apt-get install ragout-examples bowtie2-examples
    python tests/data/make_genomes.py --output tests/data/genomes
"""

import argparse
import gzip
import sys
from pathlib import Path
from typing import NamedTuple

RAGOUT = "usr/share/doc/ragout/examples"
BOWTIE2 = "usr/share/doc/bowtie2/examples"
LINE_LENGTH = 80


class Region(NamedTuple):
    """A region of one record of a packaged FASTA file; start and end are 0-based, half-open."""

    genome: str
    file: str
    record: str
    start: int
    end: int


REGIONS = (
    Region(
        genome="lambda",
        file=f"{BOWTIE2}/reference/lambda_virus.fa.gz",
        record="NC_001416.1",
        start=0,
        end=48_502,
    ),
    Region(
        genome="e_coli_mg1655",
        file=f"{RAGOUT}/E.Coli/references/MG1655-K12.fasta.gz",
        record="K-12-MG1655",
        start=1_000_000,
        end=1_060_000,
    ),
    Region(
        genome="s_aureus_n315",
        file=f"{RAGOUT}/S.Aureus/references/N315.fasta.gz",
        record="NC_002745.2",
        start=1_000_000,
        end=1_050_000,
    ),
    Region(
        genome="v_cholerae_o395",
        file=f"{RAGOUT}/V.Cholerae/references/O395.fasta.gz",
        record="CP001235.1",
        start=1_000_000,
        end=1_050_000,
    ),
    Region(
        genome="h_pylori_g27",
        file=f"{RAGOUT}/H.Pylori/references/G27.fasta.gz",
        record="NC_011333.1",
        start=1_100_000,
        end=1_150_000,
    ),
    Region(
        genome="h_pylori_sjm180",
        file=f"{RAGOUT}/H.Pylori/references/SJM180.fasta.gz",
        record="NC_014560.1",
        start=1_055_702,
        end=1_105_808,
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("/"),
        help="folder below which the packages are unpacked; default: %(default)s",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the FASTA files")
    arguments = parser.parse_args(argv)
    missing = sorted({r.file for r in REGIONS if not (arguments.root / r.file).is_file()})
    if missing:
        parser.error(
            f"{arguments.root}: found no {', '.join(missing)}, expected the packaged files;"
            " install or unpack ragout-examples and bowtie2-examples"
        )
    arguments.output.mkdir(parents=True, exist_ok=True)
    for region in REGIONS:
        write_region(arguments.root, region, arguments.output / f"{region.genome}.fa.gz")
    return 0


def write_region(root: Path, region: Region, target: Path) -> None:
    """Write one region as gzip-compressed FASTA without time stamp or file name.

    Args:
        root: folder below which the packages are unpacked.
        region: what to cut.
        target: file to write.

    Raises:
        ValueError: the record is missing, or the region contains bases other than A, C, G, T.
    """
    header, sequence = find_record(root / region.file, region.record)
    bases = sequence[region.start : region.end].upper()
    if len(bases) != region.end - region.start or set(bases) - set("ACGT"):
        raise ValueError(
            f"{region.file}: found another sequence in record {region.record}, expected that of "
            "the package versions in tests/data/genomes/README.md; install those versions"
        )
    lines = [f">{region.genome} {region.record}[{region.start}:{region.end}] {header}"]
    lines += [bases[i : i + LINE_LENGTH] for i in range(0, len(bases), LINE_LENGTH)]
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as compressed,
    ):
        compressed.write(("\n".join(lines) + "\n").encode("ascii"))


def find_record(path: Path, name: str) -> tuple[str, str]:
    """Return header (without ">") and sequence of the record whose header contains ``name``.

    Raises:
        ValueError: there is no such record.
    """
    with gzip.open(path, "rt") as file:
        for record in file.read().split(">")[1:]:
            header, _, sequence = record.partition("\n")
            if name in header:
                return header, sequence.replace("\n", "")
    raise ValueError(
        f"{path}: found no record {name}, expected one; install the package versions in "
        "tests/data/genomes/README.md"
    )


if __name__ == "__main__":
    sys.exit(main())
