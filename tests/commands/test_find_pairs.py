"""Pairs equal those of the naive join, on any number of ranks and in any memory."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import find_pairs
from readkin.formats.hdf5_files import open_checked
from readkin.formats.hdf5_schema import PAIRS
from readkin.formats.pairs import CandidatePairs
from readkin.join import candidate_pairs, stripes
from readkin.join.candidate_pairs import PairSettings, PairsPaths, write_candidate_pairs
from readkin.join.memory_share import MemoryShare
from readkin.kernels.join import key_entries
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.lsh_join import PairFilter
from readkin.parallel.mpi import OneProcess
from support import naive_join, naive_kmers
from support.embedded_reads import FRACTION, KEY_K, SEED, embed
from support.genome_reads import genome_reads
from support.thread_ranks import on_ranks

COMMAND = Path(find_pairs.__file__)
SETTINGS = PairSettings(
    max_bucket_size=12, min_votes=2, min_overlap_bp=30, max_mismatch_rate=0.05, max_pairs_per_read=9
)
FILTER = PairFilter(2, 30, 0.05, 3)
COPIES = 20  # of one read
VOTES_PER_SHARD = 500
SMALL = 20_000  # bytes, far less than the arrays need


def texts():
    reads = genome_reads(200, 80, 0.02, seed=1, genome_length=3000)
    repeat = reads[3][:45]  # between unrelated bases: votes, but too many mismatches
    reads += [other[:18] + repeat + other[18:40] for other in genome_reads(6, 80, 0, seed=2)]
    deep = genome_reads(40, 60, 0.02, seed=3, genome_length=70)  # capped buckets
    copies = [reads[7], naive_kmers.reverse_complement(reads[7])] * (COPIES // 2)
    return [*reads, "", "ACGT", "ACGT", "N" * 50, "N" + reads[8][1:], *deep, *copies]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    return embed(tmp_path_factory.mktemp("embedded"), texts())


def arguments(embeddings, folder, **changes):
    settings = (
        SETTINGS._asdict()
        | {
            "embeddings": embeddings,
            "output": folder / "pairs.h5",
            "shards_dir": folder / "pairs_shards",
            "counts": folder / "counts.json",
        }
        | changes
    )
    options = {f"--{key.replace('_', '-')}": str(value) for key, value in settings.items()}
    return [word for option in options.items() for word in option]


def content(path):
    CandidatePairs(path).close()
    with open_checked(path, PAIRS) as file:
        return {d.name: file[d.name][:] for d in PAIRS.datasets}, dict(file.attrs)


def shards_of(folder):
    return {path.name: path.read_bytes() for path in (folder / "pairs_shards").iterdir()}


def assert_same_pairs(folder, other):
    assert shards_of(folder) == shards_of(other)
    (arrays, attributes), (others, other_attributes) = (
        content(f / "pairs.h5") for f in (folder, other)
    )
    assert attributes == other_attributes
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, others[name], strict=True)


def assert_same(folder, other):
    assert_same_pairs(folder, other)
    assert (folder / "counts.json").read_text() == (other / "counts.json").read_text()


@pytest.fixture(scope="module", autouse=True)
def small_shards():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stripes, "VOTES_PER_SHARD", VOTES_PER_SHARD)
        yield


def paths_in(folder):
    return PairsPaths(folder / "pairs.h5", folder / "pairs_shards")


@pytest.fixture(scope="module")
def found(tmp_path_factory, embedded):
    folder = tmp_path_factory.mktemp("found")
    assert find_pairs.main(arguments(embedded, folder)) == 0
    return folder


class Expected:
    """Results of the naive implementations."""

    def __init__(self, reads):
        self.keys = [len(naive_kmers.signature(r, KEY_K, FRACTION, SEED)) for r in reads]
        self.duplicates = naive_join.duplicates(reads, SETTINGS.min_overlap_bp)
        originals = list(reads)
        for _, duplicate, _ in self.duplicates:
            originals[duplicate] = ""
        self.outcome = naive_join.join(
            originals, KEY_K, FRACTION, SEED, SETTINGS.max_bucket_size, FILTER
        )
        votes = {pair: values[0] for pair, values in self.outcome.pairs.items()}
        within = naive_join.within_limit(votes, SETTINGS.max_pairs_per_read)
        self.of_duplicates = {
            (a, b): (self.keys[a], is_reverse, 0) for a, b, is_reverse in self.duplicates
        }
        self.removed_by_cap = len(votes) - len(within)
        self.all_pairs = self.outcome.pairs | self.of_duplicates
        self.pairs = {pair: self.outcome.pairs[pair] for pair in within} | self.of_duplicates


@pytest.fixture(scope="module")
def expected():
    return Expected(texts())


def rows_of(arrays):
    return list(zip(*(arrays[name].tolist() for name in Candidates._fields), strict=True))


def test_pairs_equal_the_naive_join(found, expected):
    arrays, attributes = content(found / "pairs.h5")
    assert rows_of(arrays) == sorted((*pair, *values) for pair, values in expected.pairs.items())
    assert len(expected.pairs) > 500
    assert expected.removed_by_cap > 20
    assert min(expected.outcome.dropped()) > 5
    assert attributes["n_reads"] == len(texts())
    assert json.loads(attributes["parameters"]) == SETTINGS._asdict()


def test_duplicates_are_listed_and_paired_with_their_original_only(found, expected):
    arrays, _ = content(found / "pairs.h5")
    listed = zip(
        arrays["duplicates/read"].tolist(), arrays["duplicates/original"].tolist(), strict=True
    )
    assert sorted(listed) == sorted((duplicate, a) for a, duplicate, _ in expected.duplicates)
    assert len(expected.duplicates) >= COPIES > SETTINGS.max_pairs_per_read
    assert {is_reverse for *_, is_reverse in expected.duplicates} == {0, 1}
    duplicates = {duplicate for _, duplicate, _ in expected.duplicates}
    for a, b, *_ in rows_of(arrays):
        assert a not in duplicates
        assert b not in duplicates or (a, b) in expected.of_duplicates


def test_without_a_cap_all_pairs_stay(embedded, expected, tmp_path):
    assert find_pairs.main(arguments(embedded, tmp_path, max_pairs_per_read=1000)) == 0
    arrays, _ = content(tmp_path / "pairs.h5")
    assert rows_of(arrays) == sorted((*p, *values) for p, values in expected.all_pairs.items())


def test_counts_add_up(found, expected):
    counts = json.loads((found / "counts.json").read_text())
    outcome = expected.outcome
    of_duplicates = sum(expected.keys[duplicate] for _, duplicate, _ in expected.duplicates)
    buckets = naive_join.bucket_counts(outcome.sizes, SETTINGS.max_bucket_size)
    dropped_keys = {
        "key of an exact duplicate": of_duplicates,
        "key seen in one read only": buckets.singletons,
    }
    dropped_pairs = {
        "fewer votes than min_votes": outcome.few_votes,
        "overlap shorter than min_overlap_bp": outcome.short_overlap,
        "more mismatches than max_mismatch_rate": outcome.many_mismatches,
        "beyond max_pairs_per_read": expected.removed_by_cap,
    }
    n_pairs = len(expected.pairs) + sum(dropped_pairs.values())
    assert counts["flows"] == [
        {
            "what": "keys",
            "in": sum(expected.keys),
            "out": buckets.uncapped + buckets.capped,
            "dropped": dropped_keys,
        },
        {"what": "pairs", "in": n_pairs, "out": len(expected.pairs), "dropped": dropped_pairs},
    ]
    assert counts["details"] == {
        "exact duplicates": len(expected.duplicates),
        "reads without a key": expected.keys.count(0),
        "shared keys": outcome.n_votes,
        "capped buckets": buckets.capped_buckets,
        "keys in capped buckets": buckets.capped,
        "pairs of keys left out in capped buckets": buckets.pairs_left_out,
        "reads in the largest bucket": buckets.largest,
    }
    for flow in counts["flows"]:
        assert flow["in"] == flow["out"] + sum(flow["dropped"].values())
        assert min(flow["dropped"].values()) > 0
    assert min(counts["details"].values()) > 0


WITH_SMALL_SHARDS = f"""
import sys
sys.path.insert(0, {str(COMMAND.parent)!r})
import find_pairs
from readkin.join import stripes
stripes.VOTES_PER_SHARD = {VOTES_PER_SHARD}
sys.exit(find_pairs.main())
"""


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_any_number_of_ranks_gives_the_same_files(embedded, found, tmp_path, run_ranks, ranks):
    program = tmp_path / "program.py"
    program.write_text(WITH_SMALL_SHARDS)
    result = run_ranks(ranks, program, *arguments(embedded, tmp_path, ranks=ranks))
    assert result.returncode == 0, result.stderr
    assert_same(tmp_path, found)
    assert len(shards_of(found)) > 5
    assert {path.name for path in tmp_path.iterdir()} == {
        *("program.py", "pairs.h5", "pairs_shards", "counts.json")
    }


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_the_size_of_shards_changes_no_pairs(embedded, found, tmp_path, run_ranks, ranks):
    """With one shard, one rank has all pairs."""
    result = run_ranks(ranks, COMMAND, *arguments(embedded, tmp_path, ranks=ranks))
    assert result.returncode == 0, result.stderr
    assert len(shards_of(tmp_path)) == 2
    (arrays, _), (others, _) = (content(f / "pairs.h5") for f in (tmp_path, found))
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, others[name], strict=True)
    assert (tmp_path / "counts.json").read_text() == (found / "counts.json").read_text()


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_little_memory_changes_nothing(embedded, found, tmp_path, ranks):
    """Keys are sorted in several passes, buckets are in a file, pairs are made in stripes."""
    memory = MemoryShare(SMALL, tmp_path / "scratch")
    counts = on_ranks(
        ranks,
        lambda rank: write_candidate_pairs(embedded, paths_in(tmp_path), SETTINGS, memory, rank),
    )[0]
    assert_same_pairs(tmp_path, found)
    assert list((tmp_path / "scratch").iterdir()) == []
    wanted = json.loads((found / "counts.json").read_text())
    assert counts.details() == wanted["details"]
    flows = counts.flows()
    assert [(flow.what, flow.entered, flow.left, dict(flow.dropped)) for flow in flows] == [
        (flow["what"], flow["in"], flow["out"], flow["dropped"]) for flow in wanted["flows"]
    ]


@pytest.mark.parametrize("reads_per_shard", [1, 7, 1000])
def test_the_size_of_shards_changes_nothing(found, tmp_path, reads_per_shard):
    embeddings = embed(tmp_path, texts(), reads_per_shard)
    assert find_pairs.main(arguments(embeddings, tmp_path)) == 0
    arrays, _ = content(tmp_path / "pairs.h5")
    for name, values in content(found / "pairs.h5")[0].items():
        np.testing.assert_array_equal(arrays[name], values, strict=True)


def test_no_reads_give_no_pairs(tmp_path):
    embeddings = embed(tmp_path, [])
    assert find_pairs.main(arguments(embeddings, tmp_path)) == 0
    arrays, attributes = content(tmp_path / "pairs.h5")
    assert all(values.shape == (0,) for values in arrays.values())
    assert attributes["n_reads"] == 0


@pytest.mark.parametrize("ranks", [1, 2])
def test_missing_shard_is_reported_on_one_line(tmp_path, run_ranks, ranks):
    embeddings = embed(tmp_path, texts()[:90])
    shard = tmp_path / "shards" / "shard-000001.h5"
    shard.unlink()
    result = run_ranks(ranks, COMMAND, *arguments(embeddings, tmp_path, ranks=ranks))
    lines = [line for line in result.stderr.splitlines() if line.startswith("find_pairs: ")]
    assert lines == [
        f"find_pairs: {shard}: found no such file, expected a shard of 30 reads;"
        " make the embeddings again with embed_reads"
    ]
    assert result.returncode == 1
    assert not (tmp_path / "pairs.h5").exists()
    assert not (tmp_path / "counts.json").exists()


def test_damaged_shard_is_rejected(tmp_path, capsys):
    embeddings = embed(tmp_path, texts()[:90])
    shard = tmp_path / "shards" / "shard-000002.h5"
    with h5py.File(shard, "r+") as file:
        file["keys/hash"][0] ^= np.uint64(1)
    assert find_pairs.main(arguments(embeddings, tmp_path)) == 1
    error = capsys.readouterr().err
    assert f"{shard}: found SHA-256 " in error
    assert "make the embeddings again with embed_reads" in error
    assert not (tmp_path / "pairs.h5").exists()


def test_a_failure_while_writing_leaves_no_file(embedded, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("on purpose")

    monkeypatch.setattr(candidate_pairs, "finished_shard", fail)
    memory = MemoryShare(10**8, tmp_path)
    with pytest.raises(RuntimeError, match="on purpose"):
        write_candidate_pairs(embedded, paths_in(tmp_path), SETTINGS, memory, OneProcess())
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_an_interrupted_run_are_removed(embedded, found, tmp_path):
    old = tmp_path / ".partial-node-17-pairs_shards"
    for folder in (old, old.with_name(f"{old.name}-replaced"), tmp_path / "pairs_shards"):
        folder.mkdir()
        (folder / "shard-999999.h5").write_text("old")
    (tmp_path / "pairs.h5").write_text("old")
    assert find_pairs.main(arguments(embedded, tmp_path)) == 0
    assert_same(tmp_path, found)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"pairs.h5", "pairs_shards", "counts.json"}


def test_too_many_reads_for_their_length_are_reported(embedded, tmp_path, monkeypatch, capsys):
    find_pairs.compile_kernels()  # with the true number of bits
    monkeypatch.setattr(key_entries, "FREE_BITS", 20)
    assert find_pairs.main(arguments(embedded, tmp_path)) == 1
    error = capsys.readouterr().err
    reads, longest = len(texts()), max(map(len, texts()))
    assert f"{embedded}: found {reads} reads of up to {longest} bases (entries of " in error
    assert "expected fewer or shorter reads; split the reads into several runs" in error


WITH_PEAK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import find_pairs
code = find_pairs.main(sys.argv[2:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
sys.exit(code)
"""


def peak_mb(words):
    """Return the peak memory of a process of the command."""
    # Through a shell, as in the rules: the peak of the parent process counts too on Linux.
    shell = ["sh", "-c", '"$@"; exit $?', "sh"]
    command = [*shell, sys.executable, "-c", WITH_PEAK, str(COMMAND.parent), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1e6


def test_memory_stays_within_its_bound(found, tmp_path):
    """The job takes more memory if it may; ``found`` has compiled the kernels."""
    generator = np.random.default_rng(1)
    n, length = 200_000, 100
    genome = generator.integers(0, 4, n * length // 20).astype(np.uint8)
    bases = genome[generator.integers(0, genome.size - length, n)[:, None] + np.arange(length)]
    bases[generator.random(bases.shape) < 0.01] ^= 1
    letters = np.frombuffer(b"ACGT", np.uint8)[bases]
    embeddings = embed(tmp_path, [row.tobytes().decode() for row in letters], 50_000)
    (tmp_path / "bounded").mkdir()
    settings = {"max_bucket_size": 256, "max_pairs_per_read": 1000}
    words = arguments(embeddings, tmp_path, memory_mb=10_000, **settings)
    ample = peak_mb(words)
    words = arguments(embeddings, tmp_path / "bounded", memory_mb=300, **settings)
    assert peak_mb(words) < 300 < ample
    assert_same(tmp_path / "bounded", tmp_path)


@pytest.mark.parametrize("ranks", [1, 2])
def test_too_little_memory_is_reported_on_one_line(embedded, tmp_path, run_ranks, ranks):
    words = arguments(embedded, tmp_path, ranks=ranks, memory_mb=30)
    result = run_ranks(ranks, COMMAND, *words)
    lines = [line for line in result.stderr.splitlines() if line.startswith("find_pairs: ")]
    assert len(lines) >= 1
    assert set(lines) == {
        f"find_pairs: --memory-mb: found 30 MB, expected more for {ranks} ranks;"
        " increase it or use fewer ranks"
    }
    assert result.returncode == 2
    assert not (tmp_path / "pairs.h5").exists()


@pytest.mark.parametrize("setting", SETTINGS._fields)
def test_every_setting_is_required(embedded, tmp_path, capsys, setting):
    words = arguments(embedded, tmp_path)
    option = words.index(f"--{setting.replace('_', '-')}")
    with pytest.raises(SystemExit) as caught:
        find_pairs.main(words[:option] + words[option + 2 :])
    assert caught.value.code == 2
    assert f"--{setting.replace('_', '-')}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "setting", ["max_bucket_size", "min_votes", "min_overlap_bp", "max_pairs_per_read", "memory_mb"]
)
def test_zero_settings_exit_with_2(embedded, tmp_path, capsys, setting):
    with pytest.raises(SystemExit) as caught:
        find_pairs.main(arguments(embedded, tmp_path, **{setting: 0}))
    assert caught.value.code == 2
    assert "found 0, expected at least 1" in capsys.readouterr().err
