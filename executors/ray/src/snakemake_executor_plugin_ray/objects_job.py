"""Job on a Slurm cluster that shares no file system with this machine: its payload is URIs.

    python -m snakemake_executor_plugin_ray.objects_job HOST --name NAME --folder /scratch \\
        --fetch s3://b/in.h5=in.h5 --publish out.h5=s3://b/run/out.h5 \\
        --manifest s3://b/run/manifest.json --option=--partition=mpi -- COMMAND ...

The job fetches its inputs to a new folder below --folder, runs the command there, and publishes its
outputs (objects.py, which travels in the job's script). The URI of the manifest is printed when the
job has ended well. The same command given again while the job runs waits for the same job, unless
an input has changed meanwhile. The Python of the job needs boto3, and the node rights for the
buckets.
"""

import argparse
import asyncio
import hashlib
import re
import shlex
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_ray import bridge, objects


def submission_of(arguments: argparse.Namespace, store: objects.Store) -> dict[str, Any]:
    """Return the fields of the door's question ``submit``.

    Raises:
        ObjectsError: an input is missing.
    """
    for _, uri in arguments.publish:
        objects.parsed(uri)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", arguments.name)[:60]
    key = f"objects-{name}-{hashlib.sha256(arguments.manifest.encode()).hexdigest()[:16]}"
    folder = f"{arguments.folder}/{key}"
    words = [arguments.python, "-I", "-c", Path(objects.__file__).read_text(), "--folder", folder]
    words += [f"--fetch={uri}={path}" for uri, path in arguments.fetch]
    words += [f"--publish={path}={uri}" for path, uri in arguments.publish]
    words += ["--manifest", arguments.manifest, "--", *arguments.command]
    script = f"{arguments.setup}\n{shlex.join(words)}" if arguments.setup else shlex.join(words)
    digest = hashlib.sha256(script.encode())
    for uri, path in objects.fetches(store, arguments.fetch):
        known = store.look(uri)
        digest.update(repr((path, uri, known.size, known.etag)).encode())
    return {
        "key": key,
        "asked": uuid.uuid4().hex,
        "digest": digest.hexdigest(),
        "folder": arguments.folder,
        "options": ["--requeue", *arguments.option],
        "script": script,
    }


async def run_job(command: Sequence[str], host: str, job: dict[str, Any], patience: float) -> str:
    """Run a job to its end; return Slurm's id.

    Raises:
        BridgeError: it did not end well, with the last lines of its output.
    """
    end = await bridge.Bridge(command, host, patience).run(job)
    if problem := end.get("problem"):
        raise bridge.BridgeError(problem)
    if end["state"] != "COMPLETED":
        code = f", exit code {end['exit']}" if end["exit"] else ""
        lines = str(end.get("lines", "")).rstrip()
        raise bridge.BridgeError(f"Slurm job {end['job']} on {host}: {end['state']}{code}\n{lines}")
    return str(end["job"])


def main(argv: Sequence[str] | None = None) -> int:
    """Run a job with objects; print the URI of its manifest, and return 0 if it ended well."""
    parser = argparse.ArgumentParser(description="Run a command on a Slurm cluster, on objects.")
    parser.add_argument("host", help="destination of ssh, where the door is installed")
    parser.add_argument("--name", default="job", help="part of the name of the Slurm job")
    parser.add_argument(
        "--folder", required=True, help="on the cluster, absolute; all nodes of the job must see it"
    )
    parser.add_argument(
        "--option", action="append", default=[], help="of sbatch: --option=--nodes=2"
    )
    parser.add_argument("--python", default="python3", help="of the job, with boto3 (%(default)s)")
    parser.add_argument("--setup", default="", help="shell commands before it, such as exports")
    parser.add_argument("--ssh", default="ssh", help="program with options (%(default)s)")
    parser.add_argument("--patience", type=float, default=600, help="seconds (%(default)g)")
    objects.add_object_arguments(parser)
    arguments = parser.parse_args(argv)
    host = arguments.host
    try:
        command = bridge.ssh_command(host, arguments.ssh)
        job = submission_of(arguments, objects.Store())
        number = asyncio.run(run_job(command, host, job, arguments.patience))
    except (bridge.BridgeError, objects.ObjectsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"Slurm job {number} on {host} has published its outputs\n")
    sys.stdout.write(f"{arguments.manifest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
