"""The files under test, and the stack that the template makes in the mocked account."""

from pathlib import Path

import boto3
from cfnlint.decode import decode
from mocked_aws import SECOND_ZONE, ZONE

CLUSTER = Path(__file__).resolve().parents[2] / "cluster"
TEMPLATE = CLUSTER / "network-and-storage.cfn.yaml"
STACK = "readkin"


def create_stack() -> dict[str, str]:
    """Create the stack and return its outputs by name."""
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


def set_dns_names() -> None:
    """Apply the template's EnableDnsHostnames, which moto's CloudFormation ignores."""
    template, _ = decode(str(TEMPLATE))
    client = boto3.client("ec2")
    network = client.describe_vpcs(
        Filters=[{"Name": "tag:aws:cloudformation:stack-name", "Values": [STACK]}]
    )["Vpcs"][0]["VpcId"]
    wanted = template["Resources"]["Vpc"]["Properties"]["EnableDnsHostnames"]
    client.modify_vpc_attribute(VpcId=network, EnableDnsHostnames={"Value": wanted})
