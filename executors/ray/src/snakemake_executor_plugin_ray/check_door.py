"""Check of a bridge: asks the door of a Slurm cluster, and runs one small job there and back.

python -m snakemake_executor_plugin_ray.check_door HOST --partition NAME [--see PATH]
"""

import argparse
import asyncio
import getpass
import re
import shlex
import sys
import uuid
from collections.abc import Sequence
from typing import Any

from snakemake_executor_plugin_ray import bridge


def check(arguments: argparse.Namespace) -> int:
    """Ask the door, and run a small job; print what was found."""
    host = arguments.host
    try:
        command = bridge.ssh_command(host, arguments.ssh)
        hello = asyncio.run(bridge.ask(command, host, "hello"))
        sys.stdout.write(
            f"{host}: the door of {hello['host']} answers; {hello['slurm']}, partitions "
            f"{', '.join(hello['partitions'])}\n"
        )
        end = asyncio.run(_there_and_back(command, arguments))
    except (bridge.BridgeError, bridge.AwayError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if problem := end.get("problem"):
        sys.stderr.write(f"{problem}\n")
        return 1
    said = " ".join(end.get("lines", "").split())
    if end["state"] != "COMPLETED":
        sys.stderr.write(f"{host}: Slurm job {end['job']} ended as {end['state']}: {said}\n")
        return 1
    sys.stdout.write(f"{host}: Slurm job {end['job']} ran on {said}\n")
    return 0


async def _there_and_back(command: Sequence[str], arguments: argparse.Namespace) -> dict[str, Any]:
    name = re.sub(r"\W", "_", getpass.getuser(), flags=re.ASCII)
    lines = ["hostname"]
    for path in map(shlex.quote, arguments.see):
        lines.append(f"[ -e {path} ] || {{ echo does not see {path}; exit 1; }}")
    partition = [f"--partition={arguments.partition}"] if arguments.partition else []
    job = {
        "key": f"check-{name}-{uuid.uuid4().hex[:8]}",
        "asked": uuid.uuid4().hex,
        "digest": uuid.uuid4().hex,
        "folder": "/",
        "options": ["--time=5", *partition],
        "script": "\n".join(lines),
    }
    return await bridge.Bridge(command, arguments.host, patience=60).run(job)


def main(argv: Sequence[str] | None = None) -> int:
    """Check a bridge; return the exit code."""
    parser = argparse.ArgumentParser(description="Ask the door of a Slurm cluster, and run a job.")
    parser.add_argument("host", help="destination of ssh")
    parser.add_argument("--partition", default="", help="of the job; default: that of the cluster")
    parser.add_argument("--ssh", default="ssh", help="program with options (%(default)s)")
    parser.add_argument(
        "--see", action="append", default=[], metavar="PATH", help="that the job must see"
    )
    return check(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
