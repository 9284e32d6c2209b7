"""A clone of the repository in a folder with a space, and one with a finished run of the demo."""

from collections.abc import Callable

import pytest

from support.clone import Clone


@pytest.fixture(scope="session")
def new_clone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Clone]:
    """Make a clone without reads or results."""
    return lambda: Clone(tmp_path_factory.mktemp("run") / "my clone")


@pytest.fixture(scope="session")
def _spare_clone(new_clone: Callable[[], Clone]) -> Clone:
    return new_clone()


@pytest.fixture
def spare_clone(_spare_clone: Clone) -> Clone:
    """A clone without results; earlier tests ran in it, so that kernels are compiled."""
    _spare_clone.reset()
    return _spare_clone


@pytest.fixture(scope="session")
def finished_run(new_clone: Callable[[], Clone]) -> Clone:
    """A clone after a whole run of the demo."""
    clone = new_clone()
    clone.simulate_demo()
    clone.add_scripts_named_like_modules()  # as users may have them; nothing may import them
    clone.snakemake("--cores", "2")
    return clone
