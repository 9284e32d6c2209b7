"""Fixtures shared by all tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = REPOSITORY / "workflow_scripts"

# The settings that rules/common.smk makes for Open MPI, for ranks that tests start themselves.
MPI_ENVIRONMENT = {
    "PMIX_MCA_psec": "native",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}


# The same examples in every run; compiling a kernel may take longer than an example should.
settings.register_profile("readkin", derandomize=True, deadline=None, database=None)
settings.load_profile("readkin")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fix", action="store_true", help="rewrite generated pages (make docs)")


# Tests of these folders share a cluster or a finished run, which takes minutes to make.
TOGETHER = ("tests/cluster", "tests/workflow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no worker of `make test` has it left at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(TOGETHER))


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
    """Run a command file on n MPI ranks, as the rules do; one rank needs no launcher."""

    def run(n_ranks: int, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *map(str, arguments)]
        if n_ranks > 1:
            mpiexec = str(Path(sys.executable).parent / "mpiexec")
            launcher = [mpiexec, "--oversubscribe", "--bind-to", "none", "-n", str(n_ranks)]
            command = [*launcher, sys.executable, "-m", "mpi4py", *map(str, arguments)]
        environment = os.environ | MPI_ENVIRONMENT
        return subprocess.run(
            command, capture_output=True, text=True, timeout=240, env=environment, check=False
        )

    return run
