"""The tables of docs/profile.md and the profiles that they come from."""

import re
from pathlib import Path

import pytest
from snakemake.profiles import ProfileConfigFileParser

from docs.pages.profile import OTHER_SLURM, PARALLELCLUSTER, keys_of, tables, values_of

BOTH = pytest.mark.parametrize(
    "profile", [PARALLELCLUSTER, OTHER_SLURM], ids=["parallelcluster", "slurm"]
)


@BOTH
def test_every_key_has_its_reason(profile: Path):
    for key in keys_of(profile.read_text()):
        assert re.search(r"\w+.*[.;:|%\w\"]$", key.why), key


@BOTH
def test_no_key_is_forgotten(profile: Path):
    """The keys found by their lines are those that Snakemake reads."""
    with profile.open() as file:
        read = dict(ProfileConfigFileParser().parse(file))
    keys = [key for key in keys_of(profile.read_text()) if key.path[0] != "__variables__"]
    assert {key.path[0] for key in keys} == set(read)
    for name in ("set-threads", "default-resources"):
        settings = {setting.partition("=")[0] for setting in read[name]}
        assert {key.path[1] for key in keys if key.path[0] == name} == settings
    rules = {setting.partition(":")[0] for setting in read["set-resources"]}
    assert {key.path[1] for key in keys if key.path[0] == "set-resources"} == rules


def test_variables_are_replaced():
    values = values_of(PARALLELCLUSTER.read_text())
    assert values["__variables__", "mpi_nodes"] == 2
    assert values["set-resources", "align_pairs", "max_tasks"] == 8
    assert values["default-resources", "slurm_partition"] == "spot,cpu"


def test_page_has_a_row_for_each_key():
    rows = re.findall(r"^\| `([\w: -]+)` \|", tables(), re.MULTILINE)
    keys = list(keys_of(PARALLELCLUSTER.read_text()))
    names = [": ".join(key.path[1 if key.path[0] == "__variables__" else 0 :]) for key in keys]
    assert rows[: len(names)] == sorted(names, key=rows.index)
    assert len(names) > 30


def test_differences_of_the_other_profile_are_shown():
    rows = re.findall(r"^\| `\w+` \| `([\w,]+)` \| none \|", tables(), re.MULTILINE)
    assert rows == ["spot,cpu", "mpi"]
