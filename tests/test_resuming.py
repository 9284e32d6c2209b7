"""After an edit of code, a resumed stage reuses only what the same code has made."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readkin.import_closure import PACKAGE, import_closure
from support.alignment_inputs import write_alignment_inputs
from support.genome_reads import genome_reads, write_bam
from support.repository import SCRIPTS

pytestmark = pytest.mark.slow


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the commands and the package, to be edited."""
    unwanted = shutil.ignore_patterns("__pycache__", ".numba_cache")
    return shutil.copytree(SCRIPTS, tmp_path / "code", ignore=unwanted)


def run(command: Sequence[object], enough: Callable[[], bool] | None = None) -> tuple[int, str]:
    """Run a command, killed as soon as there is ``enough``; its exit code and messages."""
    cache = os.environ.get("READKIN_CACHE") or str(SCRIPTS.parent / ".numba_cache")
    with subprocess.Popen(
        [sys.executable, *map(str, command)],
        env=os.environ | {"READKIN_CACHE": cache},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while enough is not None and process.poll() is None:
            if enough():
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
        _, messages = process.communicate()
    return process.returncode, messages


def edit(file: Path) -> None:
    """Change one byte."""
    with file.open("a") as text:
        text.write("\n")


@pytest.mark.parametrize(
    ("edited", "is_reused"),
    [
        ("readkin/kernels/join/candidates.py", False),
        ("readkin/kernels/join/lsh_join.py", True),
        ("align_pairs.py", True),  # it computes nothing
    ],
)
def test_align_pairs_reuses_tiles_of_the_same_code(
    code: Path, tmp_path: Path, edited: str, is_reused: bool
) -> None:
    inputs = write_alignment_inputs(tmp_path, n_reads=24, length=3000)
    command = [code / "align_pairs.py", *inputs.arguments()]
    tiles: list[Path] = []

    def enough() -> bool:
        tiles[:] = (inputs.folder / "partial").glob("*/part-*.parquet")
        return len(tiles) >= 2

    assert run(command, enough)[0] == -signal.SIGKILL
    for tile in tiles:
        pq.write_table(pa.table({"spoiled": [1]}), tile)  # whoever uses it fails
    edit(code / edited)
    exit_code, messages = run(command)
    assert exit_code == int(is_reused), messages
    assert ("format: found nothing, expected readkin-alignments" in messages) == is_reused


@pytest.mark.parametrize(
    ("edited", "is_reused"),
    [
        ("readkin/kernels/kmers/codes.py", False),
        ("readkin/kernels/smith_waterman/steps.py", True),
    ],
)
def test_embed_reads_reuses_shards_of_the_same_code(
    code: Path, tmp_path: Path, edited: str, is_reused: bool
) -> None:
    bam = write_bam(tmp_path / "reads.bam", genome_reads(300, 150, 0.01, seed=1), paired=True)
    command = [code / "embed_reads.py", "--bam", bam, "--k", 11, "--dimensions", 64, "--seed", 1]
    command += ["--key-k", 16, "--key-fraction", 0.1, "--key-seed", 1, "--reads-per-shard", 1]
    command += ["--partial-dir", tmp_path / "partial", "--shards-dir", tmp_path / "shards"]
    command += ["--output", tmp_path / "embeddings.h5", "--reads", tmp_path / "reads.parquet"]
    command += ["--counts", tmp_path / "counts.json"]
    shards: list[Path] = []

    def enough() -> bool:
        shards[:] = (tmp_path / "partial").glob("*/shard-*.h5")
        return len(shards) >= 2

    assert run(command, enough)[0] == -signal.SIGKILL
    made = {shard.name: shard.stat().st_ino for shard in shards}
    keep = [os.open(shard, os.O_RDONLY) for shard in shards]  # their inodes stay taken
    edit(code / edited)
    exit_code, messages = run(command)
    assert exit_code == 0, messages
    for descriptor in keep:
        os.close(descriptor)
    after = {name: (tmp_path / "shards" / name).stat().st_ino for name in made}
    same = {name for name in made if after[name] == made[name]}
    assert same == (set(made) if is_reused else set())


@pytest.mark.parametrize(
    ("module", "parts"),
    [
        ("align/tiles.py", {"kernels/smith_waterman/steps.py", "formats/alignment_parts.py"}),
        ("embedding/shards.py", {"embedding/shards.py", "kernels/kmers/codes.py"}),
    ],
)
def test_what_a_part_is_made_by_belongs_to_its_fingerprint(module: str, parts: set[str]) -> None:
    closure = import_closure(PACKAGE / module)
    assert parts <= {path.relative_to(PACKAGE).as_posix() for path in closure}
