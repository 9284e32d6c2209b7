"""Prepare a stack of network-and-storage.cfn.yaml for `pcluster create-cluster` or `ray up`.

Uploads the bootstrap script and the committed state of readkin to the stack's bucket, and writes
the cluster's configuration: parallelcluster.yaml, or ray.yaml, with the stack's outputs filled in.

    python cluster/prepare_cluster.py STACK --region us-east-2
    python cluster/prepare_cluster.py STACK --region us-east-2 --ray
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

CLUSTER = Path(__file__).resolve().parent
# Machine image of the Ray nodes, the same as that of ParallelCluster's nodes.
IMAGE = "aws-parallelcluster-3.16.1-ubuntu-2404-lts-hvm-x86_64-*"
CONDITION = re.compile(r"\s*# only with (\w+)$")
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class PreparationError(Exception):
    """A missing prerequisite; the message contains what was found, expected and what to do."""


def fill_in(text: str, outputs: dict[str, str], name: str) -> str:
    """Return the configuration with its placeholders replaced by the stack's outputs.

    Args:
        text: a configuration; lines marked ``# only with NAME`` are dropped if the stack has
            no output NAME.
        outputs: values by name.
        name: file name of the configuration, for messages.

    Raises:
        PreparationError: a placeholder has no output.
    """
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        condition = CONDITION.search(line)
        if condition:
            if condition[1] not in outputs:
                continue
            line = line[: condition.start()]
        if not line.lstrip().startswith("#"):
            for key in PLACEHOLDER.findall(line):
                if key not in outputs:
                    raise PreparationError(
                        f"{name}:{number}: found the placeholder {key}, expected "
                        f"an output of the stack ({', '.join(sorted(outputs))}); update the stack"
                    )
            line = PLACEHOLDER.sub(lambda match: outputs[match[1]], line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def outputs_of(stack: str, session: boto3.Session) -> dict[str, str]:
    """Return the stack's outputs by name.

    Raises:
        PreparationError: the stack does not exist or is not complete.
    """
    try:
        (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        raise PreparationError(
            f"{stack}: found no stack ({error}), expected one of network-and-storage.cfn.yaml; "
            "check the name, --region and your credentials"
        ) from error
    if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise PreparationError(
            f"{stack}: found the stack in state {found['StackStatus']}, expected CREATE_COMPLETE "
            "or UPDATE_COMPLETE; wait, or read its events"
        )
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def newest_image(session: boto3.Session) -> str:
    """Return the id of the newest machine image with the name IMAGE.

    Raises:
        PreparationError: the region has no such image.
    """
    try:
        found = session.client("ec2").describe_images(
            Owners=["amazon"], Filters=[{"Name": "name", "Values": [IMAGE]}]
        )["Images"]
    except (ClientError, BotoCoreError) as error:
        raise PreparationError(
            f"{IMAGE}: found no answer of EC2 ({error}), expected images; "
            "check --region and your credentials"
        ) from error
    if not found:
        raise PreparationError(
            f"{IMAGE}: found no machine image, expected one of amazon; check --region"
        )
    return max(found, key=lambda image: image["CreationDate"])["ImageId"]


def upload(bucket: str, session: boto3.Session) -> None:
    """Upload bootstrap.sh and the committed state of this clone to the bucket's cluster/ folder.

    Raises:
        PreparationError: the code is not in a git clone.
    """
    client = session.client("s3")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "readkin.tar.gz")
        archiving = subprocess.run(
            ["git", "archive", "--format=tar.gz", f"--output={archive}", "HEAD"],
            cwd=CLUSTER.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if archiving.returncode:
            raise PreparationError(
                f"{CLUSTER.parent}: found no git clone ({archiving.stderr.strip()}), expected one; "
                "run this from a clone of readkin"
            )
        client.upload_file(str(archive), bucket, "cluster/readkin.tar.gz")
    client.upload_file(str(CLUSTER / "bootstrap.sh"), bucket, "cluster/bootstrap.sh")


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stack", help="name of the CloudFormation stack")
    parser.add_argument("--region", help="AWS region; default: that of your AWS configuration")
    parser.add_argument(
        "--ray", action="store_true", help="prepare ray.yaml for `ray up`, not parallelcluster.yaml"
    )
    parser.add_argument(
        "--output",
        type=Path,
        help="configuration to write; default: readkin-cluster.yaml, with --ray readkin-ray.yaml",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    arguments = parse_arguments(argv)
    session = boto3.Session(region_name=arguments.region)
    name = "ray.yaml" if arguments.ray else "parallelcluster.yaml"
    output = arguments.output or Path(f"readkin-{'ray' if arguments.ray else 'cluster'}.yaml")
    try:
        outputs = outputs_of(arguments.stack, session)
        values = outputs | ({"Image": newest_image(session)} if arguments.ray else {})
        configuration = fill_in((CLUSTER / name).read_text(), values, name)
        upload(outputs["Bucket"], session)
    except PreparationError as error:
        sys.stderr.write(f"prepare_cluster: {error}\n")
        return 1
    output.write_text(configuration)
    create = (
        f"ray up {output}"
        if arguments.ray
        else f"pcluster create-cluster --cluster-name {arguments.stack} "
        f"--region {outputs['Region']} --cluster-configuration {output}"
    )
    sys.stdout.write(
        f"Uploaded bootstrap.sh and the committed state of readkin to s3://{outputs['Bucket']}/cluster/\n"
        f"Wrote {output}. To create the cluster:\n  {create}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
