"""All methods: vectors depend on the read only, not on its strand; reads without k-mers give 0."""

import pickle

import numpy as np
import pytest

from readkin.embedding.methods import METHODS
from readkin.embedding.protocol import MethodSettings, TrainingReads
from support import naive_kmers
from support.genome_reads import genome_reads, write_bam

SETTINGS = MethodSettings(k=9, dimensions=24, seed=3)
WITHOUT_PACKAGES = sorted(set(METHODS) - {"hf"})
ODD = ["", "A", "ACG", "N" * 50, "ACN" * 20]
READS = [*genome_reads(120, 80, 0.01, seed=1, genome_length=1500), "ACGTTGCANCATGCATTGACCAGN"]


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    bam = write_bam(folder / "reads.bam", READS + ODD, paired=False)
    return TrainingReads((bam,), folder)


@pytest.fixture(params=WITHOUT_PACKAGES)
def method(request, training):
    return METHODS[request.param](SETTINGS, training)


def test_reverse_complement_has_the_same_vector(method):
    reverse = [naive_kmers.reverse_complement(read) for read in READS]
    for own, other in zip(
        method.embed(*naive_kmers.pack(READS)),
        method.embed(*naive_kmers.pack(reverse)),
        strict=True,
    ):
        np.testing.assert_array_equal(own, other)
        assert own.any()


def test_shapes_and_dtypes(method):
    vectors, norms = method.embed(*naive_kmers.pack(READS))
    assert vectors.dtype == np.dtype(method.dtype)
    assert vectors.shape == (len(READS), method.dimensions)
    assert norms.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert method.parameters()["method"] in METHODS
    assert method.parameters()["dimensions"] == method.dimensions


def test_reads_without_kmers_have_zero_vectors(method):
    vectors, norms = method.embed(*naive_kmers.pack(ODD))
    assert not vectors.any()
    assert not norms.any()
    vectors, norms = method.embed(*naive_kmers.pack([]))
    assert vectors.shape == (0, method.dimensions)
    assert norms.shape == (0,)


def test_other_reads_of_a_call_do_not_matter(method):
    together, _ = method.embed(*naive_kmers.pack(READS + ODD))
    bases, offsets = naive_kmers.pack(READS + ODD)
    for first, end in ((0, 1), (1, 50), (50, len(READS + ODD))):
        part, _ = method.embed(bases, offsets[first : end + 1])
        np.testing.assert_array_equal(part, together[first:end])


def test_can_be_pickled(method):
    copy = pickle.loads(pickle.dumps(method))
    assert copy.fingerprint() == method.fingerprint()
    for own, other in zip(
        method.embed(*naive_kmers.pack(READS)), copy.embed(*naive_kmers.pack(READS)), strict=True
    ):
        np.testing.assert_array_equal(own, other)


def test_overlapping_reads_are_nearer_than_others(method):
    generator = np.random.default_rng(4)
    genome = "".join(generator.choice(list("ACGT"), 400, p=[0.35, 0.15, 0.15, 0.35]))
    other = "".join(generator.choice(list("ACGT"), 400, p=[0.15, 0.35, 0.35, 0.15]))
    reads = [genome[:150], naive_kmers.reverse_complement(genome[20:170]), other[:150]]
    vectors = method.embed(*naive_kmers.pack(reads))[0].astype(float)
    directions = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
    assert directions[0] @ directions[1] > directions[0] @ directions[2]


def test_fingerprints_of_methods_and_settings_differ(training):
    prints = [METHODS[name](SETTINGS, training).fingerprint() for name in WITHOUT_PACKAGES]
    changed = MethodSettings(k=9, dimensions=24, seed=4)
    prints += [
        METHODS[name](changed, training).fingerprint() for name in ("count_sketch", "lshvec")
    ]
    assert len(set(prints)) == len(prints)
