"""Check of the profile."""

import shutil
from pathlib import Path

import pytest

from readkin.preflight.findings import State
from readkin.preflight.profile import check_profile

SHIPPED = Path(__file__).resolve().parents[2] / "profiles"
FILE = SHIPPED / "parallelcluster" / "profile.v9+.yaml"


def test_shipped_profile_by_its_link():
    finding = check_profile(SHIPPED.parent / "parallelcluster" / FILE.name, SHIPPED)
    assert finding.state is State.OK
    assert finding.found.endswith("the profile parallelcluster of this clone")


@pytest.mark.parametrize("name", ["slurm", "parallelcluster"])
def test_own_profile_with_all_keys(tmp_path, name):
    own = tmp_path / f"my_{name}.yaml"
    shutil.copy(SHIPPED / name / FILE.name, own)
    finding = check_profile(own, SHIPPED)
    assert finding.state is State.OK
    assert f"with all keys of {SHIPPED / name}" in finding.found


def test_own_profile_that_lacks_keys(tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text(FILE.read_text().replace("slurm-requeue:", "# ").replace("retries:", "# "))
    finding = check_profile(own, SHIPPED)
    assert finding.state is State.PROBLEM
    assert finding.found == f"{own} has no retries, slurm-requeue"
    assert finding.fix == f"copy them from {FILE}"


def test_no_profile_and_a_profile_that_does_not_exist():
    assert check_profile(None, SHIPPED).state is State.SKIPPED
    assert check_profile(Path("nowhere"), SHIPPED).state is State.PROBLEM
