"""Fixtures shared by all tests."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from support.mpi import run_on_ranks
from support.object_servers import Bucket, FaultyProxy, credentials, moto_server

# The same examples in every run; compiling a kernel may take longer than an example should.
settings.register_profile("readkin", derandomize=True, deadline=None, database=None)
settings.load_profile("readkin")


# Tests of these folders share a cluster or a finished run, which takes minutes to make.
TOGETHER = ("tests/cluster", "tests/workflow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no worker of `make test` has it left at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(TOGETHER))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case with bytes by its number: the bytes may hold a time, as those of gzip do.

    The workers of `make test` must find the same names.
    """
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several workers each test file is one piece of work, as are the folders above."""
    from xdist.scheduler import LoadScopeScheduling

    class BySharedFixtures(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            shared = [folder for folder in TOGETHER if nodeid.startswith(folder)]
            return shared[0] if shared else nodeid.partition("::")[0]

    return BySharedFixtures(config, log)


@pytest.fixture(scope="session")
def run_ranks() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command file on n MPI ranks, as the rules do."""
    return run_on_ranks


@pytest.fixture(scope="session")
def browser() -> str:
    """Path of a browser; without one the test is skipped, or fails where one is required."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        message = "chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("READKIN_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return program


@pytest.fixture(scope="session")
def _s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto_server(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture
def bucket(_s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket; credentials of its server are in the environment."""
    for name, value in credentials().items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    return Bucket(_s3_server, f"bucket-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def proxy(bucket: Bucket) -> Iterator[FaultyProxy]:
    """A proxy in front of the server of ``bucket`` that does what one asks it."""
    proxy = FaultyProxy(bucket.url)
    yield proxy
    proxy.close()
