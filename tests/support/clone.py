"""A clone of the repository in which Snakemake can be run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from support.repository import REPOSITORY

PARTS = ("Snakefile", "rules", "envs", "config", "workflow_scripts", "profiles", "parallelcluster")
OTHER_MODULES = {"cutadapt", "mpi4py", "numba", "numpy", "pysam", "ray", "readkin", "rules", "yaml"}
SNAKEMAKE = Path(sys.executable).parent / "snakemake"


class Clone:
    """A copy of the repository in which Snakemake can be run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        unwanted = shutil.ignore_patterns("__pycache__")
        for part in PARTS:
            source = REPOSITORY / part
            if source.is_dir() and not source.is_symlink():
                shutil.copytree(source, folder / part, ignore=unwanted)
            else:
                shutil.copy(source, folder / part, follow_symlinks=False)

    @classmethod
    def existing(cls, folder: Path) -> "Clone":
        """A clone that is there already."""
        clone = cls.__new__(cls)
        clone.folder = folder
        return clone

    def snakemake(self, *arguments: str, fails: bool = False, **variables: str) -> str:
        """Run Snakemake as a user would, without the venv activated; returns what it says.

        ``variables`` are set in its environment.
        """
        environment = os.environ | {"READKIN_CACHE": str(REPOSITORY / ".numba_cache")} | variables
        done = subprocess.run(
            [SNAKEMAKE, *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def add_scripts_named_like_modules(self) -> list[str]:
        """Write scripts to the working folder that fail if anything imports them; return names."""
        modules = sys.stdlib_module_names - {"__future__"} | OTHER_MODULES
        names = [f"{module}.py" for module in sorted(modules)]
        for name in names:
            (self.folder / name).write_text(f"raise RuntimeError('{name} is the user's')\n")
        return names

    def reset(self) -> None:
        """Remove everything that a run made; compiled kernels are kept, as they are per folder."""
        for name in ("results", "work", "logs", "benchmarks", "demo", ".snakemake"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def set(self, old: str, new: str, file: str = "config/config.yaml") -> None:
        """Change a setting of the configuration, or of a profile."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def simulate_demo(self) -> None:
        """Make the reads of the demo."""
        self._simulate("@tests/data/demo_reads.txt")

    def simulate(self, fragments: int) -> None:
        """Make a few reads of a small community, in files named as those of the demo."""
        community = "--community", "tests/data/small_community.tsv"
        units = "--units", "day1:lane1", "day8:lane1"
        self._simulate(*community, "--fragments", str(fragments), *units)

    def _simulate(self, *arguments: str) -> None:
        command = [sys.executable, "workflow_scripts/simulate_reads.py", *arguments]
        output = "--output", str(self.folder / "demo")
        subprocess.run([*command, *output], cwd=REPOSITORY, check=True)
