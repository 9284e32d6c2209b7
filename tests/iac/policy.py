"""Our own rules, beyond those of ParallelCluster and cfn-lint; one sentence per broken rule."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

SECRET_KEY = re.compile(r"password|secret|token|privatekey|accesskey", re.IGNORECASE)
# Not a secret: whether the instance metadata service requires session tokens.
METADATA_TOKENS = {"HttpTokens": ("required", "optional"), "ec2:MetadataHttpTokens": ("required",)}
ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")


def is_whole_world(network: str) -> bool:
    """Return whether an address range is unbounded: 0.0.0.0/0, ::/0, or nearly as wide."""
    try:
        return ipaddress.ip_network(network, strict=False).prefixlen < 8
    except ValueError:
        return False


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield all values of nested dicts and lists, each with its path of keys."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from leaves(value, f"{path}/{index}")
    else:
        yield path, tree


def plain_secrets(tree: Any) -> Iterator[str]:
    """Yield a sentence for each value that belongs in Secrets Manager."""
    for path, value in leaves(tree):
        text = str(value)
        if ACCESS_KEY.search(text):
            yield f"{path}: found an access key"
        key = [part for part in path.split("/") if not part.isdigit()][-1]
        if key.startswith("Fn::"):
            key = path.split("/")[-2]
        if value in METADATA_TOKENS.get(key, ()):
            continue
        is_reference = text.startswith(("arn:", "{{resolve:secretsmanager:"))
        if SECRET_KEY.search(key) and isinstance(value, str) and not is_reference:
            yield f"{path}: found a secret in plain text"


def broken_by_cluster(cluster: dict[str, Any]) -> list[str]:
    """Return the rules that a ParallelCluster configuration breaks."""
    broken = list(plain_secrets(cluster))
    scheduling = cluster["Scheduling"]
    pools = cluster.get("LoginNodes", {}).get("Pools", [])
    for name, node in [("HeadNode", cluster["HeadNode"]), *((p["Name"], p) for p in pools)]:
        allowed = node.get("Ssh", {}).get("AllowedIps", "0.0.0.0/0")  # ParallelCluster's default
        if is_whole_world(allowed):
            broken.append(f"{name}: SSH is open to {allowed}")
    if cluster.get("Imds", {}).get("ImdsSupport") != "v2.0":
        broken.append("Imds: version 1 of the instance metadata is allowed")
    if not cluster["HeadNode"].get("Imds", {}).get("Secured"):
        broken.append("HeadNode: every user can read the head node's credentials")
    for path, value in leaves(cluster):
        if path.endswith(("/AssignPublicIp", "/ElasticIp")) and value:
            broken.append(f"{path}: found a public address")
        if path.endswith("/Script") and not str(value).startswith("s3://"):
            broken.append(f"{path}: found a script outside the stack's bucket")
    with_memory = scheduling["SlurmSettings"].get("EnableMemoryBasedScheduling")
    if not with_memory:
        broken.append("Scheduling: without memory-based scheduling jobs can kill each other")
    for queue in scheduling["SlurmQueues"]:
        grouped = queue["Networking"].get("PlacementGroup", {}).get("Enabled")
        for resource in queue["ComputeResources"]:
            if resource.get("Efa", {}).get("Enabled") and not grouped:
                broken.append(f"{queue['Name']}: EFA without placement group")
            if resource.get("MinCount"):
                broken.append(f"{queue['Name']}: nodes that run, and cost, without a job")
        # aws-parallelcluster issue 6641: after a lost spot node such jobs are never restarted.
        if queue["CapacityType"] == "SPOT" and queue.get("JobExclusiveAllocation"):
            broken.append(f"{queue['Name']}: exclusive spot nodes with memory-based scheduling")
    if "project" not in {tag["Key"] for tag in cluster.get("Tags", [])}:
        broken.append("Tags: the tag project is missing, so costs cannot be separated")
    return broken


def broken_by_ray(cluster: dict[str, Any]) -> list[str]:
    """Return the rules that a configuration of `ray up` breaks."""
    broken = list(plain_secrets(cluster))
    if not cluster["provider"].get("use_internal_ips"):
        broken.append("provider: nodes have a public address")
    if cluster["provider"].get("cache_stopped_nodes", True):  # Ray's default
        broken.append("provider: stopped nodes are kept, and cost")
    if not cluster.get("idle_timeout_minutes", 5) <= 15:
        broken.append("idle_timeout_minutes: idle nodes cost more than 15 minutes")
    for name, node in cluster["available_node_types"].items():
        data = node["node_config"]
        if data.get("MetadataOptions", {}).get("HttpTokens") != "required":
            broken.append(f"{name}: version 1 of the instance metadata is allowed")
        disks = data.get("BlockDeviceMappings", [])
        if not disks or not all(disk["Ebs"].get("Encrypted") for disk in disks):
            broken.append(f"{name}: a disk is not encrypted")
        if "IamInstanceProfile" not in data:
            broken.append(f"{name}: Ray would make a role with all rights in EC2 and S3")
        if node.get("min_workers"):
            broken.append(f"{name}: nodes that run, and cost, without a job")
        tags = [tag["Key"] for spec in data.get("TagSpecifications", []) for tag in spec["Tags"]]
        if "project" not in tags:
            broken.append(f"{name}: the tag project is missing, so costs cannot be separated")
    head = cluster["head_node_type"]
    if cluster["available_node_types"][head].get("resources", {}).get("CPU") != 0:
        broken.append(f"{head}: jobs run on it")
    return broken


def of_type(template: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of one type, by logical name."""
    return {
        key: resource.get("Properties", {})
        for key, resource in template["Resources"].items()
        if resource["Type"] == name
    }


def statements_of(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statements that roles and policies allow, each with the logical name."""
    documents = [
        (name, policy["PolicyDocument"])
        for name, policy in of_type(template, "AWS::IAM::ManagedPolicy").items()
    ]
    for name, role in of_type(template, "AWS::IAM::Role").items():
        documents += [(name, policy["PolicyDocument"]) for policy in role.get("Policies", [])]
    for name, document in documents:
        for statement in document["Statement"]:
            yield name, statement


def too_many_rights(template: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each right that reaches beyond what a machine of a cluster needs."""
    for name, statement in statements_of(template):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            if "*" in action:
                yield f"{name}: found {action}, expected single actions"
            if statement["Resource"] == "*" and not action.startswith("ec2:Describe"):
                yield f"{name}: {action} on everything"
            tagged = statement.get("Condition", {}).get("StringEquals", {})
            if (
                action == "ec2:TerminateInstances"
                and "aws:ResourceTag/ray-cluster-name" not in tagged
            ):
                yield f"{name}: {action} of other clusters"
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for arn in map(str, role.get("ManagedPolicyArns", [])):
            if "iam::aws:policy" in arn and "AmazonSSMManagedInstanceCore" not in arn:
                yield f"{name}: found {arn}, expected rights of our own"


def broken_by_template(template: dict[str, Any]) -> list[str]:
    """Return the rules that the CloudFormation template breaks (as cfn-lint decodes it)."""
    broken = [*plain_secrets(template["Resources"]), *too_many_rights(template)]
    rules = [
        (name, rule)
        for name, group in of_type(template, "AWS::EC2::SecurityGroup").items()
        for rule in group.get("SecurityGroupIngress", [])
    ]
    rules += of_type(template, "AWS::EC2::SecurityGroupIngress").items()
    for name, rule in rules:
        source = rule.get("CidrIp", rule.get("CidrIpv6", ""))
        if isinstance(source, str) and is_whole_world(source):
            broken.append(f"{name}: port {rule.get('FromPort')} is open to {source}")
    for name, subnet in of_type(template, "AWS::EC2::Subnet").items():
        if subnet.get("MapPublicIpOnLaunch"):
            broken.append(f"{name}: instances get public addresses")
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        if not all(
            bucket.get("PublicAccessBlockConfiguration", {}).get(key) in (True, "true")
            for key in (
                "BlockPublicAcls",
                "BlockPublicPolicy",
                "IgnorePublicAcls",
                "RestrictPublicBuckets",
            )
        ):
            broken.append(f"{name}: the bucket can be made public")
        if "BucketEncryption" not in bucket:
            broken.append(f"{name}: the bucket is not encrypted")
        if template["Resources"][name].get("DeletionPolicy") != "Retain":
            broken.append(f"{name}: results are deleted with the stack")
    links = of_type(template, "AWS::FSx::DataRepositoryAssociation")
    for name, link in links.items():
        if not str(link.get("FileSystemPath", "")).startswith("/"):
            broken.append(f"{name}: FileSystemPath does not begin with /")
    if not any("AutoExportPolicy" in link.get("S3", {}) for link in links.values()):
        broken.append("FSx: nothing is exported to the bucket")
    budgets = of_type(template, "AWS::Budgets::Budget")
    if not budgets:
        broken.append("Budget: the template has none")
    for name, budget in budgets.items():
        notifications = budget.get("NotificationsWithSubscribers", [])
        subscriber_lists = [entry.get("Subscribers", []) for entry in notifications]
        if not notifications or not all(
            any(s.get("SubscriptionType") == "EMAIL" and s.get("Address") for s in subscribers)
            for subscribers in subscriber_lists
        ):
            broken.append(f"{name}: an alarm has no e-mail address")
    email = template["Parameters"].get("BudgetEmail", {})
    if "Default" in email or "@" not in email.get("AllowedPattern", ""):
        broken.append("BudgetEmail: a stack can be made without an address")
    for name, database in of_type(template, "AWS::RDS::DBInstance").items():
        if database.get("PubliclyAccessible") is not False or not database.get("StorageEncrypted"):
            broken.append(f"{name}: the database is public or not encrypted")
    return broken
