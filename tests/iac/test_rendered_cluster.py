"""Check the CloudFormation template that ParallelCluster renders from our configuration."""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from cfnlint.api import lint_file
from policy import is_whole_world, leaves


@pytest.fixture(scope="module")
def templates(configuration: str) -> list[dict[str, Any]]:
    """Return the cluster's template and the templates nested in it (queues, login nodes)."""
    # ParallelCluster renders templates with node, which is installed beside this Python.
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    os.environ["JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pcluster.models.s3_bucket import S3Bucket
        from pcluster.schemas.cluster_schema import ClusterSchema
        from pcluster.templates.cdk_builder import CDKTemplateBuilder

        bucket = "mocked-parallelcluster-bucket"
        boto3.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
        )
        cluster = ClusterSchema(cluster_name="readkin").load(yaml.safe_load(configuration))
        cluster.source_config, cluster.config_version = yaml.safe_load(configuration), "1"
        template, nested = CDKTemplateBuilder().build_cluster_template(
            cluster_config=cluster,
            bucket=S3Bucket(
                name=bucket, service_name="readkin", stack_name="readkin", artifact_directory="x"
            ),
            stack_name="readkin",
        )
    return [template, *(asset["content"] for asset in nested)]


def all_resources(templates: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the properties of all resources of one type, from all templates."""
    return [
        resource.get("Properties", {})
        for template in templates
        for resource in template["Resources"].values()
        if resource["Type"] == kind
    ]


def test_cfn_lint_accepts_the_cluster(templates, tmp_path: Path) -> None:
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps(templates[0], default=str))
    errors = [f"{m.rule.id} {m.message}" for m in lint_file(path) if m.rule.id.startswith("E")]
    assert errors == []


def test_ssh_is_open_to_the_own_network_only(templates, outputs: dict[str, str]) -> None:
    groups = all_resources(templates, "AWS::EC2::SecurityGroup")
    rules = [rule for group in groups for rule in group.get("SecurityGroupIngress", [])]
    rules += all_resources(templates, "AWS::EC2::SecurityGroupIngress")
    sources = [str(rule["CidrIp"]) for rule in rules if "CidrIp" in rule]
    assert sources, "head node and login nodes have a rule for SSH"
    assert not any(map(is_whole_world, sources))
    assert set(sources) == {outputs["NetworkRange"]}
    assert not any("CidrIpv6" in rule for rule in rules)


def test_every_machine_has_version_2_of_metadata_and_no_public_address(templates) -> None:
    data = [t["LaunchTemplateData"] for t in all_resources(templates, "AWS::EC2::LaunchTemplate")]
    assert len(data) == 8, "head node, login nodes, six compute resources"
    for machine in data:
        assert machine["MetadataOptions"]["HttpTokens"] == "required"
        for path, value in leaves(machine):
            assert not (path.endswith("AssociatePublicIpAddress") and value), path
    assert all_resources(templates, "AWS::EC2::EIP") == []


def test_mpi_nodes_have_efa_and_one_placement_group(templates) -> None:
    data = [t["LaunchTemplateData"] for t in all_resources(templates, "AWS::EC2::LaunchTemplate")]
    with_efa = [
        machine
        for machine in data
        if any("efa" in i.get("InterfaceType", "") for i in machine.get("NetworkInterfaces", []))
    ]
    assert [machine["InstanceType"] for machine in with_efa] == ["hpc6a.48xlarge"]
    assert "GroupName" in with_efa[0]["Placement"]
    (group,) = all_resources(templates, "AWS::EC2::PlacementGroup")
    assert group["Strategy"] == "cluster"


def test_load_balancer_of_the_login_nodes_is_internal(templates) -> None:
    balancers = all_resources(templates, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert [balancer["Scheme"] for balancer in balancers] == ["internal"]
