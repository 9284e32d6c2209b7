"""embeddings.h5 opens in the programs named in docs/nearest-neighbours.md; its code runs."""

import re
from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest

import embed_reads
from support import naive_kmers
from support.genome_reads import genome_reads, write_bam

PAGE = Path(__file__).parents[2] / "docs" / "nearest-neighbours.md"
METHODS = {"count_sketch": (np.int8, 64), "tetranucleotide": (np.float32, 136)}


@pytest.fixture(scope="module")
def reads():
    """60 reads, their reverse complements behind them."""
    some = list(dict.fromkeys(genome_reads(60, 100, 0.0, seed=1, genome_length=20_000)))
    return some + [naive_kmers.reverse_complement(read) for read in some]


@pytest.fixture(scope="module", params=METHODS)
def embedded(request, reads, tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedded")
    bam = write_bam(folder / "reads.bam", reads, paired=False)
    words = [
        "--bam",
        bam,
        "--method",
        request.param,
        "--k",
        9,
        "--dimensions",
        64,
        "--seed",
        1,
        "--key-k",
        16,
        "--key-fraction",
        0.2,
        "--key-seed",
        1,
        "--reads-per-shard",
        50,
        "--partial-dir",
        folder / "partial",
        "--shards-dir",
        folder / "results" / "shards",
        "--output",
        folder / "results" / "embeddings.h5",
        "--reads",
        folder / "results" / "reads.parquet",
        "--counts",
        folder / "counts.json",
    ]
    assert embed_reads.main([str(word) for word in words]) == 0
    return folder, *METHODS[request.param]


@pytest.fixture
def blocks():
    """The code blocks of the page."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def run(code, folder, monkeypatch):
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    return names


def test_neighbours_of_the_page_are_the_other_strands(blocks, embedded, reads, monkeypatch, capsys):
    folder, *_ = embedded
    names = run(blocks[0], folder, monkeypatch)
    half = len(reads) // 2
    nearest = [
        next(int(other) for other in row if other != query)
        for query, row in enumerate(names["reads"])
    ]
    assert nearest == [*range(half, 2 * half), *range(half)]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0] for line in lines] == [f"read {q}: {q + half}" for q in range(3)]
    np.testing.assert_allclose(names["cosines"][:, 0], 1, rtol=1e-5)


def test_reader_of_ann_benchmarks(blocks, embedded, monkeypatch):
    folder, dtype, dimensions = embedded
    names = run(blocks[0] + blocks[1], folder, monkeypatch)
    train = names["train"]
    assert names["distance"] == "angular"
    assert train.dtype == np.float32
    with h5py.File(folder / "results" / "embeddings.h5") as file:
        assert file["vectors"].dtype == dtype
        assert file["vectors"].shape[1] == dimensions
        np.testing.assert_array_equal(train, file["vectors"][:].astype(np.float32))


def test_reader_of_anndata(blocks, embedded, reads, monkeypatch):
    folder, dtype, dimensions = embedded
    names = run(blocks[0] + blocks[2], folder, monkeypatch)
    small = names["small"]
    assert small.shape == (100, dimensions)
    assert small.X.dtype == dtype
    with h5py.File(folder / "results" / "embeddings.h5") as file:
        np.testing.assert_array_equal(small.X, file["vectors"][:100])
    assert small.obs["read_length"].tolist() == [len(read) for read in reads[:100]]
    assert set(small.obs.columns) == {"read_length", "mate_index", "unit", "norms"}
    assert small.obs_names.tolist() == [str(number) for number in range(100)]
    assert small.var_names.tolist() == [str(number) for number in range(dimensions)]
    whole = anndata.read_h5ad(folder / "results" / "embeddings.h5", backed="r")
    assert whole.to_memory().shape == (len(reads), dimensions)
    whole.file.close()
