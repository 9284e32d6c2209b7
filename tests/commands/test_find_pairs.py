"""Pairs equal the dictionary join, on any number of ranks and stripes."""

import json
from pathlib import Path

import numpy as np
import pytest

import embed_reads
import find_pairs
import naive_kmers
from formats.hdf5_schema import PAIRS, open_checked
from genome_reads import genome_reads, write_bam

COMMAND = Path(find_pairs.__file__)
KEY_K, FRACTION, MAX_BUCKET_SIZE, MIN_VOTES = 14, 0.3, 12, 2
COPIES = 20  # of one read: its keys fill buckets above the cap


def texts():
    reads = genome_reads(200, 80, 0.01, seed=1, genome_length=3000)
    return [*reads, "", "ACGT", "N" * 50, *[reads[7]] * COPIES]


def embed(folder, reads):
    bam = write_bam(folder / "reads.bam", reads, paired=False)
    settings = {
        "bam": bam, "k": 5, "dimensions": 8, "seed": 1, "reads-per-shard": 30,
        "key-k": KEY_K, "key-fraction": FRACTION, "key-seed": 1, "partial-dir": folder / "partial",
        "shards-dir": folder / "shards", "output": folder / "embeddings.h5",
        "counts": folder / "embed_reads.json",
    }  # fmt: skip
    words = [word for key, value in settings.items() for word in (f"--{key}", str(value))]
    assert embed_reads.main(words) == 0


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedded")
    embed(folder, texts())
    return folder


def arguments(embedded, folder, **changes):
    settings = {
        "embeddings": embedded / "embeddings.h5",
        "max_bucket_size": MAX_BUCKET_SIZE,
        "min_votes": MIN_VOTES,
        "output": folder / "pairs.h5",
        "counts": folder / "counts.json",
    } | changes
    options = {f"--{key.replace('_', '-')}": str(value) for key, value in settings.items()}
    return [word for option in options.items() for word in option]


def content(path):
    with open_checked(path, PAIRS) as file:
        return {d.name: file[d.name][:] for d in PAIRS.datasets}, dict(file.attrs)


def assert_same(folder, other):
    (arrays, attributes), (others, other_attributes) = (
        content(f / "pairs.h5") for f in (folder, other)
    )
    assert attributes == other_attributes
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, others[name], strict=True)
    assert (folder / "counts.json").read_text() == (other / "counts.json").read_text()


@pytest.fixture(scope="module")
def found(tmp_path_factory, embedded):
    folder = tmp_path_factory.mktemp("found")
    assert find_pairs.main(arguments(embedded, folder)) == 0
    return folder


@pytest.fixture(scope="module")
def expected():
    """All pairs that share a key, and the sizes of all buckets."""
    return naive_kmers.join(texts(), KEY_K, FRACTION, 1, MAX_BUCKET_SIZE)


def test_pairs_equal_the_dictionary_join(found, expected):
    arrays, attributes = content(found / "pairs.h5")
    rows = list(zip(*(arrays[d.name].tolist() for d in PAIRS.datasets), strict=True))
    assert rows == sorted(
        (a, b, *values) for (a, b), values in expected[0].items() if values[0] >= MIN_VOTES
    )
    assert len(rows) > 500
    assert attributes["n_reads"] == len(texts())
    parameters = {"max_bucket_size": MAX_BUCKET_SIZE, "min_votes": MIN_VOTES}
    assert json.loads(attributes["parameters"]) == parameters


def test_counts_add_up(found, expected):
    pairs, sizes = expected
    counts = json.loads((found / "counts.json").read_text())
    keys_flow, pairs_flow = counts["flows"]
    skipped = [size for size in sizes if size > MAX_BUCKET_SIZE]
    alone = sizes.count(1)
    assert keys_flow == {
        "what": "keys",
        "in": sum(sizes),
        "out": sum(sizes) - alone - sum(skipped),
        "dropped": {
            "key seen in one read only": alone,
            "bucket larger than max_bucket_size": sum(skipped),
        },
    }
    few = sum(votes < MIN_VOTES for votes, _, _ in pairs.values())
    assert (pairs_flow["in"], pairs_flow["dropped"]) == (
        len(pairs),
        {"fewer votes than min_votes": few},
    )
    without_key = sum(not naive_kmers.signature(text, KEY_K, FRACTION, 1) for text in texts())
    assert counts["details"] == {
        "buckets skipped": len(skipped),
        "reads in the largest bucket skipped": max(skipped),
        "reads without a key": without_key,
        "collisions": sum(size * (size - 1) // 2 for size in sizes if size <= MAX_BUCKET_SIZE),
    }
    assert min(few, len(skipped), alone, without_key) > 0


@pytest.mark.parametrize("collisions", [1, 100, 10**9])
def test_stripes_change_nothing(embedded, found, tmp_path, collisions):
    words = arguments(embedded, tmp_path, collisions_per_rank=collisions)
    assert find_pairs.main(words) == 0
    assert_same(tmp_path, found)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_any_number_of_ranks_gives_the_same_file(embedded, found, tmp_path, run_ranks, ranks):
    words = arguments(embedded, tmp_path, ranks=ranks, collisions_per_rank=1000)
    result = run_ranks(ranks, COMMAND, *words)
    assert result.returncode == 0, result.stderr
    assert_same(tmp_path, found)


def test_no_reads_give_no_pairs(tmp_path):
    embed(tmp_path, [])
    assert find_pairs.main(arguments(tmp_path, tmp_path)) == 0
    arrays, attributes = content(tmp_path / "pairs.h5")
    assert all(values.shape == (0,) for values in arrays.values())
    assert attributes["n_reads"] == 0


@pytest.mark.parametrize("ranks", [1, 2])
def test_missing_shard_is_told_in_one_line(tmp_path, run_ranks, ranks):
    embed(tmp_path, texts()[:90])
    shard = tmp_path / "shards" / "shard-000001.h5"
    shard.unlink()
    result = run_ranks(ranks, COMMAND, *arguments(tmp_path, tmp_path, ranks=ranks))
    lines = [line for line in result.stderr.splitlines() if line.startswith("find_pairs: ")]
    assert lines == [
        f"find_pairs: {shard}: found no such file, expected a shard of 30 reads;"
        " make the embeddings again with embed_reads"
    ]
    assert result.returncode == 1
    assert not (tmp_path / "pairs.h5").exists()
    assert not (tmp_path / "counts.json").exists()


@pytest.mark.parametrize("setting", ["max_bucket_size", "min_votes"])
def test_zero_settings_exit_with_2(embedded, tmp_path, capsys, setting):
    with pytest.raises(SystemExit) as caught:
        find_pairs.main(arguments(embedded, tmp_path, **{setting: 0}))
    assert caught.value.code == 2
    assert "found 0, expected at least 1" in capsys.readouterr().err
