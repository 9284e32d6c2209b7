"""Connection of Snakemake's process to a Ray cluster, or to a Ray of its own on this machine.

Ray reads its RAY_* variables when it is imported, so they are set here before.
"""

import contextlib
import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_ray import janitor

AUTO = "auto"
ADDRESS_FILE = "ray/ray_current_cluster"  # written by `ray start` below $TMPDIR
SECONDS_TO_ANSWER = 10.0
SECONDS_TO_START = 180.0
LONGEST_FOLDER = 16  # the path of Ray's sockets is limited to 107 bytes
OBJECT_STORE_BYTES = 100 << 20  # jobs exchange files, not objects
OF_ANOTHER_RAY = (
    "RAY_ADDRESS",
    "RAY_NAMESPACE",
    "RAY_CLIENT_MODE",
    "RAY_RUNTIME_ENV_HOOK",
    "RAY_JOB_CONFIG_JSON_ENV_VAR",
)
DEFAULTS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    # A job that ran out of memory fails, so that Snakemake can request more; Ray would repeat it.
    "RAY_task_oom_retries": "0",
}
DEFAULTS_OF_OWN = {
    "RAY_AUTH_MODE": "token",
    # ray.init would wait for as many workers as CPUs, and replaces none that starts slowly.
    "RAY_prestart_worker_first_driver": "0",
    "RAY_worker_register_timeout_seconds": "300",
}
_JANITORS: list[subprocess.Popen[bytes]] = []  # their pipes end with this process
CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def connect(address: str | None, cpus: int, environment: Any = os.environ) -> Any:
    """Return the ray module, connected.

    Args:
        address: ``host:port``, ``auto`` for the cluster of this machine, None for a Ray of its own.
        cpus: CPUs of an own Ray.
        environment: variables of this process.

    Raises:
        WorkflowError: no Ray answers, or the own one does not start.
    """
    _set(environment, DEFAULTS)
    if address is None:
        return _started(cpus, environment)
    target = _reachable(address, environment)
    import ray

    try:
        with contextlib.chdir(os.sep):  # workers import from the driver's working directory
            ray.init(address=target, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise WorkflowError(f"Ray at {target} refused the connection: {_line(error)}") from error
    return ray


def granted_cpus() -> int:
    """Return the number of CPUs that this process may use."""
    return len(os.sched_getaffinity(0))


def granted_memory() -> int:
    """Return the memory of this machine in bytes, or the limit of its container."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):
            sizes.append(int(Path(path).read_text()))
    return min(sizes)


def _started(cpus: int, environment: Any) -> Any:
    for name in OF_ANOTHER_RAY:
        environment.pop(name, None)
    _set(environment, DEFAULTS_OF_OWN)
    environment.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray

    temporary = tempfile.gettempdir()
    parent = temporary if len(temporary) <= LONGEST_FOLDER else "/tmp"
    folder = tempfile.mkdtemp(prefix="snakemake-ray-", dir=parent)
    cleaning = subprocess.Popen(
        [sys.executable, "-I", "-S", janitor.__file__, folder, str(SECONDS_TO_START)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert cleaning.stdin is not None
    try:
        with contextlib.chdir(folder):
            ray.init(
                address="local",
                num_cpus=cpus,
                _memory=max(granted_memory() - OBJECT_STORE_BYTES, 0),
                object_store_memory=OBJECT_STORE_BYTES,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _temp_dir=folder,
            )
    except Exception as error:
        cleaning.stdin.close()
        raise WorkflowError(f"Ray did not start on this machine: {_line(error)}") from error
    cleaning.stdin.write(b".")
    cleaning.stdin.flush()
    _JANITORS.append(cleaning)
    return ray


def _set(environment: Any, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        environment.setdefault(name, value)


def _reachable(address: str, environment: Mapping[str, str]) -> str:
    """Return ``host:port`` after a connection to it; ray.init waits for minutes where none answers.

    Raises:
        WorkflowError: no address is known, or nothing answers there.
    """
    target = address
    if address == AUTO:
        target = environment.get("RAY_ADDRESS", "")
        with contextlib.suppress(OSError):
            folder = environment.get("RAY_TMPDIR", tempfile.gettempdir())
            target = target or (Path(folder) / ADDRESS_FILE).read_text().strip()
        if not target:
            raise WorkflowError(
                "Found no Ray on this machine for --ray-address auto: start one with `ray start`, "
                "set RAY_ADDRESS, or use no --ray-address for an own Ray."
            )
    host, _, port = target.rpartition(":")
    if not (host and port.isdecimal()):
        raise WorkflowError(f'--ray-address: found "{target}", expected auto or HOST:PORT')
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise WorkflowError(f"No Ray answers at {target}: {error}") from error
    return target


def _line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
