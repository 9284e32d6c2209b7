"""Prepare `pcluster create-cluster` from a stack of network-and-storage.cfn.yaml.

Uploads the bootstrap script and readkin (as committed) to the stack's bucket, and writes the
cluster's configuration: parallelcluster.yaml with the stack's outputs filled in.

    python cluster/prepare_cluster.py STACK --region us-east-2
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
MARK = re.compile(r"\s*# only with (\w+)$")
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class PreparationError(Exception):
    """A missing prerequisite; its message contains what was found, expected and what to do."""


def fill_in(text: str, outputs: dict[str, str]) -> str:
    """Return the configuration with the outputs in place of their placeholders.

    Lines marked ``# only with NAME`` are omitted if there is no output NAME.

    Raises:
        PreparationError: if a placeholder has no output.
    """
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        condition = MARK.search(line)
        if condition:
            if condition[1] not in outputs:
                continue
            line = line[: condition.start()]
        if not line.lstrip().startswith("#"):
            for name in PLACEHOLDER.findall(line):
                if name not in outputs:
                    raise PreparationError(
                        f"parallelcluster.yaml:{number}: found the placeholder {name}, expected "
                        f"an output of the stack ({', '.join(sorted(outputs))}); update the stack"
                    )
            line = PLACEHOLDER.sub(lambda match: outputs[match[1]], line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def outputs_of(stack: str, session: boto3.Session) -> dict[str, str]:
    """Return the stack's outputs by name.

    Raises:
        PreparationError: if there is no such stack, or it is not complete.
    """
    try:
        (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        raise PreparationError(
            f"{stack}: found no stack ({error}), expected one of network-and-storage.cfn.yaml; "
            "check name, --region and credentials"
        ) from error
    if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise PreparationError(
            f"{stack}: found the stack in state {found['StackStatus']}, expected CREATE_COMPLETE "
            "or UPDATE_COMPLETE; wait, or check its events"
        )
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def upload(bucket: str, session: boto3.Session) -> None:
    """Upload bootstrap.sh and the committed state of this clone to the bucket's cluster/ folder."""
    client = session.client("s3")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "readkin.tar.gz")
        made = subprocess.run(
            ["git", "archive", "--format=tar.gz", f"--output={archive}", "HEAD"],
            cwd=CLUSTER.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise PreparationError(
                f"{CLUSTER.parent}: found no git clone ({made.stderr.strip()}), expected one; "
                "run this from a clone of readkin"
            )
        client.upload_file(str(archive), bucket, "cluster/readkin.tar.gz")
    client.upload_file(str(CLUSTER / "bootstrap.sh"), bucket, "cluster/bootstrap.sh")


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stack", help="name of the CloudFormation stack")
    parser.add_argument("--region", help="default: the one of your AWS configuration")
    parser.add_argument("--output", type=Path, default=Path("readkin-cluster.yaml"))
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    arguments = parse_arguments(argv)
    session = boto3.Session(region_name=arguments.region)
    try:
        outputs = outputs_of(arguments.stack, session)
        configuration = fill_in((CLUSTER / "parallelcluster.yaml").read_text(), outputs)
        upload(outputs["Bucket"], session)
    except PreparationError as error:
        sys.stderr.write(f"prepare_cluster: {error}\n")
        return 1
    arguments.output.write_text(configuration)
    sys.stdout.write(
        f"Uploaded bootstrap.sh and readkin as committed to s3://{outputs['Bucket']}/cluster/\n"
        f"Wrote {arguments.output}. Next:\n"
        f"  pcluster create-cluster --cluster-name {arguments.stack} --region {outputs['Region']} "
        f"--cluster-configuration {arguments.output}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
