"""LSHvec: one model per run, the same for the same reads; both poolings."""

from itertools import pairwise

import numpy as np
import pytest

from readkin.embedding import lshvec
from readkin.embedding.lshvec import Lshvec
from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.errors import InputError
from support import naive_kmers
from support.genome_reads import genome_reads, write_bam

READS = list(dict.fromkeys(genome_reads(80, 70, 0.01, seed=2, genome_length=1200)))


def make(folder, reads=READS, **changes):
    folder.mkdir(exist_ok=True)
    bam = write_bam(folder / "reads.bam", reads, paired=False)
    settings = MethodSettings(**({"k": 9, "dimensions": 16, "seed": 1} | changes))
    return Lshvec.make(settings, TrainingReads((bam,), folder))


def test_two_trainings_give_the_same_bytes(tmp_path):
    first, second = make(tmp_path / "a"), make(tmp_path / "b")
    assert first.model.read_bytes() == second.model.read_bytes()
    assert first.sha256 == second.sha256
    assert first.model.name == second.model.name


def test_model_of_a_run_is_not_trained_again(tmp_path, monkeypatch):
    first = make(tmp_path)

    def fail(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr(lshvec, "_train", fail)
    assert make(tmp_path).fingerprint() == first.fingerprint()
    with pytest.raises(AssertionError, match="trained again"):
        make(tmp_path, reads=READS[1:])


def test_poolings_differ_by_the_centre(tmp_path):
    centred, published = make(tmp_path), make(tmp_path, pooling="published")
    assert centred.model == published.model
    assert centred.fingerprint() != published.fingerprint()
    packed = naive_kmers.pack(READS)
    difference = published.embed(*packed)[0] - centred.embed(*packed)[0]
    np.testing.assert_allclose(
        difference, np.broadcast_to(difference[0], difference.shape), atol=1e-6
    )
    assert np.abs(difference).max() > 0.01 * np.abs(published.embed(*packed)[0]).max()


def test_sample_has_the_requested_size_and_is_in_order(tmp_path):
    bam = write_bam(tmp_path / "reads.bam", READS, paired=False)
    reads = TrainingReads((bam,), tmp_path)
    bases, offsets = reads.sample(30, seed=1)
    assert len(offsets) == 31
    texts = ["".join("ACGTN"[b] for b in bases[a:z]) for a, z in pairwise(offsets)]
    positions = [READS.index(text) for text in texts]
    assert positions == sorted(positions)
    assert not np.array_equal(reads.sample(30, seed=2)[0], bases)
    assert len(reads.sample(1000, seed=1)[1]) == len(READS) + 1


def test_no_reads_train_an_empty_model(tmp_path):
    method = make(tmp_path, reads=[])
    vectors, norms = method.embed(*naive_kmers.pack(["ACGTTGCATGCATGA"]))
    assert np.isfinite(vectors).all()
    assert norms.shape == (1,)


def test_damaged_model_is_reported_with_its_name(tmp_path):
    method = make(tmp_path)
    method.model.write_bytes(method.model.read_bytes()[:1000])
    with pytest.raises(InputError, match=method.model.name):
        method.embed(*naive_kmers.pack(READS))
