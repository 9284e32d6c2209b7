"""Fixtures: a mocked account, the stack in it, and the configuration that a user would get."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

# These tests need the packages of .venv-iac (`make test-iac`); the venv of `make test` lacks them.
if find_spec("pcluster") is None:
    collect_ignore_glob = ["*"]


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Mock an AWS account in this process."""
    import mocked_aws

    with mocked_aws.account(tmp_path_factory.mktemp("aws")):
        yield


@pytest.fixture(scope="session")
def outputs(account: None) -> dict[str, str]:
    """Return the outputs of the stack that the template makes."""
    import stack

    return stack.create_stack()


@pytest.fixture(scope="session")
def configuration(outputs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the configuration that prepare_cluster.py writes for that stack."""
    import prepare_cluster
    from stack import STACK

    path = tmp_path_factory.mktemp("prepared") / "readkin-cluster.yaml"
    assert prepare_cluster.main([STACK, "--output", str(path)]) == 0
    return path.read_text()


@pytest.fixture(scope="session")
def ray_configuration(outputs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the configuration that prepare_cluster.py writes for `ray up`."""
    import prepare_cluster
    from stack import STACK

    path = tmp_path_factory.mktemp("prepared") / "readkin-ray.yaml"
    assert prepare_cluster.main([STACK, "--ray", "--output", str(path)]) == 0
    return path.read_text()
