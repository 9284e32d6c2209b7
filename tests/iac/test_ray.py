"""Check ray.yaml with Ray's own code: its schema, its view of the machines, its preparation."""

import ast
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import jsonschema
import pytest
import yaml
from policy import broken_by_ray, leaves
from ray.autoscaler._private.aws import node_provider
from ray.autoscaler._private.aws.config import bootstrap_aws
from ray.autoscaler._private.util import prepare_config, validate_config
from stack import STACK

from rules.stages import STAGES

GIB = 1024**3


def as_ray_up_does(text: str) -> dict[str, Any]:
    """Return the configuration after all steps of `ray up` before it starts the head node."""
    config = prepare_config(yaml.safe_load(text))
    config = node_provider.AWSNodeProvider.fillout_available_node_types_resources(config)
    validate_config(config)
    return bootstrap_aws(config)


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep Ray's keys out of the user's ~/.ssh, and ask moto once for its 1,400 machines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(
            node_provider, "list_ec2_instances", functools.cache(node_provider.list_ec2_instances)
        )
        yield


@pytest.fixture
def edited(ray_configuration: str) -> Callable[[str, str], str]:
    """Return a function that returns the configuration with one change."""

    def edit(old: str, new: str) -> str:
        assert len(re.findall(old, ray_configuration)) == 1, old
        return re.sub(old, new, ray_configuration)

    return edit


def test_ray_accepts_it_and_creates_nothing_but_a_key(
    ray_configuration: str, outputs: dict[str, str]
) -> None:
    roles = boto3.client("iam").list_roles()["Roles"]
    groups = boto3.client("ec2").describe_security_groups()["SecurityGroups"]
    config = as_ray_up_does(ray_configuration)
    assert boto3.client("iam").list_roles()["Roles"] == roles
    assert boto3.client("ec2").describe_security_groups()["SecurityGroups"] == groups
    written = yaml.safe_load(ray_configuration)["available_node_types"]
    for name, node in config["available_node_types"].items():
        assert node["node_config"].pop("KeyName").startswith("ray-autoscaler_"), "see RayHeadRole"
        assert node["node_config"] == written[name]["node_config"]
        assert node["node_config"]["SecurityGroupIds"] == [outputs["RayNodes"]]
    assert config["cluster_name"] == STACK, "the rights of the head node depend on it"


def test_jobs_run_on_workers_only(ray_configuration: str) -> None:
    types = as_ray_up_does(ray_configuration)["available_node_types"]
    assert types.pop("head")["resources"]["CPU"] == 0
    for node in types.values():
        assert node["resources"]["CPU"] == 16
        assert node["resources"]["memory"] / GIB == pytest.approx(44.8)
        assert node["min_workers"] == 0, "no node runs, and costs, without a job"


@pytest.mark.parametrize("stage", STAGES)
def test_stage_fits_on_a_worker(stage: str, ray_configuration: str) -> None:
    spot = as_ray_up_does(ray_configuration)["available_node_types"]["spot"]["resources"]
    needed = STAGES[stage].resources.memory_mb(0, spot["CPU"], 1)
    assert needed * 1024**2 <= spot["memory"]


def test_spot_nodes_come_first(ray_configuration: str) -> None:
    from ray.autoscaler.v2.instance_manager.config import AutoscalingConfig

    config = AutoscalingConfig(as_ray_up_does(ray_configuration))
    types = config.get_node_type_configs()
    assert types["spot"].priority > types["on-demand"].priority
    assert types["spot"].labels == {"ray.io/market-type": "spot"}
    assert types["on-demand"].labels == {"ray.io/market-type": "on-demand"}


def test_our_policy_accepts_it(ray_configuration: str) -> None:
    assert broken_by_ray(yaml.safe_load(ray_configuration)) == []


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("idle_timeout_minutes: 5", "idle_minutes: 5", "idle_minutes"),
        ("priority: 1 ", "prio: 1 ", "prio"),
        ("max_workers: 16", "max_workers: many", "'many' is not of type 'integer'"),
        ("head_node_type: head", "head_node_type: main", "`?head_node_type`? must be one of|main"),
        ("InstanceType: m7i.xlarge", "InstanceType: m99.xlarge", "m99.xlarge is not available"),
    ],
)  # fmt: skip
def test_ray_refuses(edited, old: str, new: str, refusal: str) -> None:
    with pytest.raises((jsonschema.ValidationError, ValueError, KeyError, AssertionError)) as found:
        as_ray_up_does(edited(old, new))
    assert re.search(refusal, str(found.value)), found.value


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (r"use_internal_ips: true", "use_internal_ips: false", "public address"),
        (r"(?s)HttpTokens: required(.*on-demand:)", r"HttpTokens: optional\1", "head: version 1"),
        (r"(?s)Encrypted: true", "Encrypted: false", "disk is not encrypted"),
        (r"cache_stopped_nodes: false", "cache_stopped_nodes: true", "stopped nodes"),
        (r"(head:\n(?:.*\n)*?) *IamInstanceProfile: .*", r"\1", "head: Ray would make a role"),
        (r"(?s)min_workers: 0(.*spot:)", r"min_workers: 1\1", "without a job"),
        (r"resources: \{CPU: 0\}", "resources: {CPU: 4}", "head: jobs run on it"),
        (r"idle_timeout_minutes: 5", "idle_timeout_minutes: 120", "idle"),
    ],
)
def test_our_policy_refuses(edited, old: str, new: str, refusal: str) -> None:
    broken = broken_by_ray(yaml.safe_load(edited(old, new)))
    assert any(refusal in sentence for sentence in broken), broken


def document_of(profile: str) -> dict[str, Any]:
    """Return the policy document of the role of an instance profile."""
    client = boto3.client("iam")
    (name,) = [
        found["Roles"][0]["RoleName"]
        for found in client.list_instance_profiles()["InstanceProfiles"]
        if found["Arn"] == profile
    ]
    document = client.get_role_policy(RoleName=name, PolicyName="nodes")["PolicyDocument"]
    return ast.literal_eval(str(document))  # moto keeps it as Python writes it


def test_head_node_has_the_rights_of_the_nodes_it_starts(
    ray_configuration: str, outputs: dict[str, str]
) -> None:
    """Compare the launch data of the workers with the conditions of the head node's role."""
    workers = yaml.safe_load(ray_configuration)["available_node_types"]
    head = workers.pop("head")
    assert head["node_config"]["IamInstanceProfile"]["Arn"] == outputs["RayHeadProfile"]
    values = {str(value) for _, value in leaves(document_of(outputs["RayHeadProfile"]))}
    for node in workers.values():
        data = node["node_config"]
        assert data["IamInstanceProfile"]["Arn"] == outputs["RayWorkerProfile"]
        assert outputs["RayWorkerProfile"] in values
        for kind, ids in (("subnet", "SubnetIds"), ("security-group", "SecurityGroupIds")):
            for found in data[ids]:
                assert any(value.endswith(f":{kind}/{found}") for value in values), found
