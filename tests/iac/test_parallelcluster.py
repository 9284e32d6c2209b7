"""Check parallelcluster.yaml with ParallelCluster's schema and validators, and with our policy."""

import re

import pytest
import yaml
from policy import broken_by_cluster
from stack import CLUSTER
from validators import GAPS_OF_MOTO, findings

# There is no key pair: users log in through Session Manager.
EXPECTED = {"KeyPairValidator"}

ACCOUNTING = {
    "DatabaseAddress": "readkin.abc.us-east-2.rds.amazonaws.com:3306",
    "DatabasePassword": "arn:aws:secretsmanager:us-east-2:123456789012:secret:Password-AbCdEf",
}


def edited(text: str, old: str, new: str) -> str:
    """Return the configuration with one change; the replaced text must occur once."""
    assert len(re.findall(old, text)) == 1, old
    return re.sub(old, new, text)


@pytest.fixture(scope="session")
def with_accounting(outputs: dict[str, str]) -> str:
    """Return the configuration of a stack with the accounting database."""
    import boto3
    from prepare_cluster import fill_in

    text = (CLUSTER / "parallelcluster.yaml").read_text()
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="password", SecretString="mocked")["ARN"]
    return fill_in(text, outputs | ACCOUNTING | {"DatabasePassword": arn}, "parallelcluster.yaml")


def test_parallelcluster_accepts_it(configuration: str) -> None:
    found = findings(configuration, ("ERROR", "WARNING"))
    assert {finding.split(":")[0] for finding in found} == EXPECTED, found


def test_parallelcluster_accepts_it_with_accounting(with_accounting: str) -> None:
    database = yaml.safe_load(with_accounting)["Scheduling"]["SlurmSettings"]["Database"]
    assert database["Uri"] == ACCOUNTING["DatabaseAddress"]
    found = findings(with_accounting, ("ERROR", "WARNING"))
    assert {finding.split(":")[0] for finding in found} == EXPECTED, found


def test_without_accounting_there_is_no_database(configuration: str) -> None:
    assert "Database" not in yaml.safe_load(configuration)["Scheduling"]["SlurmSettings"]


def test_our_policy_accepts_it(configuration: str, with_accounting: str) -> None:
    assert broken_by_cluster(yaml.safe_load(configuration)) == []
    assert broken_by_cluster(yaml.safe_load(with_accounting)) == []


def test_left_out_validators_fail_only_because_moto_lacks_a_field(configuration: str) -> None:
    """Fail as soon as moto supports the field; then shorten GAPS_OF_MOTO."""
    from pcluster.schemas.cluster_schema import ClusterSchema

    found = ClusterSchema(cluster_name="readkin").load(yaml.safe_load(configuration)).validate()
    gaps = {f.validator_type: f.message for f in found if f.validator_type in GAPS_OF_MOTO}
    assert set(gaps) == GAPS_OF_MOTO
    assert all("must contain the parameter ebs" in message for message in gaps.values())


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        # The schema.
        ("EnableMemoryBasedScheduling", "EnableMemoryScheduling", r"schema: .*Unknown field"),
        ("Scheduler: slurm", "Scheduler: awsbatch", r"schema: .*Scheduler.*Must be one of"),
        (
            "AllocationStrategy: lowest-price",
            "AllocationStrategy: cheap",
            r"schema: .*AllocationStrategy",
        ),
        ("ImdsSupport: v2.0", "ImdsSupport: v3.0", r"schema: .*ImdsSupport"),
        ("Os: ubuntu2404", "Os: ubuntu2004", r"schema: .*Os.*Must be one of"),
        # The validators.
        ("hpc6a.48xlarge", "hpc9z.48xlarge", r"hpc9z.48xlarge"),
        ("hpc6a.48xlarge", "c7i.4xlarge", r"EfaValidator: .*does not support EFA"),
        ("PlacementGroup:\n          Enabled: true", "", r"EfaPlacementGroupValidator: "),
        ("InstanceType: m6a.4xlarge", "InstanceType: m7g.4xlarge", r"arm64"),
        ("InstanceType: m6a.4xlarge", "InstanceType: m6a.2xlarge", r"InstancesCPUValidator: "),
        (
            "Name: mpi\n      CapacityType: ONDEMAND",
            "Name: mpi\n      CapacityType: SPOT",
            r"CapacityTypeValidator: .*hpc6a",
        ),
        ("MinJobAge: 86400", "SuspendTime: 60", r"SlurmSettings.*: .*not allowed: SuspendTime"),
        ("Name: gpu", "Name: GPU", r"NameValidator: "),
        ("FileSystemId: fs-", "FileSystemId: fs-00000", r"schema: .*FileSystemId"),
        ("MaxCount: 16", "MaxCount: 0", r"schema: .*MaxCount"),
        ("MountDir: /fsx", "MountDir: /opt/slurm", r"SharedStorageMountDirValidator: "),
    ],
)
def test_parallelcluster_refuses(configuration: str, old: str, new: str, refusal: str) -> None:
    found = findings(edited(configuration, old, new))
    assert any(re.search(refusal, finding, re.DOTALL) for finding in found), found


def test_parallelcluster_refuses_password_in_plain_text(with_accounting: str) -> None:
    text = edited(with_accounting, "PasswordSecretArn: .*", "PasswordSecretArn: hunter2")
    (found,) = findings(text)
    assert re.search(r"schema: .*PasswordSecretArn.*pattern", found)
    assert any("plain text" in broken for broken in broken_by_cluster(yaml.safe_load(text)))


def test_parallelcluster_names_a_script_that_is_not_uploaded(configuration: str) -> None:
    text = edited(configuration, "/cluster/bootstrap.sh", "/cluster/other.sh")
    found = findings(text, ("ERROR", "WARNING"))
    assert any("other.sh" in finding for finding in found), found


def test_parallelcluster_refuses_two_subnets_of_one_zone(
    configuration: str, outputs: dict[str, str]
) -> None:
    text = edited(configuration, outputs["SecondPrivateSubnet"], outputs["PrivateSubnet"])
    assert any("QueueSubnetsValidator" in finding for finding in findings(text))


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (r"AllowedIps: \S+  #", "AllowedIps: 0.0.0.0/0  #", "HeadNode: SSH is open to 0.0.0.0/0"),
        (r"AllowedIps: \S+\n      Iam", "KeyName: k\n      Iam", "login: SSH is open to 0.0.0.0/0"),
        ("ImdsSupport: v2.0", "ImdsSupport: v1.0", "Imds: version 1"),
        ("Secured: true", "Secured: false", "HeadNode: every user"),
        (
            r"PlacementGroup:\n          Enabled: true",
            "PlacementGroup:\n          Enabled: false",
            "mpi: EFA without placement group",
        ),
        (r"SubnetId: (\S+)  # no", r"SubnetId: \1\n    ElasticIp: true  # no", "public address"),
        ("EnableMemoryBasedScheduling: true", "EnableMemoryBasedScheduling: false", "memory"),
        (
            "Name: spot\n",
            "Name: spot\n      JobExclusiveAllocation: true\n",
            "spot: exclusive spot nodes",
        ),
        ("MaxCount: 16", "MaxCount: 16\n          MinCount: 1", "spot: nodes that run, and cost"),
        (r"Script: s3://\S+", "Script: https://example.org/x.sh", "outside the stack's bucket"),
        ("- ubuntu\n", "- AKIAABCDEFGHIJKLMNOP\n", "access key"),
        ("Key: project", "Key: colour", "the tag project is missing"),
    ],
)
def test_our_policy_refuses(configuration: str, old: str, new: str, refusal: str) -> None:
    text = edited(configuration, old, new)
    broken = broken_by_cluster(yaml.safe_load(text))
    assert len(broken) == 1, broken
    assert refusal in broken[0]
