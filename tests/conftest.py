"""Fixtures shared by all tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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
TOGETHER = ("cluster", "workflow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers (`make test`) keep together what shares something, the longest first."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    groups = {}
    for item in items:
        path = item.path.relative_to(REPOSITORY / "tests")
        groups[item] = path.parts[0] if path.parts[0] in TOGETHER else str(path)
        item.add_marker(pytest.mark.xdist_group(groups[item]))
    items.sort(key=lambda item: groups[item] not in TOGETHER)


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
