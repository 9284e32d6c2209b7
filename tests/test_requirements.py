"""One set of versions, without the address of any index."""

import re

import yaml


def pins(text):
    """Pinned requirements of a file, comments off."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def test_conda_environment_holds_the_same_versions(pytestconfig):
    envs = pytestconfig.rootpath / "envs"
    content = yaml.safe_load((envs / "readkin.yaml").read_text())
    (pip,) = [entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict)]
    assert pip == pins((envs / "requirements.in").read_text())


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
        assert {pin.lower() for pin in pins((envs / f"{name}.in").read_text())} <= pinned
