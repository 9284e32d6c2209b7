"""Check network-and-storage.cfn.yaml with cfn-lint, our policy and moto's CloudFormation."""

import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.api import lint_file
from cfnlint.decode import decode
from policy import broken_by_template, of_type
from prepare_cluster import CONDITION, PLACEHOLDER
from stack import CLUSTER, TEMPLATE
from validators import findings


def cfn_lint_findings(path: Path) -> list[str]:
    """Return the findings of all levels."""
    return [f"{match.rule.id} {match.message}" for match in lint_file(path)]


def policy_findings(path: Path) -> list[str]:
    template, problems = decode(str(path))
    assert not problems
    return broken_by_template(template)


@pytest.fixture
def edited(tmp_path: Path):
    """Return a function that writes the template with one change."""

    def edit(old: str, new: str) -> Path:
        text = TEMPLATE.read_text()
        assert len(re.findall(old, text)) == 1, old
        path = tmp_path / TEMPLATE.name
        path.write_text(re.sub(old, new, text))
        return path

    return edit


def test_cfn_lint_accepts_it() -> None:
    assert cfn_lint_findings(TEMPLATE) == []


def test_our_policy_accepts_it() -> None:
    assert policy_findings(TEMPLATE) == []


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (r"Events: \[NEW, CHANGED\]", "Events: [NEW, RENAMED]", "E3030 'RENAMED'"),
        ("BudgetLimit:", "Limit:", "E3002 "),
        ("        TimeUnit: MONTHLY\n", "", "E3003 'TimeUnit'"),
        ("VpcEndpointType: Gateway", "VpcEndpointType: Gate", "'Gate'"),
        (
            "GatewayId: !Ref InternetGateway\n  PublicSubnetRoutes",
            "GatewayId: !Ref Internet\n  PublicSubnetRoutes",
            "'Internet'",
        ),
        ("DBInstanceClass: db.t4g.micro", "DBInstanceClass: db.t4g.tiny", "'db.t4g.tiny'"),
        ("    DeletionPolicy: Retain  .*", "", "W3011 "),
        ("CidrBlock: 10.20.16.0/20", "CidrBlock: 10.20.16.0/33", "'10.20.16.0/33'"),
        (r'MasterUserPassword: !Sub ".*"', "MasterUserPassword: !Ref Password", "'Password'"),
    ],
)
def test_cfn_lint_refuses(edited, old: str, new: str, refusal: str) -> None:
    found = cfn_lint_findings(edited(old, new))
    assert any(refusal in finding for finding in found), found


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (
            "ToPort: 988\n          CidrIp: !GetAtt Vpc.CidrBlock",
            "ToPort: 988\n          CidrIp: 0.0.0.0/0",
            "port 988 is open to 0.0.0.0/0",
        ),
        (
            r"ToPort: 1023\n          CidrIp: !GetAtt Vpc.CidrBlock",
            "ToPort: 1023\n          CidrIpv6: ::/0",
            "port 1018 is open to ::/0",
        ),
        ("BlockPublicPolicy: true", "BlockPublicPolicy: false", "can be made public"),
        (r"BucketEncryption:(\n.*){3}", "", "not encrypted"),
        ("DeletionPolicy: Retain", "DeletionPolicy: Delete", "results are deleted"),
        ("FileSystemPath: /results", "FileSystemPath: results", "does not begin with /"),
        ("AutoExportPolicy", "AutoImportPolicy", "nothing is exported"),
        (
            r"Threshold: 50\n( *)Subscribers:\n.*",
            r"Threshold: 50\n\1Subscribers: []",
            "an alarm has no e-mail address",
        ),
        (r"AllowedPattern: .*", "Default: nobody@example.org", "without an address"),
        (r"MasterUserPassword: .*", "MasterUserPassword: hunter2hunter2", "plain text"),
        ("PubliclyAccessible: false", "PubliclyAccessible: true", "the database is public"),
        (
            r"(CidrBlock: 10.20.16.0/20\n *MapPublicIpOnLaunch:) false",
            r"\1 true",
            "instances get public addresses",
        ),
        (
            "SourceSecurityGroupId: !GetAtt RayNodes.GroupId",
            "CidrIp: 0.0.0.0/0",
            "port 0 is open to 0.0.0.0/0",
        ),
        (
            r"Action: ec2:RunInstances\n.*:instance/\*\"",
            r"Action: ec2:*\n                Resource: x",
            "ec2:*",
        ),
        (r"Resource: !GetAtt RayWorkerRole.Arn", 'Resource: "*"', "iam:PassRole on everything"),
        (
            r"\[s3:ListBucket, s3:ListBucketMultipartUploads\]\n( *Resource:).*",
            r's3:ListBucket\n\1 "*"',
            "s3:ListBucket on everything",
        ),
        (
            r"policy/AmazonSSMManagedInstanceCore",
            "policy/AmazonEC2FullAccess",
            "AmazonEC2FullAccess",
        ),
        (
            r"\n *Condition:\n *StringEquals:\n *aws:ResourceTag/.*",
            "",
            "ec2:TerminateInstances of other clusters",
        ),
    ],
)
def test_our_policy_refuses(edited, old: str, new: str, refusal: str) -> None:
    broken = policy_findings(edited(old, new))
    assert len(broken) == 1, broken
    assert refusal in broken[0]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("email", ["", "nobody", "nobody at example.org"])
def test_a_stack_needs_an_e_mail_address(email: str) -> None:
    template, _ = decode(str(TEMPLATE))
    pattern = template["Parameters"]["BudgetEmail"]["AllowedPattern"]
    assert re.fullmatch(pattern, "group@example.org")
    assert not re.fullmatch(pattern, email)


def test_outputs_are_the_placeholders_of_the_configurations() -> None:
    template, _ = decode(str(TEMPLATE))
    always, only_with = set(), set()
    files = [CLUSTER / name for name in ("parallelcluster.yaml", "ray.yaml")]
    for line in "".join(file.read_text() for file in files).splitlines():
        if not line.lstrip().startswith("#"):
            (only_with if CONDITION.search(line) else always).update(PLACEHOLDER.findall(line))
    outputs = template["Outputs"]
    assert always - {"Image"} == {
        name for name, output in outputs.items() if "Condition" not in output
    }
    assert only_with == {name for name, output in outputs.items() if "Condition" in output}


def test_ray_nodes_are_reached_by_each_other_only(outputs: dict[str, str]) -> None:
    client = boto3.client("ec2")
    (group,) = client.describe_security_groups(GroupIds=[outputs["RayNodes"]])["SecurityGroups"]
    (rule,) = group["IpPermissions"]
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [outputs["RayNodes"]]
    assert rule["IpRanges"] == rule["Ipv6Ranges"] == rule["PrefixListIds"] == []


def default_routes(subnet: str) -> list[dict[str, Any]]:
    """Return a subnet's default routes, read from the template: moto drops the associations."""
    template, _ = decode(str(TEMPLATE))
    tables = [
        properties["RouteTableId"]
        for properties in of_type(template, "AWS::EC2::SubnetRouteTableAssociation").values()
        if properties["SubnetId"] == {"Ref": subnet}
    ]
    assert len(tables) == 1, subnet
    return [
        properties
        for properties in of_type(template, "AWS::EC2::Route").values()
        if properties["RouteTableId"] == tables[0]
        and properties["DestinationCidrBlock"] == "0.0.0.0/0"
    ]


def test_private_subnets_reach_the_internet_through_nat_only() -> None:
    for subnet in ("PrivateSubnet", "SecondPrivateSubnet"):
        (route,) = default_routes(subnet)
        assert route["NatGatewayId"] == {"Ref": "NatGateway"}
        assert "GatewayId" not in route
    (route,) = default_routes("PublicSubnet")
    assert route["GatewayId"] == {"Ref": "InternetGateway"}


def test_zone_of_the_stack_has_the_mpi_instances(outputs: dict[str, str]) -> None:
    client = boto3.client("ec2")
    (subnet,) = client.describe_subnets(SubnetIds=[outputs["PrivateSubnet"]])["Subnets"]
    offered = client.describe_instance_type_offerings(
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": ["hpc6a.48xlarge"]}],
    )["InstanceTypeOfferings"]
    assert [offer["Location"] for offer in offered] == [subnet["AvailabilityZone"]]


def test_lustre_port_closed_is_refused_by_parallelcluster(
    configuration: str, outputs: dict[str, str]
) -> None:
    client = boto3.client("ec2")
    (group,) = client.describe_security_groups(
        Filters=[{"Name": "description", "Values": ["Lustre, from inside the network only"]}]
    )["SecurityGroups"]
    rule = next(rule for rule in group["IpPermissions"] if rule["FromPort"] == 988)
    client.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    try:
        found = findings(configuration)
    finally:
        client.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    assert any("ExistingFsxNetworkingValidator" in f and "988" in f for f in found), found
