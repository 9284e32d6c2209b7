"""Benchmarks on MPI ranks: the kernels alone, and the whole align_pairs command."""

import json
import os
import subprocess
import time
from pathlib import Path

import numpy as np

from benchmarks.launching import import_path
from benchmarks.records import Record, record
from readkin.formats.pairs import CandidatePairs
from readkin.formats.reads import load_reads
from readkin.kernels.smith_waterman.alignment import Pairs, Sequences, align_pairs, dna_scoring
from readkin.parallel.launch import program_environment
from support.alignment_inputs import AlignmentInputs, write_alignment_inputs
from support.mpi import command_on_ranks
from support.repository import REPOSITORY, SCRIPTS

COMMAND = SCRIPTS / "align_pairs.py"


def rank_counts() -> list[int]:
    """Return 1, 2, 4 ... up to the number of cores, and at least 1 and 2."""
    cores = os.cpu_count() or 1
    return [2**power for power in range(max(2, cores.bit_length()))]


def output_on_ranks(n_ranks: int, *arguments: object) -> str:
    """Run Python on n ranks, as the rules do, and return its standard output.

    Raises:
        RuntimeError: the program failed; the message is the end of its standard error.
    """
    command = command_on_ranks(n_ranks, *arguments)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
        env=program_environment() | {"PYTHONPATH": import_path()},
    )
    if done.returncode:
        raise RuntimeError("\n".join(done.stderr.splitlines()[-10:]))
    return done.stdout


def kernel_scaling(is_quick: bool, repetitions: int) -> list[Record]:
    """Measure strong scaling of the kernels: the same workload on 1, 2, 4 ... ranks."""
    records = []
    single_rank: dict[str, float] = {}
    for n in rank_counts():
        printed = output_on_ranks(n, "-m", "benchmarks.align.rank_work", int(is_quick), repetitions)
        for work, result in json.loads(printed).items():
            seconds = np.array(result["seconds"])
            name, tool = f"{work}, {ranks_text(n)}", "readkin kernels"
            rates = result["cells"] / seconds / 1e9
            records.append(record(name, tool, "gcups_wall", "GCUPS", rates, ranks=n))
            single_rank.setdefault(work, float(np.median(seconds)))
            efficiency = single_rank[work] / (n * seconds)
            records.append(record(name, tool, "efficiency", "1", efficiency, ranks=n))
    return records


def command_times(folder: Path, n_reads: int, repetitions: int) -> list[Record]:
    """Measure the whole align_pairs command on 1 and 2 ranks, reading and writing included."""
    compiled = folder / "compile"
    compiled.mkdir()
    run_command(write_alignment_inputs(compiled, n_reads=20), 1)
    inputs = write_alignment_inputs(folder, n_reads=n_reads)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(repetitions):
        for n_ranks, times in seconds.items():
            times.append(run_command(inputs, n_ranks))
    records = [record("command", "readkin kernels", "time", "s", bare_kernel(inputs, repetitions))]
    for n_ranks, times in seconds.items():
        name, tool = f"command, {ranks_text(n_ranks)}", "readkin align_pairs"
        more = {"pairs": inputs.n_pairs, "ranks": n_ranks}
        rates = inputs.n_pairs / np.array(times)
        records.append(record(name, tool, "time", "s", times, **more))
        records.append(record(name, tool, "pairs_per_second_wall", "1/s", rates, **more))
    return records


def bare_kernel(inputs: AlignmentInputs, repetitions: int) -> list[float]:
    """Return the elapsed seconds of the kernel alone, on all pairs of the command at once."""
    reads = load_reads([inputs.bam])
    sequences = Sequences(reads.bases, reads.offsets)
    with CandidatePairs(inputs.folder / "pairs.h5") as file:
        found = file.part(0, len(file))
    index = found.read_a.astype(np.int64), found.read_b.astype(np.int64)
    pairs = Pairs.of(sequences, sequences, *index, found.is_reverse, found.diagonal)
    scoring = dna_scoring(2, -3, 5, 2)
    align_pairs(pairs, scoring, 60)
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        align_pairs(pairs, scoring, 60)
        seconds.append(time.perf_counter() - start)
    return seconds


def ranks_text(n: int) -> str:
    """Return "1 rank" or "n ranks"."""
    return "1 rank" if n == 1 else f"{n} ranks"


def run_command(inputs: AlignmentInputs, n_ranks: int) -> float:
    """Return the elapsed seconds of the command, start-up and loading of kernels included."""
    start = time.perf_counter()
    output_on_ranks(n_ranks, COMMAND, *inputs.arguments(ranks=n_ranks, tile_megacells=100))
    return time.perf_counter() - start
