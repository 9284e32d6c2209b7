"""How embed_reads is told of its settings."""

import shlex
from collections.abc import Mapping
from typing import Any


def embed_arguments(config: Mapping[str, Any]) -> str:
    """Method, keys and shards as words of the command line."""
    return shlex.join(
        f"--{name.replace('_', '-')}={value}"
        for name, value in config["embed"].items()
        if value is not None
    )
