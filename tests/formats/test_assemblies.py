"""Contigs of assemblers, their table, and finished assemblies of a stopped run."""

import gzip

import pytest

from readkin.errors import InputError
from readkin.formats.assemblies import (
    Assembly,
    Contig,
    FinishedAssemblies,
    read_assemblies,
    read_contigs,
    write_assemblies,
    write_contigs,
)


def test_contigs_are_read_longest_first(tmp_path):
    path = tmp_path / "final.contigs.fa"
    path.write_text(">b x\nAC\nGT\n>c\nAAA\n>a y\nACCCC\n>d\nAAAT\n")
    contigs = [Contig("a y", "ACCCC"), Contig("d", "AAAT"), Contig("b x", "ACGT")]
    assert read_contigs(path, 4) == contigs
    write_contigs(tmp_path / "out.fa.gz", "c0", contigs[::2])
    text = gzip.decompress((tmp_path / "out.fa.gz").read_bytes()).decode()
    assert text == ">c0_1 a y\nACCCC\n>c0_2 b x\nACGT\n"


@pytest.mark.parametrize("is_written", [True, False])
def test_no_contigs(tmp_path, is_written):
    if is_written:
        (tmp_path / "contigs.fasta").touch()
    assert read_contigs(tmp_path / "contigs.fasta", 1) == []


def test_table(tmp_path):
    path = tmp_path / "assemblies.tsv"
    sizes = {"contigs": 2, "total_bp": 9, "largest_bp": 5, "n50_bp": 5}
    cost = {"peak_memory_mb": 1.5, "cpu_s": 0.25, "wall_s": 0.5}
    rows = [{"cluster": 1, "name": "c0", "reads": 7, "reason": ""} | sizes | cost]
    rows += [{"cluster": 2, "name": "", "reads": 1, "reason": "too few reads"}]
    write_assemblies(path, rows)
    first, second = read_assemblies(path).to_pylist()
    assert first == rows[0]
    assert second == dict.fromkeys(first) | rows[1]
    path.write_text("cluster\n1\n")
    with pytest.raises(InputError, match="make it again with assemble_clusters"):
        read_assemblies(path)


def test_finished_assemblies(tmp_path):
    finished = FinishedAssemblies(tmp_path / "partial")
    assert finished.read("a") is None
    assembly = Assembly([Contig("k 1", "ACGT")], cpu=1.5, wall=0.5, memory=1000)
    finished.write("a", assembly)
    assert FinishedAssemblies(tmp_path / "partial").read("a") == assembly
    assert finished.read("b") is None
