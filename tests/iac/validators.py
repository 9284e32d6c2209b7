"""ParallelCluster's own schema and validators, run against the mocked account."""

import yaml
from marshmallow import ValidationError

# moto cannot answer these two: they try to start instances whose block devices moto does not know.
# In a real account `pcluster create-cluster --dryrun true` runs them.
GAPS_OF_MOTO = {"HeadNodeLaunchTemplateValidator", "ComputeResourceLaunchTemplateValidator"}


def findings(text: str, levels: tuple[str, ...] = ("ERROR",)) -> list[str]:
    """Return ParallelCluster's findings on a configuration, as "Validator: message"."""
    from pcluster.aws.aws_api import AWSApi
    from pcluster.aws.common import AWSClientError, Cache
    from pcluster.schemas.cluster_schema import ClusterSchema

    Cache.clear_all()
    AWSApi.reset()
    try:
        found = ClusterSchema(cluster_name="readkin").load(yaml.safe_load(text)).validate()
    except ValidationError as error:
        return [f"schema: {error}"]
    except AWSClientError as error:
        return [f"AWS: {error}"]
    return [
        f"{finding.validator_type}: {finding.message}"
        for finding in found
        if finding.level.name in levels and finding.validator_type not in GAPS_OF_MOTO
    ]
