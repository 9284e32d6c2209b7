"""readkin's commands as a tool, with the settings of config/config.yaml."""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import yaml

from benchmarks.launching import metered_on_ranks
from benchmarks.pairs import readkin_join
from benchmarks.pairs.tools import ReadFiles, RunResult, Tool, Workload
from rules.settings.schema import fill_in_presets
from rules.stage_arguments import embed_arguments
from support.repository import REPOSITORY, SCRIPTS


def tool(n_ranks: int) -> Tool:
    """Return readkin with find_pairs on n ranks; embed_reads runs in one process, without MPI."""
    name = "readkin" if n_ranks == 1 else f"readkin, {n_ranks} ranks"

    def run(work: Workload, files: ReadFiles) -> RunResult:
        config = config_for(work.error_rate)
        embeddings, output = files.folder / "embeddings.h5", files.folder / "pairs.h5"
        embed = metered_on_ranks(1, embed_command(config, files.bam, embeddings))
        command = pairs_command(config, embeddings, n_ranks, output)
        found = metered_on_ranks(n_ranks, command)
        join_cpu = readkin_join.join_cpu(command[1:]) if n_ranks == 1 else None
        pairs, original = read_pairs(output)
        shutil.rmtree(files.folder / "shards")
        return RunResult({"embed_reads": embed, "find_pairs": found}, pairs, join_cpu, original)

    return Tool(
        name=name,
        settings="config.yaml, expected_error_rate as simulated",
        version="this clone",
        run=run,
    )


def config_for(error_rate: float) -> dict[str, Any]:
    """Return the shipped settings with this error rate."""
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    config["expected_error_rate"] = error_rate
    fill_in_presets(config)
    return config


def embed_command(config: Mapping[str, Any], bam: Path, embeddings: Path) -> list[object]:
    """Return the command and arguments of embed_reads."""
    folder = embeddings.parent
    return [
        SCRIPTS / "embed_reads.py",
        "--bam",
        bam,
        *shlex.split(embed_arguments(config)),
        "--partial-dir",
        folder / "partial",
        "--shards-dir",
        folder / "shards",
        "--output",
        embeddings,
        "--reads",
        folder / "reads.parquet",
        "--counts",
        folder / "embed_reads.json",
    ]


def pairs_command(
    config: Mapping[str, Any], embeddings: Path, n_ranks: int, output: Path
) -> list[object]:
    """Return the command and arguments of find_pairs."""
    counts = output.with_name("find_pairs.json")
    return [
        SCRIPTS / "find_pairs.py",
        "--ranks",
        n_ranks,
        "--embeddings",
        embeddings,
        *pairs_options(config),
        "--output",
        output,
        "--shards-dir",
        output.with_name("pairs_shards"),
        "--counts",
        counts,
    ]


def pairs_options(config: Mapping[str, Any]) -> list[str]:
    """Return the settings below `pairs` as options."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in config["pairs"].items()]


def read_pairs(path: Path) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return the pairs of pairs.h5, and the original of each read (itself if not a duplicate)."""
    with h5py.File(path) as file:
        original = np.arange(file.attrs["n_reads"], dtype=np.int64)
        original[file["duplicates/read"][:].astype(np.int64)] = file["duplicates/original"][:]
        return (file["read_a"][:].astype(np.int64), file["read_b"][:].astype(np.int64)), original
