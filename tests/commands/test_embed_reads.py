"""Embeddings equal the naive ones, for any shards and workers, also after an interruption."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

import embed_reads
from readkin.formats.embeddings import open_embeddings
from readkin.formats.hdf5_schema import EMBEDDINGS
from readkin.formats.reads import NO_MATE, load_reads, reads_fingerprint
from readkin.formats.split_index import read_split_index, split_index_of, write_split_index
from readkin.parallel import ray_map
from support import naive_kmers
from support.genome_reads import genome_reads, write_bam

COMMAND = Path(embed_reads.__file__)
ODD_READS = ["", "A", "ACGTACGTAC", "N" * 40, "A" * 60, "ACGTTGCANCATGCATTGACCAGNTTACA"]


@pytest.fixture(scope="module")
def reads():
    return [genome_reads(60, 70, 0.01, seed=1), ODD_READS + genome_reads(25, 90, 0.01, seed=2)]


@pytest.fixture(scope="module")
def bams(tmp_path_factory, reads):
    folder = tmp_path_factory.mktemp("bams")
    return [
        write_bam(folder / "paired.bam", reads[0], paired=True),
        write_bam(folder / "single.bam", reads[1], paired=False),
    ]


def arguments(folder, bams, *changes):
    options = {
        "--bam": bams,
        "--k": [11],
        "--dimensions": [64],
        "--seed": [1],
        "--key-k": [16],
        "--key-fraction": [0.2],
        "--key-seed": [1],
        "--key-scheme": ["fracminhash"],
        "--reads-per-shard": [20],
        "--partial-dir": [folder / "partial"],
        "--shards-dir": [folder / "embeddings_shards"],
        "--output": [folder / "embeddings.h5"],
        "--reads": [folder / "reads.parquet"],
        "--counts": [folder / "counts.json"],
    }
    options |= dict(changes)
    return [str(word) for key, values in options.items() for word in (key, *values)]


def content(folder):
    """Return the arrays and attributes."""
    with open_embeddings(folder / "embeddings.h5") as file:
        arrays = {d.name: file[d.name][:] for d in EMBEDDINGS.datasets}
        return arrays, dict(file.attrs)


def assert_same_content(folder, other):
    (arrays, attributes), (other_arrays, other_attributes) = content(folder), content(other)
    assert attributes == other_attributes
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, other_arrays[name], strict=True)


def damaged_copy(bam, path):
    """Return a copy of a file that is damaged after its index was made."""
    content = bytearray(bam.read_bytes())
    index = read_split_index(bam)
    write_split_index(split_index_of(path), len(content), index)
    content[-60] ^= 255
    path.write_bytes(content)
    return path


def nothing_finished(folder):
    names = ("embeddings.h5", "embeddings_shards/manifest.json", "counts.json")
    return not any((folder / name).exists() for name in names)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, bams):
    folder = tmp_path_factory.mktemp("embedded")
    assert embed_reads.main(arguments(folder, bams)) == 0
    return folder


def test_rows_equal_the_naive_ones(embedded, reads, bams):
    texts = reads[0] + reads[1]
    arrays, attributes = content(embedded)
    for vector, norm, text in zip(arrays["vectors"], arrays["norms"], texts, strict=True):
        expected, expected_norm = naive_kmers.count_sketch(text, 11, 64, 1)
        assert vector.tolist() == expected
        assert norm == np.float32(expected_norm)
    signatures = [naive_kmers.signature(text, 16, 0.2, 1) for text in texts]
    assert arrays["keys/count"].tolist() == [len(keys) for keys in signatures]
    assert arrays["keys/indptr"].tolist() == np.cumsum([0, *map(len, signatures)]).tolist()
    columns = arrays["keys/hash"].tolist(), arrays["keys/place"].tolist()
    assert list(zip(*columns, strict=True)) == [
        (hashed, 2 * position + is_reverse)
        for keys in signatures
        for hashed, position, is_reverse in keys
    ]
    assert arrays["sequence/packed"].tolist() == [
        byte for text in texts for byte in naive_kmers.packed(text)
    ]
    assert arrays["read_length"].tolist() == [len(text) for text in texts]
    assert arrays["unit"].tolist() == [0] * 60 + [1] * 31
    assert arrays["mate_index"][:4].tolist() == [1, 0, 3, 2]
    assert (arrays["mate_index"][60:] == NO_MATE).all()
    assert attributes["reads_fingerprint"] == reads_fingerprint(load_reads(bams))


def test_counts_and_shards(embedded, reads):
    counts = json.loads((embedded / "counts.json").read_text())
    assert counts["flows"] == [{"what": "reads", "in": 91, "out": 91, "dropped": {}}]
    texts = reads[0] + reads[1]
    without_key = sum(not naive_kmers.signature(text, 16, 0.2, 1) for text in texts)
    zero = sum(naive_kmers.count_sketch(text, 11, 64, 1)[1] == 0 for text in texts)
    assert counts["details"]["reads without a key"] == without_key >= 5
    assert counts["details"]["reads with a zero vector"] == zero >= 4
    manifest = json.loads((embedded / "embeddings_shards" / "manifest.json").read_text())
    assert [shard["rows"] for shard in manifest["shards"]] == [20, 20, 20, 20, 11]
    names = {path.name for path in (embedded / "embeddings_shards").iterdir()}
    assert names == {"manifest.json", *(shard["name"] for shard in manifest["shards"])}
    assert not (embedded / "partial").exists()


@pytest.mark.parametrize("reads_per_shard", [1, 7, 1000])
def test_any_number_of_shards_gives_the_same_rows(embedded, bams, tmp_path, reads_per_shard):
    changed = arguments(tmp_path, bams, ("--reads-per-shard", [reads_per_shard]))
    assert embed_reads.main(changed) == 0
    assert_same_content(tmp_path, embedded)


@pytest.mark.parametrize("workers", [2, 4])
def test_ray_workers_give_the_same_bytes(embedded, bams, tmp_path, workers):
    changes = ("--workers", [workers]), ("--serial-below-mb", [0])
    command = [sys.executable, COMMAND, *arguments(tmp_path, bams, *changes)]
    subprocess.run(command, check=True, timeout=200, capture_output=True)
    for path in sorted((embedded / "embeddings_shards").iterdir()):
        assert (tmp_path / "embeddings_shards" / path.name).read_bytes() == path.read_bytes()
    assert_same_content(tmp_path, embedded)


def test_new_run_replaces_shards_of_an_earlier_one(embedded, bams, tmp_path):
    assert embed_reads.main(arguments(tmp_path, bams, ("--reads-per-shard", [3]))) == 0
    assert embed_reads.main(arguments(tmp_path, bams)) == 0
    assert_same_content(tmp_path, embedded)
    assert len(list((tmp_path / "embeddings_shards").iterdir())) == 5 + 1


def test_failed_run_leaves_nothing_finished_and_resumes_from_its_shards(
    embedded, bams, tmp_path, capsys
):
    damaged = damaged_copy(bams[1], tmp_path / "single.bam")
    assert embed_reads.main(arguments(tmp_path, [bams[0], damaged])) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"embed_reads: {damaged}: found ")
    assert error.count("\n") == 1
    assert nothing_finished(tmp_path)
    finished = {path.name: path.stat() for path in (tmp_path / "partial").glob("*/shard-*.h5")}
    assert len(finished) >= 2
    assert embed_reads.main(arguments(tmp_path, bams)) == 0
    assert_same_content(tmp_path, embedded)
    for name, before in finished.items():  # the same files, not new ones
        after = (tmp_path / "embeddings_shards" / name).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_killed_run_leaves_nothing_finished_and_resumes(bams, tmp_path):
    killed, clean = tmp_path / "killed", tmp_path / "clean"
    one_read = ("--reads-per-shard", [1])
    command = [sys.executable, COMMAND, *arguments(killed, bams, one_read)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while not list(killed.glob("partial/*/shard-000003.h5")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert nothing_finished(killed)
    for path in killed.glob("partial/*/shard-*.h5"):
        with h5py.File(path) as file:  # files with their final names are complete
            assert file["vectors"].shape == (1, 64)
    assert embed_reads.main(arguments(killed, bams, one_read)) == 0
    assert embed_reads.main(arguments(clean, bams, one_read)) == 0
    assert_same_content(killed, clean)
    assert not (killed / "partial").exists()


@pytest.mark.parametrize("damage", ["truncate", "other reads"])
def test_unusable_shards_of_an_interrupted_run_are_replaced(embedded, bams, tmp_path, damage):
    damaged = damaged_copy(bams[1], tmp_path / "damaged.bam")
    first = write_bam(tmp_path / "other.bam", genome_reads(60, 70, 0.01, seed=9), paired=True)
    unfinished = [first if damage == "other reads" else bams[0], damaged]
    assert embed_reads.main(arguments(tmp_path, unfinished)) == 1
    left = sorted((tmp_path / "partial").glob("*/shard-*.h5"))
    assert left
    if damage == "truncate":
        os.truncate(left[0], left[0].stat().st_size // 2)
    assert embed_reads.main(arguments(tmp_path, bams)) == 0
    assert_same_content(tmp_path, embedded)


def test_no_reads(tmp_path):
    bam = write_bam(tmp_path / "empty.bam", [], paired=False)
    assert embed_reads.main(arguments(tmp_path, [bam])) == 0
    arrays, _ = content(tmp_path)
    assert arrays["vectors"].shape == (0, 64)
    assert arrays["keys/hash"].shape == (0,)


def test_fingerprint_follows_the_settings(embedded, bams, tmp_path):
    _, attributes = content(embedded)
    for number, change in enumerate([("--seed", [2]), ("--key-seed", [2]), ("--k", [10])]):
        folder = tmp_path / str(number)
        assert embed_reads.main(arguments(folder, bams, change)) == 0
        _, other = content(folder)
        assert other["fingerprint"] != attributes["fingerprint"]
        assert other["reads_fingerprint"] == attributes["reads_fingerprint"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("--k", [32]), "--k: at most 31"),
        (("--key-k", [32]), "--key-k: at most 31"),
        (("--key-fraction", [0]), "--key-fraction: found 0, expected above 0"),
        (("--method", ["magic"]), "invalid choice: 'magic'"),
        (("--bam", ["missing.bam"]), "missing.bam: no such file"),
    ],
)
def test_wrong_arguments_exit_with_2(bams, tmp_path, capsys, change, message):
    with pytest.raises(SystemExit) as caught:
        embed_reads.main(arguments(tmp_path, bams, change))
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_small_input_does_not_start_ray(bams, tmp_path, monkeypatch, caplog):
    def fail(*arguments):
        raise AssertionError("Ray was started")

    monkeypatch.setattr(ray_map, "ray_session", fail)
    assert embed_reads.main(arguments(tmp_path, bams, ("--workers", [2]))) == 0
    with pytest.raises(AssertionError, match="Ray was started"):
        embed_reads.main(arguments(tmp_path, bams, ("--workers", [2]), ("--serial-below-mb", [0])))


def test_times_of_the_parts_are_logged(bams, tmp_path, capsys):
    assert embed_reads.main(arguments(tmp_path, bams)) == 0
    line = capsys.readouterr().err.splitlines()[-1]
    parts = re.findall(r"(\w+) \d+\.\d\d s", line)
    of_shards = ["decode", "names", "vectors", "keys", "packing", "write"]
    assert parts == ["index", *of_shards, "collect", "publish"]


def test_key_scheme_and_method_reach_the_file(bams, reads, tmp_path):
    changes = ("--key-scheme", ["open_syncmer"]), ("--method", ["tetranucleotide"])
    assert embed_reads.main(arguments(tmp_path, bams, *changes)) == 0
    arrays, attributes = content(tmp_path)
    texts = reads[0] + reads[1]
    signatures = [naive_kmers.syncmer_signature(text, 16, 5, 1) for text in texts]
    assert arrays["keys/count"].tolist() == [len(keys) for keys in signatures]
    assert arrays["vectors"].shape == (len(texts), 136)
    assert arrays["vectors"].dtype == np.float32
    parameters = json.loads(attributes["parameters"])
    assert parameters["method"] == "tetranucleotide"
    assert parameters["key_scheme"] == "open_syncmer"


def test_model_of_lshvec_is_published_with_the_shards(bams, tmp_path):
    changes = ("--method", ["lshvec"]), ("--pooling", ["published"])
    once, again = tmp_path / "once", tmp_path / "again"
    for folder in (once, again):
        assert embed_reads.main(arguments(folder, bams, *changes)) == 0
    (model,) = (once / "embeddings_shards").glob("*-lshvec-model.npz")
    arrays, attributes = content(once)
    parameters = json.loads(attributes["parameters"])
    assert parameters["model_sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    assert parameters["pooling"] == "published"
    assert arrays["vectors"].any()
    assert_same_content(once, again)
    assert embed_reads.main(arguments(once, bams)) == 0  # another method: no stale model
    assert not list((once / "embeddings_shards").glob("*.npz"))
