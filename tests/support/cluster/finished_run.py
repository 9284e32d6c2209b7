"""A finished local run of all stages on few reads, for all tests on a cluster."""

import shutil
from pathlib import Path

from readkin.formats.fasta import decode, read_fasta
from support.clone import Clone
from support.repository import REPOSITORY


class FinishedRun:
    """A clone with results, and a copy of it.

    All tests work in the same folder, as compiled kernels are kept per folder.
    """

    def __init__(self, parent: Path) -> None:
        self.clone, self.saved = parent / "my clone", parent / "saved"

    def make(self) -> None:
        """Run everything on this machine; local_results is a second copy of the results.

        A piece of phage lambda is searched in the reads.
        """
        clone = Clone(self.clone)
        clone.simulate(fragments=1000)
        genome = read_fasta(REPOSITORY / "tests/data/genomes/lambda.fa.gz")[0].bases
        (clone.folder / "queries.fa").write_text(f">lambda\n{decode(genome[9000:10_000])}\n")
        clone.set("query: null", "query: queries.fa")
        clone.snakemake("--cores", "2")
        shutil.copytree(clone.folder / "results", clone.folder / "local_results")
        shutil.copytree(clone.folder, self.saved, symlinks=True)

    def put_back(self) -> Clone:
        """Restore the clone as it was after the run, including times."""
        shutil.rmtree(self.clone, ignore_errors=True)
        shutil.copytree(self.saved, self.clone, symlinks=True)
        return Clone.existing(self.clone)
