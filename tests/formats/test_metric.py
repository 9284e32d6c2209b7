"""Composition metrics are written, read and refused as declared."""

import h5py
import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.metric import (
    canonical_words,
    metric_fingerprint,
    read_metric,
    write_metric,
)
from readkin.kernels.kmers.tetranucleotides import EXPECTED_SHARE

ARRAYS = ("background", "within", "between", "axes", "variance")


def test_what_is_written_is_read(tmp_path):
    metric = read_metric()
    path = tmp_path / "learned_embedding.h5"
    write_metric(path, metric, {"rounds": 2}, "ab" * 32)
    again = read_metric(path)
    for name in ARRAYS:
        assert np.array_equal(getattr(metric, name), getattr(again, name))
    assert again.genomes == metric.genomes
    assert metric_fingerprint(path) == "ab" * 32
    before = path.read_bytes()
    write_metric(path, again, {"rounds": 2}, "ab" * 32)
    assert path.read_bytes() == before


def test_shipped_metric_is_of_many_genomes():
    metric = read_metric()
    assert metric.genomes >= 20
    assert metric.axes.shape == (136, 20)
    assert np.isclose(metric.background.sum(), 1)
    assert (metric.variance > 0).all()
    assert len(metric_fingerprint()) == 64


def test_words_are_in_the_order_of_the_counts():
    words = [word.decode() for word in canonical_words()]
    assert words == sorted(words)
    palindromes = [share for share in EXPECTED_SHARE if share < 1.5 / 256]
    complement = str.maketrans("ACGT", "TGCA")
    assert sum(word == word.translate(complement)[::-1] for word in words) == len(palindromes)


@pytest.mark.parametrize("spoiled", [np.nan, 0.0, -1.0])
def test_impossible_values_are_refused(tmp_path, spoiled):
    path = tmp_path / "metric.h5"
    write_metric(path, read_metric(), {}, "ab" * 32)
    with h5py.File(path, "r+") as file:
        file["background"][3] = spoiled
    with pytest.raises(InputError, match=r"shares above 0; provide a learned_embedding\.h5"):
        read_metric(path)


def test_missing_and_other_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_metric(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(InputError, match="no readable HDF5"):
        read_metric(tmp_path / "text.h5")
