"""Cut the genomes of the demo and of the tests from the example data of three Debian packages.

in:  regions.tsv; files of Debian's ragout-examples, kleborate-examples and bowtie2-examples
     packages, installed or unpacked below --root (``dpkg-deb -x package.deb ROOT``)
out: OUTPUT/demo_genomes/<genome>.fa.gz for the demo, OUTPUT/genomes/<genome>.fa.gz for tests; the
     bytes are reproducible

    apt-get install ragout-examples kleborate-examples bowtie2-examples
    python tests/data/make_genomes.py --output tests/data
"""

import argparse
import csv
import gzip
import lzma
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

DOCUMENTS = Path("usr/share/doc")
REGIONS = Path(__file__).with_name("regions.tsv")
LINE_LENGTH = 80


class Region(NamedTuple):
    """A region of one record of a packaged FASTA file.

    Attributes:
        sequence: name of the sequence that is cut.
        source: path of the packaged file, below DOCUMENTS.
        record: text that only the header of the record contains.
        start, end: 0-based and half-open.
    """

    sequence: str
    source: str
    record: str
    start: int
    end: int


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
    documents = arguments.root / DOCUMENTS
    genomes = read_regions()
    sources = {region.source for regions in genomes.values() for region in regions}
    missing = sorted(source for source in sources if not (documents / source).is_file())
    if missing:
        parser.error(
            f"{documents}: found no {', '.join(missing)}, expected the packaged files;"
            " install or unpack ragout-examples, kleborate-examples and bowtie2-examples"
        )
    for fasta, regions in genomes.items():
        text = "".join(cut(documents, region) for region in regions)
        write_gzip(arguments.output / f"{fasta}.fa.gz", text)
    return 0


def read_regions() -> Mapping[str, list[Region]]:
    """Read the table of regions; return them by the FASTA file to which they belong."""
    with REGIONS.open(newline="", encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    genomes: dict[str, list[Region]] = defaultdict(list)
    for row in csv.DictReader(lines, delimiter="\t"):
        region = Region(
            sequence=row["sequence"],
            source=row["source"],
            record=row["record"],
            start=int(row["start"]),
            end=int(row["end"]),
        )
        genomes[row["fasta"]].append(region)
    return genomes


def cut(documents: Path, region: Region) -> str:
    """Return a region as a FASTA record.

    Args:
        documents: folder of the packaged files.
        region: what to cut.

    Raises:
        ValueError: the record is missing, or the region contains bases other than A, C, G, T.
    """
    header, sequence = find_record(documents / region.source, region.record)
    bases = sequence[region.start : region.end].upper()
    if len(bases) != region.end - region.start or set(bases) - set("ACGT"):
        raise ValueError(
            f"{region.source}: found another sequence in record {region.record}, expected that of "
            "the package versions in tests/data/genomes/README.md; install those versions"
        )
    lines = [f">{region.sequence} {region.record}[{region.start}:{region.end}] {header}"]
    lines += [bases[i : i + LINE_LENGTH] for i in range(0, len(bases), LINE_LENGTH)]
    return "\n".join(lines) + "\n"


def find_record(path: Path, name: str) -> tuple[str, str]:
    """Return header (without ">") and sequence of the record whose header contains ``name``.

    Raises:
        ValueError: there is no such record.
    """
    with (lzma if path.suffix == ".xz" else gzip).open(path, "rt") as file:
        for record in file.read().split(">")[1:]:
            header, _, sequence = record.partition("\n")
            if name in header:
                return header, sequence.replace("\n", "")
    raise ValueError(
        f"{path}: found no record {name}, expected one; install the package versions in "
        "tests/data/genomes/README.md"
    )


def write_gzip(target: Path, text: str) -> None:
    """Write a gzip file without time stamp or file name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as compressed,
    ):
        compressed.write(text.encode("ascii"))


if __name__ == "__main__":
    sys.exit(main())
