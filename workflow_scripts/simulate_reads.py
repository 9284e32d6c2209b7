"""Simulate Illumina reads of a community of known genomes, as a test of the workflow.

In:  a community table (TSV: genome, fasta, abundance, shape; see formats/community.py)
Out: in the output folder, per unit SAMPLE.UNIT_R1.fastq.gz and _R2 (SAMPLE.UNIT.fastq.gz of
     single reads), truth.tsv.gz (origin of each read) and samples.tsv (sample sheet)

The same arguments give the same files. Abundance is the number of copies of a genome: the depth is
proportional to it, and the number of reads to abundance times length.
"""

import argparse
import math
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    log,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.errors import UsageError
from readkin.formats.atomic_write import atomic_gzip
from readkin.formats.community import Genome, read_community
from readkin.formats.fasta import encode
from readkin.formats.simulated_reads import SequencingUnit, UnitWriter, write_sample_sheet
from readkin.formats.truth_table import TruthWriter
from readkin.kernels.simulation import SequencingModel, pool_genomes, simulate_block
from readkin.progress import Progress

BLOCK = 20_000  # fragments from one random generator; determines the content, as the seed does


def non_negative_number(text: str) -> float:
    """Convert an argument to a finite number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number of at least 0")
    return value


def sequencing_unit(text: str) -> SequencingUnit:
    """Convert an argument SAMPLE:UNIT."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+:[A-Za-z0-9_-]+", text):
        expected = "SAMPLE:UNIT of letters, digits, _ and -"
        raise argparse.ArgumentTypeError(f"found {text!r}, expected {expected}")
    return SequencingUnit(*text.split(":"))


def adapter_sequence(text: str) -> np.ndarray:
    """Convert an argument of bases A, C, G, T to base codes."""
    if not re.fullmatch("[ACGT]+", text):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected bases A, C, G, T")
    return encode(text)


MODEL_OPTIONS = (
    ("read_length", positive_int, "150", "bases of every read"),
    ("fragment_mean", non_negative_number, "280", "mean fragment length, bp"),
    ("fragment_sd", non_negative_number, "70", "standard deviation of the fragment length, bp"),
    ("fragment_min", positive_int, "30", "minimum length, to which shorter ones are set, bp"),
    ("substitution_rate_start", fraction, "0.0004", "substitutions per base at the first base"),
    ("substitution_rate_end", fraction, "0.01", "at the last base; geometric in between"),
    ("error_noise_sd", fraction, "0.6", "standard deviation of ln(error) of reads and of bases"),
    ("indel_rate", fraction, "0.0001", "insertions plus deletions of one base, per base"),
    ("n_rate", fraction, "0.0005", "fraction of bases called N"),
    ("n_run_fraction", fraction, "0.002", "fraction of reads with a run of N"),
)
ADAPTERS = ("AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT")


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("simulate_reads", __doc__)
    parser.add_argument("--community", type=existing_file, required=True, help="community table")
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--fragments", type=positive_int, help="read pairs (or single reads)")
    amount.add_argument(
        "--coverage", type=non_negative_number, help="mean depth: bases read / bases of all genomes"
    )
    parser.add_argument("--single", action="store_true", help="one read per fragment, not two")
    parser.add_argument(
        "--units",
        type=sequencing_unit,
        nargs="+",
        default=[SequencingUnit("simulated", "lane1")],
        help="SAMPLE:UNIT ...; fragments are distributed evenly (default: simulated:lane1)",
    )
    for name, kind, default, meaning in MODEL_OPTIONS:
        flag, text = f"--{name.replace('_', '-')}", f"{meaning} (default: {default})"
        parser.add_argument(flag, type=kind, default=default, help=text)
    for mate, default in enumerate(ADAPTERS, start=1):
        text = f"adapter of read {mate} after the end of a short fragment (default: {default})"
        parser.add_argument(f"--adapter-{mate}", type=adapter_sequence, default=default, help=text)
    parser.add_argument("--seed", type=non_negative_int, default=1, help="default: 1")
    parser.add_argument("--output", type=Path, required=True, help="folder for the files")
    arguments = parser.parse_args(argv)
    if len(set(arguments.units)) < len(arguments.units):
        parser.error("argument --units: found a unit twice, expected each SAMPLE:UNIT once")
    return arguments


def simulate_reads(
    genomes: Sequence[Genome],
    model: SequencingModel,
    n_fragments: int,
    units: Sequence[SequencingUnit],
    seed: int,
    output: Path,
) -> dict[str, int]:
    """Write the reads of ``n_fragments`` fragments, distributed evenly over ``units``.

    Args:
        genomes: the community.
        model: properties of fragments, reads and errors.
        n_fragments: number of fragments.
        units: rows of the sample sheet.
        seed: seed of the random generators.
        output: folder of the files.

    Returns:
        Number of fragments of each genome, by name.

    Raises:
        UsageError: if there are fewer fragments than units.
    """
    if n_fragments < len(units):
        found, expected = f"{n_fragments} fragments", f"at least one for each of {len(units)} units"
        raise UsageError("--fragments or --coverage", found, expected, "increase it")
    shares = np.diff(np.arange(len(units) + 1) * n_fragments // len(units)).tolist()
    pool = pool_genomes(
        [genome.bases for genome in genomes],
        np.array([genome.abundance for genome in genomes]),
        np.array([genome.is_circular for genome in genomes]),
    )
    drawn = np.zeros(len(genomes), np.int64)
    with ExitStack() as stack:
        table = stack.enter_context(atomic_gzip(output / "truth.tsv.gz"))
        truth = TruthWriter(table, {g.name: len(g.bases) for g in genomes if g.is_circular})
        progress = stack.enter_context(Progress("simulate", n_fragments, "fragments"))
        for lane, (unit, share) in enumerate(zip(units, shares, strict=True), start=1):
            names = unit.fastq_names(model.is_paired)
            files = [stack.enter_context(atomic_gzip(output / name)) for name in names]
            writer = UnitWriter(lane, files, truth, [genome.name for genome in genomes])
            for block, first in enumerate(range(0, share, BLOCK)):
                random = np.random.default_rng([seed, lane, block])
                n = min(BLOCK, share - first)
                genome, mates = simulate_block(pool, model, n, random)
                writer.write(genome, mates)
                drawn += np.bincount(genome, minlength=len(genomes))
                progress.advance(n)
    write_sample_sheet(output / "samples.tsv", output, units, model.is_paired)
    return {genome.name: n for genome, n in zip(genomes, drawn.tolist(), strict=True)}


def run(arguments: argparse.Namespace) -> dict[str, int]:
    """Run the stage with the parsed arguments."""
    genomes = read_community(arguments.community)
    numbers = {name: getattr(arguments, name) for name, *_ in MODEL_OPTIONS}
    model = SequencingModel(
        is_paired=not arguments.single,
        adapters=(arguments.adapter_1, arguments.adapter_2),
        **numbers,
    )
    bases_per_fragment = model.read_length * (2 if model.is_paired else 1)
    n_fragments = arguments.fragments or math.ceil(
        arguments.coverage * sum(len(genome.bases) for genome in genomes) / bases_per_fragment
    )
    drawn = simulate_reads(
        genomes, model, n_fragments, arguments.units, arguments.seed, arguments.output
    )
    for genome in genomes:
        depth = drawn[genome.name] * bases_per_fragment / len(genome.bases)
        log.info("%s: %d fragments, depth %.1f", genome.name, drawn[genome.name], depth)
    return drawn


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
