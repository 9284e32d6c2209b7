"""A pretended account with our stack in it, and the configuration that a user would get."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

CLUSTER = Path(__file__).resolve().parents[2] / "cluster"
TEMPLATE = CLUSTER / "network-and-storage.cfn.yaml"
STACK = "readkin"

# `make test` has none of the packages of .venv-iac; `make test-iac` has.
if find_spec("pcluster") is None:
    collect_ignore_glob = ["*"]


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An AWS account in this process."""
    import pretended_aws

    with pretended_aws.account(tmp_path_factory.mktemp("aws")):
        yield


def set_dns_names() -> None:
    """Do what moto's CloudFormation leaves out: the template's EnableDnsHostnames."""
    import boto3
    from cfnlint.decode import decode

    template, _ = decode(str(TEMPLATE))
    client = boto3.client("ec2")
    network = client.describe_vpcs(
        Filters=[{"Name": "tag:aws:cloudformation:stack-name", "Values": [STACK]}]
    )["Vpcs"][0]["VpcId"]
    wanted = template["Resources"]["Vpc"]["Properties"]["EnableDnsHostnames"]
    client.modify_vpc_attribute(VpcId=network, EnableDnsHostnames={"Value": wanted})


@pytest.fixture(scope="session")
def outputs(account: None) -> dict[str, str]:
    """Outputs of the stack that our template makes."""
    import boto3
    from pretended_aws import SECOND_ZONE, ZONE

    parameters = {"Zone": ZONE, "SecondZone": SECOND_ZONE, "BudgetEmail": "group@example.org"}
    client = boto3.client("cloudformation")
    client.create_stack(
        StackName=STACK,
        TemplateBody=TEMPLATE.read_text(),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    )
    set_dns_names()
    (stack,) = client.describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture(scope="session")
def configuration(outputs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What prepare_cluster.py writes for that stack."""
    import prepare_cluster

    path = tmp_path_factory.mktemp("prepared") / "readkin-cluster.yaml"
    assert prepare_cluster.main([STACK, "--output", str(path)]) == 0
    return path.read_text()
