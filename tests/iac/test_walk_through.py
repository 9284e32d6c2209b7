"""Compare docs/cluster.md with the files that it describes."""

import re

from cfnlint.decode import decode
from prepare_cluster import IMAGE
from stack import CLUSTER, TEMPLATE

ENVS = CLUSTER.parent / "envs"
PAGE = (CLUSTER.parent / "docs" / "cluster.md").read_text()


def pins(name: str) -> dict[str, str]:
    """Return the version of each package in a requirements file."""
    found = re.findall(r"^([\w.-]+)(?:\[.*\])?==([\w.]+)", (ENVS / name).read_text(), re.MULTILINE)
    return dict(found)


def test_parameters_of_the_stack_are_those_of_the_template() -> None:
    parameters = decode(str(TEMPLATE))[0]["Parameters"]
    deploy = re.search(r"aws cloudformation deploy(?:.*\\\n)*.*", PAGE)
    assert deploy
    given = set(re.findall(r"(\w+)=\S+", deploy[0].split("--parameter-overrides")[1]))
    assert given == {name for name, parameter in parameters.items() if "Default" not in parameter}
    for name, parameter in parameters.items():
        assert name in PAGE
        if isinstance(parameter.get("Default"), int):
            assert f"`{name}` ({parameter['Default']}" in PAGE


def test_version_is_the_pinned_one() -> None:
    version = pins("requirements-iac.in")["aws-parallelcluster"]
    assert f"`pcluster` {version}," in PAGE
    assert "AWS ParallelCluster " + version.rpartition(".")[0] in PAGE
    assert IMAGE.startswith(f"aws-parallelcluster-{version}-"), "of the Ray nodes"


def test_chosen_versions_are_installed_and_agree_with_the_other_sets() -> None:
    chosen, installed = pins("requirements-iac.in"), pins("requirements-iac.txt")
    assert chosen.items() <= installed.items()
    for name in ("requirements.in", "requirements-dev.in"):
        for package, version in pins(name).items():
            assert chosen.get(package, version) == version, package


def test_every_file_is_explained() -> None:
    named = set(re.findall(r"^\| `(\S+)` \|", PAGE, re.MULTILINE))
    files = {path.name for path in CLUSTER.iterdir() if path.is_file()}
    assert files <= named


def test_machines_of_the_walk_through_are_those_of_the_queues() -> None:
    configuration = (CLUSTER / "parallelcluster.yaml").read_text()
    priced = set(re.findall(r"^\| .*?\b([mrg]\w+\.\d*x?large|hpc\w+\.\w+)", PAGE, re.MULTILINE))
    assert len(priced) >= 6
    for machine in priced:
        assert f"InstanceType: {machine}" in configuration, machine
