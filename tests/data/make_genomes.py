"""Cut the test genomes from the example data of two Debian packages.

in:  the files of Debian's ragout-examples and bowtie2-examples packages, installed or unpacked
     below --root (``dpkg-deb -x package.deb ROOT``)
out: OUTPUT/<genome>.fa.gz, one sequence each; the same bytes each time

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


class Slice(NamedTuple):
    """A stretch of one record of a packaged FASTA file; start and end 0-based, half-open."""

    genome: str
    file: str
    record: str
    start: int
    end: int


SLICES = (
    Slice("lambda", f"{BOWTIE2}/reference/lambda_virus.fa.gz", "NC_001416.1", 0, 48502),
    Slice(
        "e_coli_mg1655",
        f"{RAGOUT}/E.Coli/references/MG1655-K12.fasta.gz",
        "K-12-MG1655",
        1_000_000,
        1_060_000,
    ),
    Slice(
        "s_aureus_n315",
        f"{RAGOUT}/S.Aureus/references/N315.fasta.gz",
        "NC_002745.2",
        1_000_000,
        1_050_000,
    ),
    Slice(
        "v_cholerae_o395",
        f"{RAGOUT}/V.Cholerae/references/O395.fasta.gz",
        "CP001235.1",
        1_000_000,
        1_050_000,
    ),
    Slice(
        "h_pylori_g27",
        f"{RAGOUT}/H.Pylori/references/G27.fasta.gz",
        "NC_011333.1",
        1_100_000,
        1_150_000,
    ),
    Slice(
        "h_pylori_sjm180",
        f"{RAGOUT}/H.Pylori/references/SJM180.fasta.gz",
        "NC_014560.1",
        1_055_702,
        1_105_808,
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Write all slices; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path("/"), help="where the packages lie")
    parser.add_argument("--output", type=Path, required=True, help="folder for the FASTA files")
    arguments = parser.parse_args(argv)
    missing = sorted({s.file for s in SLICES if not (arguments.root / s.file).is_file()})
    if missing:
        parser.error(
            f"no such file below {arguments.root}: {', '.join(missing)};"
            " install or unpack ragout-examples and bowtie2-examples"
        )
    arguments.output.mkdir(parents=True, exist_ok=True)
    for wanted in SLICES:
        write_slice(arguments.root, wanted, arguments.output / f"{wanted.genome}.fa.gz")
    return 0


def write_slice(root: Path, wanted: Slice, target: Path) -> None:
    """Write one stretch as gzip-compressed FASTA without time stamp or file name.

    Raises:
        ValueError: if the record is missing or the stretch holds other letters than A, C, G, T.
    """
    header, sequence = find_record(root / wanted.file, wanted.record)
    stretch = sequence[wanted.start : wanted.end].upper()
    if len(stretch) != wanted.end - wanted.start or set(stretch) - set("ACGT"):
        raise ValueError(f"{wanted.file}: record {wanted.record} has changed")
    lines = [f">{wanted.genome} {wanted.record}[{wanted.start}:{wanted.end}] {header}"]
    lines += [stretch[i : i + LINE_LENGTH] for i in range(0, len(stretch), LINE_LENGTH)]
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as compressed,
    ):
        compressed.write(("\n".join(lines) + "\n").encode("ascii"))


def find_record(path: Path, name: str) -> tuple[str, str]:
    """Header (without ">") and sequence of the record whose header holds ``name``."""
    with gzip.open(path, "rt") as file:
        for record in file.read().split(">")[1:]:
            header, _, sequence = record.partition("\n")
            if name in header:
                return header, sequence.replace("\n", "")
    raise ValueError(f"{path}: no record {name}")


if __name__ == "__main__":
    sys.exit(main())
