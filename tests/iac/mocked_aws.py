"""A mocked AWS account in this process: moto, plus the machine image ParallelCluster looks up."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REGION = "us-east-2"
ZONE, SECOND_ZONE = "us-east-2b", "us-east-2a"  # moto's us-east-2b is use2-az2, which has hpc6a
IMAGE = "aws-parallelcluster-3.16.1-ubuntu-2404-lts-hvm-x86_64-202609010000"


def write_images(path: Path) -> None:
    """Write moto's list of machine images: only the one that parallelcluster.yaml uses."""
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
    """Mock an empty account inside the ``with`` block; no call leaves the machine."""
    write_images(folder / "images.json")
    os.environ.update(
        # moto reads the first two when it is imported.
        MOTO_AMIS_PATH=str(folder / "images.json"),
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID="mocked",
        AWS_SECRET_ACCESS_KEY="mocked",
        AWS_EC2_METADATA_DISABLED="true",
    )
    from moto import mock_aws

    with mock_aws():
        import lustre_in_moto  # noqa: F401

        yield
