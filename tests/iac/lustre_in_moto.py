"""FSx file systems for moto's CloudFormation, each with a network interface like real ones.

moto 5.2.5 makes them through the API only, without an interface and with ids that are too short.
Importing this module is enough: moto finds the class among the subclasses of CloudFormationModel.
"""

import uuid
from typing import Any

import boto3
from moto.core.common_models import CloudFormationModel
from moto.fsx.models import FileSystem, fsx_backends


class LustreFileSystem(FileSystem, CloudFormationModel):
    """moto's model of AWS::FSx::FileSystem."""

    __module__ = "moto.fsx.models"  # moto's metaclass takes the service's name from it
    interface_id = ""
    vpc_id = ""

    @property
    def physical_resource_id(self) -> str:
        return self.file_system_id

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "LustreMountName"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        assert attribute_name == "LustreMountName"
        return "abcdefgh"

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::FSx::FileSystem"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> "LustreFileSystem":
        properties = cloudformation_json["Properties"]
        backend = fsx_backends[account_id][region_name]
        made = cls(
            account_id,
            region_name,
            properties["FileSystemType"],
            int(properties["StorageCapacity"]),
            properties["StorageType"],
            properties["SubnetIds"],
            properties["SecurityGroupIds"],
            None,
            None,
            None,
            properties["LustreConfiguration"],
            None,
            None,
            backend,
        )
        made.file_system_id = f"fs-{uuid.uuid4().hex[:17]}"
        interface = boto3.client("ec2", region_name).create_network_interface(
            SubnetId=properties["SubnetIds"][0], Groups=properties["SecurityGroupIds"]
        )["NetworkInterface"]
        made.interface_id, made.vpc_id = interface["NetworkInterfaceId"], interface["VpcId"]
        backend.file_systems[made.file_system_id] = made
        return made

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {
            "NetworkInterfaceIds": [self.interface_id],
            "VpcId": self.vpc_id,
        }
