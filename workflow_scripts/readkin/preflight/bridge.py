"""Check of the bridge to a Slurm cluster, over which the MPI stages of a run on Ray go."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from readkin.preflight.findings import Finding, ok, problem

PROGRAM = "snakemake_executor_plugin_ray.check_door"
WHAT = "Slurm by ssh"
FIX = "docs/ray.md, `MPI stages on a Slurm cluster`, explains the steps and each failure"


class BridgeUse(NamedTuple):
    """How a run reaches the Slurm cluster.

    Attributes:
        host: destination of ssh; "" without bridge.
        ssh: program with options.
        partition: of the MPI stages.
        minutes_to_wait: for a node.
    """

    host: str
    ssh: str
    partition: str
    minutes_to_wait: int


def check_bridge(use: BridgeUse, folders: Sequence[Path]) -> Iterator[Finding]:
    """Yield the results of a small job there and back, which looks for the folders.

    Args:
        use: how to reach the cluster.
        folders: that its nodes must see.
    """
    command = [sys.executable, "-P", "-m", PROGRAM, use.host, "--ssh", use.ssh]
    command += ["--partition", use.partition]
    command += [f"--see={folder.resolve()}" for folder in folders]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60 * use.minutes_to_wait, check=False
        )
    except subprocess.TimeoutExpired:
        yield problem(WHAT, f"no node in {use.minutes_to_wait} minutes", FIX)
        return
    for line in done.stdout.splitlines():
        yield ok(WHAT, line)
    if done.returncode:
        yield problem(WHAT, " ".join(done.stderr.split()), FIX)
