"""One set of versions, without the address of a package index."""

import re

import yaml

from docs.pages.conda_environment import pins


def test_conda_environment_holds_the_same_versions(pytestconfig):
    """tests/docs/test_generate.py compares the file with its generator."""
    envs = pytestconfig.rootpath / "envs"
    environment = yaml.safe_load((envs / "readkin.yaml").read_text())
    chosen = pins((envs / "requirements.in").read_text())
    assert environment["dependencies"][-1] == {"pip": chosen}


def test_everything_is_pinned_and_no_index_is_named(pytestconfig):
    for path in (pytestconfig.rootpath / "envs").glob("*"):
        text = path.read_text()
        assert "://" not in text, path
        if path.suffix == ".txt":
            assert all(re.match(r"[\w.-]+==[\w.]+", pin) for pin in pins(text)), path


def test_chosen_versions_are_the_pinned_ones(pytestconfig):
    envs = pytestconfig.rootpath / "envs"
    for name in ("requirements", "requirements-dev"):
        pinned = {pin.split(" ;")[0].lower() for pin in pins((envs / f"{name}.txt").read_text())}
        chosen = pins((envs / f"{name}.in").read_text())
        # A pin has no extras: their packages have pins of their own.
        assert {re.sub(r"\[.*\]", "", pin).lower() for pin in chosen} <= pinned
