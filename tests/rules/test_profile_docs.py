"""docs/profile.md and the profiles say the same."""

import re
import shutil
from pathlib import Path

import pytest
from snakemake.profiles import ProfileConfigFileParser

from rules.profile_docs import OF_OTHERS, OF_PARALLELCLUSTER, PAGE, keys_of, main, values_of

BOTH = pytest.mark.parametrize(
    "profile", [OF_PARALLELCLUSTER, OF_OTHERS], ids=["parallelcluster", "slurm"]
)


def test_page_is_in_step(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 0, "python -m rules.profile_docs --fix\n" + capsys.readouterr().out


def test_fix_brings_it_in_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "profile.md"
    shutil.copy(PAGE, page)
    text = page.read_text()
    page.write_text(text.replace("| `retries` | `2` |", "| `retries` | `3` |"))
    assert page.read_text() != text
    assert main([], page) == 1
    assert "-| `retries` | `3` |" in capsys.readouterr().out
    assert main(["--fix"], page) == 0
    assert page.read_text() == text


@BOTH
def test_every_key_has_its_why(profile: Path):
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


def test_values_are_filled_in():
    values = values_of(OF_PARALLELCLUSTER.read_text())
    assert values["__variables__", "mpi_nodes"] == 2
    assert values["set-resources", "align_pairs", "max_tasks"] == 8
    assert values["default-resources", "slurm_partition"] == "spot,cpu"


def test_page_has_a_row_for_each_key():
    rows = re.findall(r"^\| `([\w: -]+)` \|", PAGE.read_text(), re.MULTILINE)
    keys = list(keys_of(OF_PARALLELCLUSTER.read_text()))
    names = [": ".join(key.path[1 if key.path[0] == "__variables__" else 0 :]) for key in keys]
    assert rows[: len(names)] == sorted(names, key=rows.index)
    assert len(names) > 30


def test_what_differs_on_other_slurms_is_told():
    rows = re.findall(r"^\| `\w+` \| `([\w,]+)` \| none \|", PAGE.read_text(), re.MULTILINE)
    assert rows == ["spot,cpu", "mpi"]
