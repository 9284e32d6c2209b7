"""One set of versions, without the address of any index."""

import re

import yaml


def pins(text):
    """Pinned requirements of a file, comments off."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("-")]


CONDA_PAGE = """\
# For `snakemake --sdm conda`: the versions of requirements.in (`make docs` rewrites this file).
channels:
  - conda-forge
dependencies:
  - python=3.12
  - pip
  - pip:
"""


def test_conda_environment_holds_the_same_versions(request):
    envs = request.config.rootpath / "envs"
    chosen = pins((envs / "requirements.in").read_text())
    page = CONDA_PAGE + "".join(f"      - {pin}\n" for pin in chosen)
    assert yaml.safe_load(page)["dependencies"][-1] == {"pip": chosen}
    if request.config.getoption("--fix"):
        (envs / "readkin.yaml").write_text(page)
    assert (envs / "readkin.yaml").read_text() == page, "run `make docs`"


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
