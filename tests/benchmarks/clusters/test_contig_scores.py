"""Scores of contigs against genomes, on contigs that are cut from random genomes."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.clusters.contig_scores import contig_measures, nga50
from readkin.formats.community import Genome, GenomeSequence
from readkin.formats.fasta import decode

RANDOM = np.random.default_rng(1)
ONE, OTHER = (RANDOM.integers(0, 4, 20_000).astype(np.uint8) for _ in range(2))
GENOMES = [
    Genome("one", (GenomeSequence("a", ONE, True, 1),), (1,)),
    Genome("other", (GenomeSequence("b", OTHER, False, 1),), (1,)),
]


def measures(folder: Path, *contigs: np.ndarray) -> dict[str, float]:
    """Return the scores of contigs."""
    path = folder / "contigs.fa"
    path.write_text("".join(f">c{i}\n{decode(bases)}\n" for i, bases in enumerate(contigs)))
    return contig_measures([path], GENOMES, folder)


def test_whole_genomes_score_best(tmp_path):
    found = measures(tmp_path, ONE, 3 - OTHER[::-1])
    assert found["genome fraction"] == pytest.approx(1, abs=0.001)
    assert found["NGA50"] == pytest.approx(20_000, abs=20)
    assert (found["misassemblies"], found["errors per 100 kb"]) == (0, 0)
    assert (found["contigs"], found["assembled bases"]) == (2, 40_000)


def test_a_contig_of_two_genomes_is_misassembled(tmp_path):
    found = measures(tmp_path, np.concatenate([ONE[:8000], OTHER[:8000]]))
    assert (found["misassemblies"], found["misassemblies between genomes"]) == (1, 1)
    assert found["one: genome fraction"] == pytest.approx(0.4, abs=0.01)
    assert found["one: NGA50"] == 0


def test_a_jump_within_a_genome_is_a_misassembly(tmp_path):
    found = measures(tmp_path, np.concatenate([OTHER[:6000], OTHER[12_000:18_000]]))
    assert (found["misassemblies"], found["misassemblies between genomes"]) == (1, 0)


def test_the_end_of_a_circle_is_followed_by_its_start(tmp_path):
    assert measures(tmp_path, np.concatenate([ONE[-6000:], ONE[:6000]]))["misassemblies"] == 0
    assert measures(tmp_path, np.concatenate([OTHER[-6000:], OTHER[:6000]]))["misassemblies"] == 1


def test_short_contigs_are_left_out(tmp_path):
    found = measures(tmp_path, ONE[:400])
    assert (found["contigs"], found["genome fraction"]) == (0, 0)


def test_nga50_is_that_of_half_of_the_genome():
    assert nga50([10, 30, 20], 100) == 20
    assert nga50([10, 30], 100) == 0
    assert nga50([50], 100) == 50
