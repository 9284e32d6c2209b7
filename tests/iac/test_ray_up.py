"""Run `ray up`, a job on a spot node, and `ray down` on ray.yaml, with EC2 mocked by moto."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from machines import HEAD_KEY, Machines, missing_programs
from moto.core.responses import BaseResponse
from moto.server import ThreadedMotoServer
from policy import leaves
from stack import STACK
from test_ray import as_ray_up_does, document_of

JOB = """
import os, sys, ray
ray.init(sys.argv[1], log_to_driver=False)
task = ray.remote(lambda: ray.get_runtime_context().get_node_id())
node = ray.get(task.options(label_selector={"ray.io/market-type": "spot"}).remote(), timeout=90)
print(*[found["Labels"]["ray.io/market-type"] for found in ray.nodes() if found["NodeID"] == node])
"""


@pytest.fixture
def machines(outputs: dict[str, str]) -> Iterator[Machines]:
    """Start a server of the mocked account, and yield this machine in the role of its instances."""
    if missing := missing_programs():
        reason = f"not installed: {', '.join(missing)} (Debian: openssh-server, rsync)"
        if os.environ.get("READKIN_REQUIRE_CLUSTER"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="ray-up-", dir="/tmp"))  # short, as sockets are in it
    machines = Machines(folder, f"http://127.0.0.1:{server.get_host_and_port()[1]}", port)
    yield machines
    machines.end()
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def actions(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the actions of AWS that the head node calls, as they come."""
    called: set[str] = set()
    original = BaseResponse.call_action

    def call_action(response: BaseResponse) -> object:
        if HEAD_KEY in response.headers.get("Authorization", ""):
            called.add(response._get_action())
        return original(response)

    monkeypatch.setattr(BaseResponse, "call_action", call_action)
    return called


def allowed(profile: str) -> set[str]:
    """Return the actions of EC2 that the role of a profile allows."""
    document = document_of(profile)
    return {
        str(action).removeprefix("ec2:")
        for path, action in leaves(document)
        if "/Action" in path and str(action).startswith("ec2:")
    }


def instances(state: str) -> dict[str, str]:
    """Return market (spot or on-demand) by profile of the cluster's instances in a state."""
    found = boto3.client("ec2").describe_instances(
        Filters=[
            {"Name": "tag:ray-cluster-name", "Values": [STACK]},
            {"Name": "instance-state-name", "Values": [state]},
        ]
    )["Reservations"]
    return {
        instance["IamInstanceProfile"]["Arn"]: instance.get("InstanceLifecycle", "on-demand")
        for reservation in found
        for instance in reservation["Instances"]
    }


def test_ray_up_a_job_on_a_spot_node_and_ray_down(
    machines: Machines,
    ray_configuration: str,
    outputs: dict[str, str],
    actions: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laptop = machines.folder / "laptop"
    monkeypatch.setenv("HOME", str(laptop))
    key = as_ray_up_does(ray_configuration)["auth"]["ssh_private_key"]
    machines.accept(Path(key))
    configuration = machines.configuration(ray_configuration)
    environment = {name: value for name, value in os.environ.items() if name[:4] != "RAY_"}
    environment |= {"PATH": f"{laptop}:{os.environ['PATH']}", "AWS_ENDPOINT_URL": machines.endpoint}

    def ray(*arguments: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ray")), *arguments],
            env=environment, capture_output=True, text=True, timeout=150, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    ray("up", "--yes", "--no-config-cache", str(configuration))
    assert instances("running") == {outputs["RayHeadProfile"]: "on-demand"}
    token = machines.folder / "fsx/readkin/.ray_token"
    assert token.stat().st_mode & 0o077 == 0
    access = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    done = subprocess.run(
        [sys.executable, "-c", JOB, f"127.0.0.1:{machines.port}"],
        env=environment | access, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == "spot\n", done.stdout + done.stderr
    assert instances("running") == {
        outputs["RayHeadProfile"]: "on-demand",
        outputs["RayWorkerProfile"]: "spot",
    }
    ray("down", "--yes", str(configuration))
    assert instances("running") == {}
    calls = machines.calls()
    # Once on the head node; Ray runs the commands of a worker twice.
    mount = f"sudo mount -t lustre -o relatime,flock {outputs['FileSystem']}.fsx.us-east-2"
    assert [line.startswith(mount) for line in calls].count(True) == 3
    bootstrap = f"sudo bash /tmp/bootstrap.sh s3://{outputs['Bucket']}/cluster/readkin.tar.gz"
    assert [line.startswith(bootstrap) for line in calls].count(True) == 1
    assert actions <= allowed(outputs["RayHeadProfile"]), "see RayHeadRole"
    assert {"RunInstances", "CreateTags"} <= actions
