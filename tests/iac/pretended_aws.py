"""An AWS account in this process: moto, with what ParallelCluster asks for on top."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REGION = "us-east-2"
ZONE, SECOND_ZONE = "us-east-2b", "us-east-2a"  # moto's us-east-2b is use2-az2, which has hpc6a
IMAGE = "aws-parallelcluster-3.16.1-ubuntu-2404-lts-hvm-x86_64-202609010000"


def write_images(path: Path) -> None:
    """Write moto's list of machine images: the one of ParallelCluster that our YAML names."""
    image = {
        "ami_id": "ami-0123456789abcdef0",
        "name": IMAGE,
        "image_location": f"amazon/{IMAGE}",
        "owner_id": "amazon",
        "public": True,
        "state": "available",
        "image_type": "machine",
        "architecture": "x86_64",
        "platform": None,
        "description": "ParallelCluster",
        "root_device_type": "ebs",
        "root_device_name": "/dev/sda1",
        "sriov": "simple",
        "virtualization_type": "hvm",
        "hypervisor": "xen",
    }
    path.write_text(json.dumps([image]))


@contextmanager
def account(folder: Path) -> Iterator[None]:
    """An empty account for the time of the ``with``; no call leaves the machine."""
    write_images(folder / "images.json")
    os.environ.update(
        # moto reads the first two while it is imported.
        MOTO_AMIS_PATH=str(folder / "images.json"),
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID="pretended",
        AWS_SECRET_ACCESS_KEY="pretended",
        AWS_EC2_METADATA_DISABLED="true",
    )
    from moto import mock_aws

    with mock_aws():
        import lustre_in_moto  # noqa: F401

        yield
