"""A finished local run of the demo's settings on few reads, for all tests on a cluster."""

import shutil
from pathlib import Path

from workflow.conftest import Clone


class FinishedRun:
    """A clone with results, and a copy of it.

    All tests work in the same folder, as compiled kernels are kept per folder.
    """

    def __init__(self, parent: Path) -> None:
        self.clone, self.saved = parent / "my clone", parent / "saved"

    def make(self) -> None:
        """Run everything in this machine; local_results is a second copy of the results."""
        clone = Clone(self.clone)
        clone.simulate(fragments=1000)
        clone.snakemake("--cores", "2")
        shutil.copytree(clone.folder / "results", clone.folder / "local_results")
        shutil.copytree(clone.folder, self.saved, symlinks=True)

    def put_back(self) -> Clone:
        """The clone as it was after the run, times included."""
        shutil.rmtree(self.clone, ignore_errors=True)
        shutil.copytree(self.saved, self.clone, symlinks=True)
        return Clone.existing(self.clone)
