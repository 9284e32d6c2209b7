"""Start of Ray within a limited time, or the way into the Ray cluster of which this is a job.

Ray 2.60 can wait forever in ``ray.init``: the first driver is registered only when as many workers
as CPUs have started, and a worker that needs more than 60 s is killed and not replaced
(ray-project/ray issue 40131). ``set_environment`` turns this wait off. Ray itself limits the start
of its servers to about 30 s each; a start that fails is tried once more. A watchdog ends whatever
waits longer (ray_watchdog.py).

Snakemake's executor for Ray (executors/ray) names its cluster in SNAKEMAKE_RAY_ADDRESS. A job with
this variable joins that cluster; without it, it starts a Ray of its own, whatever RAY_ADDRESS is.
"""

import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from readkin.errors import InputError
from readkin.parallel import ray_watchdog

SECONDS_TO_START = 120.0  # of Ray's servers, one try
SECONDS_TO_START_WORKERS = 300.0  # they import the function's modules, on a cold disk
TRIES = 2
# Where a user of Ray, or a job of another Ray, has set them, ray.init would join that Ray.
OF_ANOTHER_RAY = (
    "RAY_ADDRESS",
    "RAY_NAMESPACE",
    "RAY_CLIENT_MODE",
    "RAY_RUNTIME_ENV_HOOK",
    "RAY_JOB_CONFIG_JSON_ENV_VAR",
)
CLUSTER, OF_CLUSTER = "SNAKEMAKE_RAY_ADDRESS", "SNAKEMAKE_RAY_AUTH_"
SECONDS_TO_ANSWER = 20.0
WHAT_TO_DO = "free memory and CPUs of this machine and run this again, or use --workers 0"

log = logging.getLogger("readkin")


class RayStartError(InputError):
    """Ray or its workers did not start."""

    is_retryable = True


@contextmanager
def ray_session(workers: int) -> Iterator[Any]:
    """Yield the ray module, connected to the cluster to join, or to a new Ray of ``workers`` CPUs.

    If this process is connected to a Ray already, that one is used.

    Ray counts the host's CPUs, not those that Slurm or taskset grant, so the number is always
    given. Its sockets need a short folder (107 bytes for the whole path), which a work directory
    seldom is.

    Raises:
        RayStartError: if Ray does not start.
    """
    set_environment()
    import ray

    if ray.is_initialized():
        yield ray
        return
    if address := cluster_to_join():
        join_ray(ray, address)
        try:
            yield ray
        finally:
            ray.shutdown()
        return
    log.info("starting Ray with %d workers", workers)
    for number in range(1, TRIES + 1):
        with tempfile.TemporaryDirectory(
            prefix="readkin-ray-", dir=short_folder(), ignore_cleanup_errors=True
        ) as folder:
            try:
                start_ray(ray, workers, folder)
            except Exception as error:  # Ray raises Exception itself
                ray.shutdown()
                ray_watchdog.kill_processes_of(folder)
                if number == TRIES:
                    raise start_error(f"{TRIES} failures ({first_line(error)})") from error
                log.warning("Ray did not start (%s); trying again", first_line(error))
                continue
            try:
                yield ray
            finally:
                ray.shutdown()
            return


def cluster_to_join() -> str | None:
    """Return the address of the Ray cluster of which this process is a job; None if of none."""
    return os.environ.get(CLUSTER)


def start_ray(ray: Any, workers: int, folder: str) -> None:
    """Start Ray with its files in ``folder``; the watchdog ends this process if it hangs."""
    with watchdog(folder):
        ray.init(
            address="local",
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
            _temp_dir=folder,
        )


def join_ray(ray: Any, address: str) -> None:
    """Connect to a running cluster; the watchdog ends this process if that hangs.

    Raises:
        RayStartError: if it does not answer, or refuses the connection.
    """
    log.info("joining the Ray cluster at %s", address)
    host, _, port = address.rpartition(":")
    with tempfile.TemporaryDirectory(dir=short_folder()) as folder:
        try:
            socket.create_connection((host, int(port)), SECONDS_TO_ANSWER).close()
            with watchdog(folder):
                ray.init(address=address, log_to_driver=False, configure_logging=False)
        except Exception as error:  # Ray raises Exception itself
            found = f"no answer of {address} ({first_line(error)})"
            raise RayStartError(CLUSTER, found, "a running Ray", "start the run again") from error


@contextmanager
def watchdog(folder: str) -> Iterator[None]:
    """End this process, and those with ``folder`` on their command line, if the block hangs.

    Ray puts the working folder first on the import path of its workers, so that the block runs in
    an empty one.
    """
    error = start_error(f"no answer in {SECONDS_TO_START:.0f} s")
    words = [folder, str(SECONDS_TO_START), f"{Path(sys.argv[0]).stem}: {error}"]
    program = [sys.executable, "-I", "-S", ray_watchdog.__file__, *words]
    with subprocess.Popen(program, stdin=subprocess.PIPE) as watching, chdir(folder):
        try:
            yield
        finally:
            watching.kill()


def start_error(found: str) -> RayStartError:
    """Return the error of a Ray that does not start."""
    return RayStartError("start of Ray", found, "a running Ray", WHAT_TO_DO)


def first_line(error: Exception) -> str:
    """Return the first line of an exception's text."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def set_environment() -> None:
    """Set the variables that Ray reads when it is imported, unless the user has set them.

    Those that would connect this process to another Ray of the user are removed. The token keeps
    other users of the host out (Ray >= 2.59 requires one); that of a cluster to join comes with its
    address.
    """
    for name in OF_ANOTHER_RAY:
        os.environ.pop(name, None)
    for name in [name for name in os.environ if name.startswith(OF_CLUSTER)]:
        os.environ[name.removeprefix("SNAKEMAKE_")] = os.environ[name]
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    os.environ.setdefault("RAY_prestart_worker_first_driver", "0")
    # By default a worker is killed after 60 s, when a cold machine has almost started it.
    os.environ.setdefault("RAY_worker_register_timeout_seconds", f"{SECONDS_TO_START_WORKERS:.0f}")


def short_folder() -> str:
    """Return the folder for temporary files, or /tmp if its path is too long for Ray's sockets."""
    longest = 16
    folder = tempfile.gettempdir()
    return folder if len(folder) <= longest else str(Path("/tmp"))
