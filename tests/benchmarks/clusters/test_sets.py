"""Sets: their declarations, depths, and simulated reads."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.clusters import simulated
from benchmarks.clusters.genomes import SOURCES, write_fasta
from benchmarks.clusters.sets import QUICK_SETS, SETS, TWENTY, ReadSet, depths_of, members_of
from readkin.formats.community import read_community

ALL_SETS = [*SETS.values(), *QUICK_SETS.values()]


def lengths_of(read_set: ReadSet) -> np.ndarray:
    """Return the lengths of the members in bp."""
    return np.array([m.length or SOURCES[m.genome].bases for m in read_set.members])


@pytest.mark.parametrize("read_set", ALL_SETS, ids=lambda read_set: read_set.name)
def test_sets_are_of_known_genomes(read_set):
    names = [member.genome for member in read_set.members]
    assert set(names) <= set(SOURCES)
    assert len(set(names)) == len(names)
    assert all(member.depth > 0 for member in read_set.members)


def test_all_genomes_are_used():
    assert set(TWENTY) == set(SOURCES)
    assert len(TWENTY) == 20


@pytest.mark.parametrize("read_set", ALL_SETS, ids=lambda read_set: read_set.name)
def test_the_number_of_bases_does_not_depend_on_the_seed(read_set):
    lengths = lengths_of(read_set)
    expected = sum(m.depth * n for m, n in zip(read_set.members, lengths, strict=True))
    for seed in (1, 2):
        depths = depths_of(read_set, lengths, seed)
        assert depths.shape == (len(read_set.members), read_set.samples)
        assert depths.min() > 0
        assert (lengths @ depths).sum() == pytest.approx(expected)


def test_depths_of_one_sample_are_as_declared():
    read_set = SETS["mock_1"]
    depths = depths_of(read_set, lengths_of(read_set), 1)
    assert depths[:, 0] == pytest.approx([member.depth for member in read_set.members])


def test_simulations_of_samples_differ():
    read_set = SETS["twenty_5"]
    first, second = (depths_of(read_set, lengths_of(read_set), seed) for seed in (1, 2))
    assert not np.allclose(first, second)
    assert np.allclose(first, depths_of(read_set, lengths_of(read_set), 1))


@pytest.fixture
def genome_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of two random genomes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "readkin" / "genomes"
    random = np.random.default_rng(1)
    for name in ("e_coli", "s_suis"):
        sequence = "".join(random.choice(list("ACGT"), 5000))
        write_fasta(folder / f"{name}.fa.gz", name, [sequence])
    return folder


def test_a_community_has_parts_of_genomes_and_samples(genome_cache, tmp_path):
    read_set = ReadSet(
        name="tiny", title="", members=members_of(("e_coli", "s_suis"), 3, 2000), samples=2
    )
    community = read_community(simulated.write_community(read_set, 1, tmp_path))
    assert community.samples == ("s1", "s2")
    for genome in community.genomes:
        (sequence,) = genome.sequences
        assert len(sequence.bases) == 2000
        assert not sequence.is_circular
        assert len(genome.abundance) == 2


def test_reads_are_simulated_once(genome_cache, tmp_path):
    read_set = ReadSet(name="tiny", title="", members=members_of(("e_coli",), 3, 2000))
    sheet = simulated.simulate(read_set, 1, tmp_path / "reads")
    written = sheet.stat().st_mtime_ns
    assert (tmp_path / "reads" / "truth.tsv.gz").is_file()
    assert simulated.simulate(read_set, 1, tmp_path / "reads").stat().st_mtime_ns == written
