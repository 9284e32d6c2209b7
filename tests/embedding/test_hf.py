"""Method hf: errors without its packages; with torch (make test-hf), vectors of a tiny model."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import embed_reads
from readkin.embedding import hf
from readkin.embedding.hf import HuggingFace
from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.errors import UsageError
from readkin.formats.embeddings import open_embeddings
from support import naive_kmers
from support.genome_reads import genome_reads, write_bam

IS_INSTALLED = all(find_spec(name) for name in hf.PACKAGES)
needs_torch = pytest.mark.skipif(
    not IS_INSTALLED and os.environ.get("READKIN_REQUIRE_HF") != "1",
    reason="torch and transformers are not installed: make test-hf",
)
READS = genome_reads(40, 60, 0.01, seed=1) + genome_reads(10, 45, 0.01, seed=2) + ["ACGNT"]


def make(folder, **changes):
    settings = MethodSettings(k=11, dimensions=256, seed=1, model=folder)
    return HuggingFace.make(settings, TrainingReads((), folder))


def test_missing_packages_are_reported_with_a_command_to_install_them(tmp_path, monkeypatch):
    monkeypatch.setattr(hf, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        make(tmp_path)
    assert str(caught.value) == (
        "method hf: found no Python package torch nor transformers, expected torch and"
        " transformers; install them with `pip install -r envs/requirements-hf.txt`"
    )


@pytest.mark.parametrize("is_given", [False, True])
def test_missing_model_is_reported(tmp_path, monkeypatch, is_given):
    monkeypatch.setattr(hf, "find_spec", lambda name: True)
    with pytest.raises(UsageError, match=r"set embed\.model to such a folder"):
        make(tmp_path if is_given else None)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from support.embedding_models import make_model

    return make_model(tmp_path_factory.mktemp("hf") / "model")


def own_mean(texts, folder):
    """Return the mean hidden state over the bases of each text, one text at a time."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    means = []
    for text in texts:
        with torch.inference_mode():
            hidden = network.eval()(**tokenizer(text, return_tensors="pt")).last_hidden_state
        means.append(hidden[0, 1:-1].mean(dim=0).numpy())  # without [CLS] and [SEP]
    return np.array(means)


@needs_torch
def test_vectors_are_means_over_tokens_of_both_strands(model):
    vectors, norms = make(model).embed(*naive_kmers.pack(READS))
    reverse = [naive_kmers.reverse_complement(read) for read in READS]
    expected = (own_mean(READS, model) + own_mean(reverse, model)) / 2
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    np.testing.assert_allclose(norms, np.linalg.norm(expected, axis=1), rtol=1e-4)
    other, _ = make(model).embed(*naive_kmers.pack(reverse))
    np.testing.assert_array_equal(vectors, other)


@needs_torch
def test_no_bases_give_zeros_and_long_reads_are_cut(model):
    long = "ACGTTGCATG" * 40
    vectors, norms = make(model).embed(*naive_kmers.pack(["", long]))
    assert not vectors[0].any()
    assert norms[0] == 0
    assert np.isfinite(vectors[1]).all()
    assert norms[1] > 0


@needs_torch
def test_fingerprint_follows_the_weights(model, tmp_path):
    from support.embedding_models import make_model

    other = make_model(tmp_path / "model", positions=256)
    assert make(model).fingerprint() != make(other).fingerprint()
    assert make(model).dimensions == 16


@needs_torch
@pytest.mark.parametrize("workers", [0, 2])
def test_command(model, tmp_path, workers):
    bam = write_bam(tmp_path / "reads.bam", READS, paired=False)
    options = {
        "--bam": bam,
        "--method": "hf",
        "--model": model,
        "--k": 11,
        "--dimensions": 256,
        "--seed": 1,
        "--key-k": 16,
        "--key-fraction": 0.2,
        "--key-seed": 1,
        "--reads-per-shard": 20,
        "--workers": workers,
        "--partial-dir": tmp_path / "partial",
        "--shards-dir": tmp_path / "shards",
        "--output": tmp_path / "embeddings.h5",
        "--reads": tmp_path / "reads.parquet",
        "--counts": tmp_path / "counts.json",
    }
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, embed_reads.__file__, *words]
    subprocess.run(command, check=True, timeout=240, capture_output=True)
    expected, _ = make(model).embed(*naive_kmers.pack(READS))
    with open_embeddings(tmp_path / "embeddings.h5") as file:
        assert file["vectors"].dtype == np.float32
        np.testing.assert_allclose(file["vectors"][:], expected, atol=1e-6)
        np.testing.assert_array_equal(file["train"][:], file["vectors"][:])
