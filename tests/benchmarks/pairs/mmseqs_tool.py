"""MMseqs2 linclust (Steinegger 2018, doi:10.1038/s41467-018-04964-5): representative and member.

A clustering, not a search for all pairs: of each cluster it gives the pairs with the representative
only.
"""

import shutil
import subprocess

from benchmarks.launching import metered
from benchmarks.pairs.minimap2_tool import read_columns
from benchmarks.pairs.tools import Files, Finding, NotThereError, Tool, Work

SETTINGS = "--min-seq-id 0.9 -c 0.5 --cov-mode 0"


def tool() -> Tool:
    """easy-linclust with half of both reads to be covered.

    Raises:
        NotThereError: if it is not installed.
    """
    try:
        done = subprocess.run(["mmseqs", "version"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise NotThereError("apt-get install mmseqs2") from None
    return Tool("mmseqs2 linclust", SETTINGS, done.stdout.strip(), run)


def run(work: Work, files: Files) -> Finding:
    output, scratch = files.folder / "linclust", files.folder / "linclust_scratch"
    cost = metered(
        [
            "mmseqs",
            "easy-linclust",
            files.fasta,
            output,
            scratch,
            *SETTINGS.split(),
            "--threads",
            1,
            "--dbtype",
            2,
            "-v",
            1,
        ]
    )
    pairs = read_columns(files.folder / "linclust_cluster.tsv", 0, 1)
    for file in files.folder.glob("linclust_*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    return Finding({"all": cost}, pairs)
