"""Files are refused unless they are what their layout declares."""

import tomllib
from pathlib import Path

import h5py
import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.hdf5_files import add_array, create, open_checked
from readkin.formats.hdf5_schema import GENERATED_BY, LAYOUTS, PAIRS

N_PAIRS = 3
FINGERPRINT = "ab" * 32


@pytest.fixture
def pairs_file(tmp_path):
    path = tmp_path / "pairs.h5"
    with create(path, PAIRS, {"min_votes": 2}, FINGERPRINT) as file:
        file.attrs["reads_fingerprint"] = "r"
        file.attrs["embeddings_fingerprint"] = "e"
        file.attrs["n_reads"] = 10
        file.attrs["shards"] = "pairs_shards"
        for dataset in PAIRS.datasets:
            add_array(file, PAIRS, dataset.name, np.arange(N_PAIRS))
    return path


def test_good_file_opens_with_declared_types(pairs_file):
    with open_checked(pairs_file, PAIRS, {"reads_fingerprint": "r"}) as file:
        assert {name: file[name].dtype.str for name in ("read_a", "diagonal", "is_reverse")} == {
            "read_a": "<u8",
            "diagonal": "<i4",
            "is_reverse": "|u1",
        }
        assert file.attrs["parameters"] == '{"min_votes": 2}'
        assert file.attrs["fingerprint"] == FINGERPRINT


def test_every_layout_declares_each_array_and_attribute_once():
    for layout in LAYOUTS:
        names = [dataset.name for dataset in layout.datasets]
        assert len(set(names)) == len(names)
        assert all(dataset.meaning.endswith(".") for dataset in layout.datasets)
    assert len({layout.format for layout in LAYOUTS}) == len(LAYOUTS)


def set_attribute(name, value):
    def spoil(file):
        file.attrs[name] = value

    return spoil


def delete_attribute(file):
    del file.attrs["fingerprint"]


def delete_array(file):
    del file["votes"]


def group_for_array(file):
    del file["votes"]
    file.create_group("votes")


def replace_array(name, values):
    def spoil(file):
        del file[name]
        file[name] = values

    return spoil


@pytest.mark.parametrize(
    ("spoil", "key", "found", "expected"),
    [
        (set_attribute("format", "readkin-x"), "format", "readkin-x", "readkin-pairs"),
        (set_attribute("format_version", 2), "format_version", "2", "3"),
        (set_attribute("format_version", 4), "format_version", "4", "3"),
        (set_attribute("format_version", "1"), "format_version", "'1'", "a value of type int"),
        (
            delete_attribute,
            "fingerprint",
            "no such attribute",
            "that of a readkin-pairs file",
        ),
        (delete_array, "votes", "no such array", "<u4 of (pairs)"),
        (group_for_array, "votes", "no such array", "<u4 of (pairs)"),
        (replace_array("votes", np.zeros(3, "<i4")), "votes", "dtype <i4", "dtype <u4"),
        (replace_array("votes", np.zeros((3, 1), "<u4")), "votes", "2 axes", "1 axes"),
        (replace_array("votes", np.zeros(2, "<u4")), "votes", "2 pairs", "3 as in read_a"),
    ],
)
def test_spoiled_file_is_refused_by_file_and_key(pairs_file, spoil, key, found, expected):
    with h5py.File(pairs_file, "a") as file:
        spoil(file)
    with pytest.raises(InputError) as caught:
        open_checked(pairs_file, PAIRS)
    assert str(caught.value) == (
        f"{pairs_file}:{key}: found {found}, expected {expected}; make it again with find_pairs"
    )


def test_another_fingerprint_is_refused(pairs_file):
    with pytest.raises(InputError, match=r"pairs\.h5:reads_fingerprint: found r, expected other;"):
        open_checked(pairs_file, PAIRS, {"reads_fingerprint": "other"})


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_truncated_file_is_refused(pairs_file, share):
    content = pairs_file.read_bytes()
    pairs_file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=r"pairs\.h5: found no readable HDF5 file"):
        open_checked(pairs_file, PAIRS)


def test_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match=r"pairs\.h5: found no such file, expected a readkin-pai"):
        open_checked(tmp_path / "pairs.h5", PAIRS)


def test_wrong_number_of_axes_is_a_fault_of_the_writer(tmp_path):
    with (
        create(tmp_path / "x.h5", PAIRS, {}, FINGERPRINT) as file,
        pytest.raises(ValueError, match="2 axes given"),
    ):
        add_array(file, PAIRS, "votes", np.zeros((2, 2)))


def test_version_is_that_of_the_package():
    project = Path(__file__).parents[2] / "pyproject.toml"
    version = tomllib.loads(project.read_text())["project"]["version"]
    assert f"readkin {version}" == GENERATED_BY
